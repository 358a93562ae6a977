import { applySplices } from "../manifest/edit/manifest-edit.ts";
import type { Span } from "../manifest/manifest.ts";
import { asciiName } from "../report/escape.ts";
import { UserError } from "../user-error.ts";
import { findReferences, type Reference, tidyName } from "./find-references.ts";
import type { PlaceableRow } from "./known-graphics.ts";
import { partsOf, type TextPart } from "./survey-file.ts";

/** What a question is repeated for. */
export interface QuestionGroup {
  label: string;
  /** One for each field, in the fields' order. */
  rows: readonly PlaceableRow[];
}

/** A survey file, and what its question is repeated for. */
export interface RepeatRequest {
  file: string;
  text: string;
  /** What a placeholder calls a group's pictures. */
  fields: readonly string[];
  groups: readonly QuestionGroup[];
}

/** A text with its questions repeated. */
export interface RepeatedText {
  text: string;
  /** Where the text as it was has what is repeated; none: nothing is. */
  stretches: readonly Span[];
  /** Ids of questions that other parts of the survey name: those lead to the first copy. */
  named: readonly string[];
  /** Ids of questions whose skip logic leads out of what is repeated, and so past the copies that follow. */
  skipping: readonly string[];
  /** Ids of questions that would be repeated, and are in no block. */
  unused: readonly string[];
}

/** The copies of a question: each names the pictures of one group in the place of those that the question has. */
export class QuestionCopies {
  readonly #request: RepeatRequest;
  readonly #fields: ReadonlyMap<string, number>;
  readonly #places = new Map<string, { field: number; label: string }>();
  /** Whether placeholders name the fields; else the ids of a group's images do. */
  readonly #hasPlaceholders: boolean;
  readonly #rows = new Map<string, PlaceableRow>();

  constructor(request: RepeatRequest) {
    const { fields, groups, text } = request;
    this.#request = request;
    this.#fields = new Map(fields.map((name, field) => [tidyName(name), field]));
    for (const { label, rows } of groups) {
      for (const [field, { graphicId }] of rows.entries()) {
        this.#places.set(graphicId, { field, label });
      }
    }
    this.#hasPlaceholders = this.#referencesIn(text).some(
      ({ reference }) => this.#placeholderField(reference) !== undefined,
    );
  }

  get count(): number {
    return this.#request.groups.length;
  }

  /** Whether a piece of the file has pictures that are another group's in each copy. */
  isToRepeat(piece: string): boolean {
    return this.#labelsIn(piece).length > 0;
  }

  /** Throws a `UserError` where a piece has pictures of several groups: there is no telling which question is meant. */
  refuseMixed(piece: string): void {
    const [first, second] = new Set(this.#labelsIn(piece));
    if (second === undefined) return;
    const { file } = this.#request;
    throw new UserError(
      "TEMPLATE_MIXED",
      `${file} has images of '${first}' and of '${second}'; one question is repeated for all`,
      { hint: "delete the other questions, or write {{img:1}} where an image changes" },
    );
  }

  /** A piece of the file as the copy at `index` has it: placeholders stay, and name rows of `rowOf`. */
  copy(piece: string, index: number): string {
    const rows = this.#request.groups[index]?.rows ?? [];
    const splices = this.#referencesIn(piece).flatMap(({ part, reference }) => {
      const field = this.#fieldOf(reference);
      const row = field === undefined ? undefined : rows[field];
      if (!row) return [];
      const text = this.#nameOf(reference, row, `${index}.${field}`);
      const [start, end] = [part.offsetAt(reference.start), part.offsetAt(reference.end)];
      return { start, end, text };
    });
    return applySplices(piece, splices);
  }

  /** A row that a placeholder of the template names, of the first group. */
  fieldRow(names: readonly string[]): PlaceableRow | undefined {
    const field = this.#fieldNamed(names);
    return field === undefined ? undefined : this.#request.groups[0]?.rows[field];
  }

  /** The row that a placeholder of a copy names. */
  rowOf(names: readonly string[]): PlaceableRow | undefined {
    return names.map((name) => this.#rows.get(name)).find((row) => row !== undefined);
  }

  /** What is added to the name of a copy's column in the data: distinct by its number, and readable. */
  suffixOf(index: number): string {
    const words = asciiName(this.#request.groups[index]?.label ?? "");
    const number = `_${index + 1}`;
    return words === "" || number === `_${words}` ? number : `${number}_${words}`;
  }

  #nameOf(reference: Reference, row: PlaceableRow, place: string): string {
    if (reference.kind !== "placeholder") return row.graphicId;
    const name = `${MARK}${place}`;
    this.#rows.set(name, row);
    return `{{${reference.wanted}:${name}}}`;
  }

  #labelsIn(piece: string): string[] {
    return this.#referencesIn(piece).flatMap(({ reference }) => {
      if (this.#fieldOf(reference) === undefined) return [];
      return reference.kind === "id" ? (this.#places.get(reference.graphicId)?.label ?? "") : "";
    });
  }

  #fieldOf(reference: Reference): number | undefined {
    if (this.#hasPlaceholders || reference.kind !== "id") return this.#placeholderField(reference);
    return this.#places.get(reference.graphicId)?.field;
  }

  #placeholderField(reference: Reference): number | undefined {
    if (reference.kind !== "placeholder" || reference.fault !== undefined) return undefined;
    return this.#fieldNamed(reference.names);
  }

  #fieldNamed(names: readonly string[]): number | undefined {
    return names.map((name) => this.#fields.get(name)).find((field) => field !== undefined);
  }

  #referencesIn(piece: string): { part: TextPart; reference: Reference }[] {
    return [...partsOf(this.#request.file, piece)].flatMap((part) =>
      findReferences(part, false).map((reference) => ({ part, reference })),
    );
  }
}

/** No picture is called so. */
const MARK = "qgfx copy ";
