import { applySplices, type Splice } from "../manifest/edit/manifest-edit.ts";
import { UserError } from "../user-error.ts";
import type { QuestionCopies, RepeatedText, RepeatRequest } from "./question-copies.ts";

/** A question, a page break or the head of a block, up to the next of these. */
interface Section {
  kind: string;
  start: number;
  end: number;
}

// Qualtrics writes a question's ID below this line, some programs above it.
const SECTION =
  /^(?:[ \t]*\[\[ID:[^\]\n]*\]\][ \t]*\r?\n)?[ \t]*\[\[(Question|Block|PageBreak)\b/gim;
const EXPORT_TAG = /(\[\[ID:)([^\]\n]*)(\]\])/gi;

/** Repeats the questions of a text in the advanced import format. */
export function repeatInText({ file, text }: RepeatRequest, copies: QuestionCopies): RepeatedText {
  const starts = [...text.matchAll(SECTION)];
  const sections = starts.map(({ 1: kind = "", index: start }, at): Section => {
    return { kind: kind.toLowerCase(), start, end: starts[at + 1]?.index ?? text.length };
  });
  if (!sections.some(({ kind }) => kind === "question")) throw notAdvanced(file);
  const pieceOf = ({ start, end }: Section) => text.slice(start, end);
  const isMeant = (one: Section) => one.kind === "question" && copies.isToRepeat(pieceOf(one));
  const splices: Splice[] = [];
  for (const block of blocksOf(sections)) {
    const [first, last] = [block.findIndex(isMeant), block.findLastIndex(isMeant)];
    if (first === -1) continue;
    const stretch = block.slice(first, last + 1);
    const next = block[last + 1];
    if (next?.kind === "pagebreak") stretch.push(next);
    const [start, end] = [stretch[0]?.start ?? 0, stretch.at(-1)?.end ?? 0];
    const piece = `${text.slice(start, end).trimEnd()}\n\n`;
    copies.refuseMixed(piece);
    const all = Array.from({ length: copies.count }, (_none, index) =>
      copies.copy(piece, index).replace(EXPORT_TAG, (_found, open, tag, close) => {
        return `${open}${tag}${copies.suffixOf(index)}${close}`;
      }),
    );
    splices.push({ start, end, text: all.join("") });
  }
  const none = { named: [], skipping: [], unused: [] };
  return { text: applySplices(text, splices), stretches: splices, ...none };
}

function notAdvanced(file: string): UserError {
  const message = `${file} has no line that begins with [[Question`;
  return new UserError("TEMPLATE_NOT_A_SURVEY", message, {
    hint: "write it in the Advanced Format of Qualtrics, or take an exported survey (.qsf)",
  });
}

function blocksOf(sections: readonly Section[]): Section[][] {
  const blocks: Section[][] = [[]];
  for (const section of sections) {
    if (section.kind === "block") blocks.push([]);
    else blocks.at(-1)?.push(section);
  }
  return blocks;
}
