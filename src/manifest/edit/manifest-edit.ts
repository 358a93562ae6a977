import { z } from "zod";
import type { Field, Span } from "../manifest.ts";

/** A cell that is to hold another text. */
export interface CellEdit {
  /** As in `ManifestRow.line`. */
  line: number;
  field: Field;
  text: string;
}

/** A row whose cells were divided wrongly (CSV alone). */
export interface RowEdit {
  line: number;
  /** As many as the header has. */
  cells: readonly string[];
  /** The row as it stands. */
  was: string;
}

/** A picture to add a row for. */
export interface NewRow {
  path: string;
  /** Empty: the file's name. */
  name: string;
  /** Empty: none. */
  folder: string;
}

/** The fields that an added row fills, in the order of a sheet that is made new. */
export const NEW_ROW_FIELDS = ["path", "name", "folder"] as const;

/** Changes to a manifest; whatever they do not name stays as it is, byte for byte where the format lets it. */
export interface ManifestEdit {
  cells: readonly CellEdit[];
  rows: readonly RowEdit[];
  added: readonly NewRow[];
}

/** A stretch of a text that is to be replaced by another. */
export interface Splice extends Span {
  text: string;
}

/** A text with its splices made; they do not overlap, and of two at one place the first comes first. */
export function applySplices(text: string, splices: readonly Splice[]): string {
  let edited = "";
  let at = 0;
  for (const splice of splices.toSorted((a, b) => a.start - b.start)) {
    edited += text.slice(at, splice.start) + splice.text;
    at = splice.end;
  }
  return edited + text.slice(at);
}

/** One change that `validate --fix` makes. */
export const changeSchema = z.strictObject({
  line: z.int().positive().describe("Line of the manifest where the row starts"),
  column: z
    .int()
    .positive()
    .nullable()
    .describe("Position of the cell in the row; `null` where the whole row is divided anew"),
  field: z
    .string()
    .nullable()
    .describe("The field, or the header as written; `null` where the whole row is divided anew"),
  from: z.string().describe("The old text; each character that is not UTF-8 is shown as U+FFFD"),
  to: z.string().describe("The new text"),
});

export type Change = z.infer<typeof changeSchema>;
