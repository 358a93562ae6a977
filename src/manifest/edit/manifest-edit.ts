import { z } from "zod";
import { fieldsOf } from "../header.ts";
import type { Field, Span } from "../manifest.ts";

/** A cell that is to hold another text. */
export interface CellEdit {
  /** As in `ManifestRow.line`. */
  line: number;
  /** 0-based position in `Manifest.columns`, and behind the last in `ManifestEdit.columns`. */
  column: number;
  text: string;
}

/** A row whose cells were divided wrongly (CSV alone). */
export interface RowEdit {
  line: number;
  /** As many as the header has. */
  cells: readonly string[];
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

/** The cells of an added row in columns such as these; what has no column is left out. */
export function newRowCells(columns: readonly string[], row: NewRow): string[] {
  const fields = fieldsOf(columns);
  const cells = columns.map(() => "");
  for (const field of NEW_ROW_FIELDS) {
    const at = fields[field];
    if (at !== undefined) cells[at] = row[field];
  }
  return cells;
}

/**
 * Changes to a manifest, all at once; lines are those before any of them. Whatever they do not name stays as it is, byte
 * for byte where the format lets it.
 */
export interface ManifestEdit {
  /** Each cell once, in rows that are not removed. */
  cells?: readonly CellEdit[];
  rows?: readonly RowEdit[];
  removed?: readonly number[];
  /** Columns to add behind the last, one for a field that has none. In YAML every field has its own already. */
  columns?: readonly Field[];
  /** Rows to add below the last: their cells by position, as in `CellEdit.column`. */
  added?: readonly (readonly string[])[];
  /** Whether cells that must not be written, as those with a formula, are left alone; without, a `UserError` names one. */
  isLenient?: boolean;
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

/** Offsets at which the lines of a text begin. */
export function lineStarts(text: string): number[] {
  return [0, ...Array.from(text.matchAll(/\n/g), ({ index }) => index + 1)];
}

/** One change that `validate --fix` makes. */
export const changeSchema = z.strictObject({
  line: z.int().positive().describe("Line of the manifest where the row starts"),
  column: z
    .int()
    .positive()
    .nullable()
    .describe("Position of the cell in the row; `null` where the whole row is divided again"),
  field: z
    .string()
    .nullable()
    .describe("The field, or the header as written; `null` where the whole row is divided again"),
  from: z.string().describe("The old text; each character that is not UTF-8 is shown as U+FFFD"),
  to: z.string().describe("The new text"),
});

export type Change = z.infer<typeof changeSchema>;
