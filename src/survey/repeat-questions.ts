import { showValue } from "../manifest/diagnostic.ts";
import { applySplices, type Splice } from "../manifest/edit/manifest-edit.ts";
import { UserError } from "../user-error.ts";
import type { Knowing } from "./fill-text.ts";
import type { PlaceableRow } from "./known-graphics.ts";
import { QuestionCopies, type RepeatedText, type RepeatRequest } from "./question-copies.ts";
import { repeatInSurvey } from "./repeat-in-qsf.ts";

/** A survey file whose question is there once for each group; its placeholders are still to be filled. */
export interface RepeatedQuestions extends Pick<RepeatedText, "text" | "named" | "skipping"> {
  /** What placeholders of copies name, besides what `known` knows. */
  knowing(known: Knowing): Knowing;
  /** The same for the file as it was, to find what is wrong with it once and at its place. */
  checking(known: Knowing): Knowing;
}

/**
 * Repeats a file's question for each group; `survey` is the file's JSON, undefined for the advanced import format. A
 * `UserError` where no question has pictures that change.
 */
export function repeatQuestions(request: RepeatRequest, survey: unknown): RepeatedQuestions {
  const copies = new QuestionCopies(request);
  const repeated =
    survey === undefined
      ? repeatInText(request, copies)
      : repeatInSurvey(request.text, survey, copies);
  const { text, named, skipping, stretches } = repeated;
  if (stretches.length === 0) throw nothingToRepeat(request, repeated);
  const isRepeated = (at: number) => stretches.some(({ start, end }) => start <= at && at < end);
  return {
    ...{ text, named, skipping },
    knowing: (known) => knowingAlso(known, (names) => copies.rowOf(names)),
    checking: (known) =>
      knowingAlso(known, (names, at) => (isRepeated(at) ? copies.fieldRow(names) : undefined)),
  };
}

function knowingAlso(
  known: Knowing,
  rowOf: (...asked: Parameters<Knowing["find"]>) => PlaceableRow | undefined,
): Knowing {
  return {
    find: (names, at) => {
      const row = rowOf(names, at);
      // What the row's state is, is said of the row and not of each place.
      return row ? { row: { ...row, status: "uploaded" } } : known.find(names, at);
    },
    findFile: (...given) => known.findFile(...given),
    rowOf: (id) => known.rowOf(id),
    sha256Of: (id) => known.sha256Of(id),
    successorOf: (id) => known.successorOf(id),
  };
}

function nothingToRepeat({ file, fields }: RepeatRequest, { unused }: RepeatedText): UserError {
  const [first = "1"] = fields;
  const named =
    fields.length > 1 ? `; the images are called ${fields.map(showValue).join(", ")}` : "";
  const message =
    unused.length === 0
      ? `no question of ${file} has an image to change`
      : `no question in a block of ${file} has an image to change; in no block: ${unused.join(", ")}`;
  const hint =
    unused.length === 0
      ? `write {{img:${first}}} where it belongs${named}`
      : "in Qualtrics, move the question from the trash into a block, and export the survey again";
  return new UserError("TEMPLATE_WITHOUT_PICTURE", message, { hint });
}

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
function repeatInText({ file, text }: RepeatRequest, copies: QuestionCopies): RepeatedText {
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
