import { type Diagnostic, diagnostic, type Severity } from "../manifest/diagnostic.ts";
import { applySplices, lineStarts, type Splice } from "../manifest/edit/manifest-edit.ts";
import type { FilledPlace } from "../report/survey-documents.ts";
import { describeFault, describeFound, describeOld } from "./fill-problems.ts";
import { findReferences, type Reference, type Wanted } from "./find-references.ts";
import type { Found, KnownGraphics, PlaceableRow } from "./known-graphics.ts";
import { placeable } from "./placeable.ts";
import { countBelow, isMarkdown, partsOf, questionAt, type TextPart } from "./survey-file.ts";

/** Width and height of an image. */
export type Size = NonNullable<NonNullable<FilledPlace["sizes"]>["before"]>;

/** What is asked of the record; `at`: the placeholder's offset in the file. */
export type Knowing = Pick<KnownGraphics, "findFile" | "rowOf" | "sha256Of" | "successorOf"> & {
  find(names: readonly string[], at: number): Found;
};

interface FillRequest {
  file: string;
  text: string;
  /** The text as JSON, of a file that is JSON. */
  survey: unknown;
  /** What paths of local images begin at, absolute, with `/`: the file's folder, then the manifests'. */
  folders: readonly string[];
  known: Knowing;
  /** Whether ids that were replaced are put in. */
  replaced: boolean;
  sizeOf(sha256: string): Size | undefined;
}

/** A file's new text, and what is different in it. */
export interface FilledText {
  text: string;
  places: FilledPlace[];
  /** Ids that the record calls replaced or deleted and that stay, each with what took its place. */
  old: FilledPlace[];
  diagnostics: Diagnostic[];
}

type Place = Pick<FilledPlace, "line" | "column" | "question" | "questionText">;

/** Puts graphics into a file's text. The text is left as it is where a diagnostic is an error. */
export function fillText(request: FillRequest): FilledText {
  return new Filling(request).fill();
}

class Filling {
  readonly #request: FillRequest;
  readonly #lineStarts: readonly number[];
  readonly #filled: FilledText;

  constructor(request: FillRequest) {
    this.#request = request;
    const { text } = request;
    this.#lineStarts = lineStarts(text);
    this.#filled = { text, places: [], old: [], diagnostics: [] };
  }

  fill(): FilledText {
    const text = applySplices(this.#request.text, [...this.#splices()]);
    return { ...this.#filled, text };
  }

  *#splices(): Generator<Splice> {
    const { file, text } = this.#request;
    for (const part of partsOf(file, text)) yield* this.#splicesOf(part);
  }

  /** What changes in a part, by offsets in the file. */
  #splicesOf(part: TextPart): Splice[] {
    const found = findReferences(part, isMarkdown(this.#request.file));
    const splices = found.flatMap((reference): Splice[] => {
      const text = this.#replacementOf(reference, part);
      return text === undefined ? [] : [{ start: reference.start, end: reference.end, text }];
    });
    if (part.kind === "label") splices.push(...cutPlaceholder(part.text));
    const { whole } = part;
    if (whole && splices.some(({ text }) => whole.isNeededFor(text))) {
      const [start, end] = [part.offsetAt(0), part.offsetAt(part.text.length)];
      return [{ start, end, text: whole.encode(applySplices(part.text, splices)) }];
    }
    return splices.map(({ start, end, text }) => {
      return { start: part.offsetAt(start), end: part.offsetAt(end), text: part.encode(text) };
    });
  }

  #replacementOf(reference: Reference, part: TextPart): string | undefined {
    const was = part.text.slice(reference.start, reference.end);
    const place = this.#placeOf(part, reference.start);
    switch (reference.kind) {
      case "placeholder":
        return this.#fillPlaceholder(reference, was, place, part);
      case "picture": {
        const { known, folders } = this.#request;
        const found = known.findFile(reference.paths, folders);
        const row = found && this.#rowOf(found, was, place);
        if (!found && IMAGE_NAME.test(was)) {
          this.#tell("warning", describeFault("no-picture", was), place, was);
        }
        return row && this.#put(place, "picture", was, row.url ?? "", row);
      }
      case "id":
        return this.#fillId(reference.graphicId, place, part);
    }
  }

  #fillPlaceholder(
    reference: Extract<Reference, { kind: "placeholder" }>,
    was: string,
    place: Place,
    part: TextPart,
  ): string | undefined {
    const { wanted, names, start } = reference;
    const problem =
      reference.fault ?? (takesId(part) && wanted !== "graphic" ? "id-expected" : undefined);
    // What is wrong with a label is wrong, and told, where the whole text is; it may be cut.
    const isLabel = part.kind === "label";
    if (problem)
      return isLabel ? undefined : this.#tell("error", describeFault(problem, was), place, was);
    const found = this.#request.known.find(names, part.offsetAt(start));
    const row = isLabel && "problem" in found ? undefined : this.#rowOf(found, was, place);
    if (!row) return undefined;
    if (isLabel) return this.#put(place, wanted, was, row.alt, row);
    if (row.status !== "uploaded") this.#tell("warning", describeFault("earlier", was), place, was);
    return this.#put(place, wanted, was, placeable(wanted, row, part, start), row);
  }

  /** The row that was found; where there is none, that is told. */
  #rowOf(found: Found, was: string, place: Place): PlaceableRow | undefined {
    if ("row" in found && !("problem" in found)) return found.row;
    this.#tell("error", describeFound(found, was), place, was);
    return undefined;
  }

  #fillId(graphicId: string, place: Place, part: TextPart): string | undefined {
    const { known, replaced, sizeOf } = this.#request;
    const successor = known.successorOf(graphicId);
    if (successor.state === "current" || successor.state === "unknown") return undefined;
    const now = successor.state === "replaced" ? successor.graphicId : null;
    const row = now === null ? undefined : known.rowOf(now);
    const what = { kind: "id", was: graphicId, now, graphicId: now } as const;
    const where = { folder: row?.folder ?? null, name: row?.name ?? null };
    if (!replaced || now === null) {
      this.#filled.old.push({ ...place, ...what, ...where, sizes: null });
      const severity = replaced && successor.state === "ambiguous" ? "error" : "warning";
      return this.#tell(severity, describeOld(graphicId, successor), place, graphicId);
    }
    const size = (id: string) => sizeOf(known.sha256Of(id) ?? "") ?? null;
    const hasRegions = part.path && questionAt(this.#request.survey, part.path)?.hasRegions;
    const sizes = hasRegions ? { before: size(graphicId), after: size(now) } : null;
    if (sizes) this.#compare(sizes, place, graphicId);
    this.#filled.places.push({ ...place, ...what, ...where, sizes });
    return now;
  }

  /** Regions stay where they are, in pixels (qualtrics-api: In surveys). */
  #compare({ before, after }: NonNullable<FilledPlace["sizes"]>, place: Place, was: string): void {
    const isKnown = before !== null && after !== null;
    if (isKnown && before.widthPx === after.widthPx && before.heightPx === after.heightPx) return;
    const fault = isKnown ? "other-size" : "size-unknown";
    const sizes = [before, after].map((one) => one && `${one.widthPx} × ${one.heightPx}`);
    this.#tell(isKnown ? "warning" : "note", describeFault(fault, sizes.join(" to ")), place, was);
  }

  #put(
    place: Place,
    kind: Wanted | "picture",
    was: string,
    now: string,
    row: PlaceableRow,
  ): string {
    const { graphicId, folder, name } = row;
    this.#filled.places.push({ ...place, kind, was, now, graphicId, folder, name, sizes: null });
    return now;
  }

  #tell(
    severity: Severity,
    [code, message, hint]: readonly [string, string, string],
    place: Place,
    value: string,
  ): undefined {
    const { line, column, question } = place;
    const where = { file: this.#request.file, line, column, field: question ?? undefined, value };
    this.#filled.diagnostics.push(diagnostic(severity, code, message, hint, where));
  }

  #placeOf(part: TextPart, index: number): Place {
    const offset = part.offsetAt(index);
    const line = countBelow(this.#lineStarts, offset + 1);
    const column = offset - (this.#lineStarts[line - 1] ?? 0) + 1;
    const question = part.path && questionAt(this.#request.survey, part.path);
    return { line, column, question: question?.id ?? null, questionText: question?.text ?? null };
  }
}

/** Qualtrics cuts labels after 99 characters, some editors a little before. */
const CUT_LABEL = 90;

/** What is left of a placeholder where a label was cut: it would be seen in the data. */
function cutPlaceholder(label: string): Splice[] {
  if (label.length < CUT_LABEL) return [];
  const cut = /\s*\{\{(?:[a-z]*|(?:img|url|graphic):[^{}]*\}?)$/i.exec(label);
  return cut ? [{ start: cut.index, end: label.length, text: "" }] : [];
}

const IMAGE_NAME = /\.(?:png|jpe?g|gif|webp|svg|bmp|tiff?)$/i;

/** Whether a bare id is expected, in a survey file (qualtrics-api: In surveys). */
function takesId({ path }: TextPart): boolean {
  return /^(Graphics|GraphicID|ImageLocation)$/.test(`${path?.at(-1)}`);
}
