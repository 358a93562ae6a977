import type { Diagnostic } from "../manifest/diagnostic.ts";
import { groupBy } from "../manifest/group-by.ts";
import { fieldsOf } from "../manifest/header.ts";
import {
  FIELDS,
  isWorkbookName,
  type Manifest,
  type ManifestOptions,
  type ManifestRow,
} from "../manifest/manifest.ts";
import { parseManifest } from "../manifest/parse-manifest.ts";
import { UserError } from "../user-error.ts";
import type { GridColumn, GridRow, SheetChange, SheetDocument } from "./sheet-api.ts";

/** Bytes as they are read. */
export interface ParsedSheet {
  bytes: Uint8Array;
  /** Undefined: no rows can be made out. */
  manifest: Manifest | undefined;
  /** Why there is no manifest. */
  problem: UserError | null;
  /** Names of a workbook's sheets; absent: as before. */
  sheets?: readonly string[];
}

/** The same, with ids for its rows. */
export interface SheetState extends ParsedSheet {
  /** `ids[i]` belongs to `manifest.rows[i]`. */
  ids: readonly number[];
}

/** Unsaved changes that an earlier process left: see `journal.ts`. */
export interface KeptDraft {
  /** What the file held when they began. */
  base: Uint8Array;
  bytes: Uint8Array;
  /** When the last was made, ISO 8601. */
  changedAt: string;
}

/** Reads a sheet by its name. */
export async function parseSheet(
  file: string,
  bytes: Uint8Array,
  options: ManifestOptions,
): Promise<ParsedSheet> {
  const { manifest, diagnostics, sheets = [] } = await parseManifest(file, bytes, options);
  if (!manifest) return { bytes, manifest, problem: problemOf(diagnostics), sheets };
  // Plain letters are the same in most encodings: what is added to them is written in the one that is named.
  const read = options.encoding ? { ...manifest, encoding: options.encoding } : manifest;
  return { bytes, manifest: read, problem: null, sheets };
}

function problemOf(diagnostics: readonly Diagnostic[]): UserError {
  const found = diagnostics.find(({ severity }) => severity === "error");
  const message = found?.message ?? "the sheet cannot be read";
  return new UserError(found?.code ?? "MANIFEST_UNREADABLE", message, {
    hint: found?.hint ?? "open the file in the program it comes from, and save it again",
  });
}

/** What a sheet is by its name. */
export function formatOf(file: string): Manifest["format"] {
  if (isWorkbookName(file)) return "xlsx";
  return /\.ya?ml$/i.test(file) ? "yaml" : "csv";
}

/** What the grid shows; `sheets`: those of a workbook, which it offers where there are several. */
export function gridOf(
  state: SheetState,
  sheets: readonly string[],
): Pick<SheetDocument, "columns" | "rows" | "workbook"> {
  const { manifest, ids } = state;
  return {
    columns: gridColumns(manifest),
    rows: (manifest?.rows ?? []).map((row, index) => gridRow(row, ids[index] ?? 0)),
    workbook:
      sheets.length < 2 ? null : { sheets: [...sheets], read: manifest?.workbook?.sheet ?? null },
  };
}

/** The columns of the grid: those of the manifest, results columns left out. */
function gridColumns(manifest: Manifest | undefined): GridColumn[] {
  if (!manifest) return [];
  const fields = fieldsOf(manifest.columns);
  return manifest.columns.map((header, index) => ({
    index,
    header,
    field: FIELDS.find((field) => fields[field] === index) ?? null,
  }));
}

function gridRow({ line, cells, path, name, folder }: ManifestRow, id: number): GridRow {
  return { id, line, cells: [...cells], path, name, folder };
}

/** What is another in `after` than it was in `before`. */
export function changesBetween(
  before: SheetState,
  after: SheetState,
): Pick<SheetChange, "columns" | "changed" | "order" | "lines"> {
  const known = new Map(before.manifest?.rows.map((row, index) => [before.ids[index], row]));
  const rows = after.manifest?.rows ?? [];
  const changed: GridRow[] = [];
  let isMoved = false;
  for (const [index, row] of rows.entries()) {
    const id = after.ids[index] ?? 0;
    const was = known.get(id);
    if (!was || !isSameRow(was, row)) changed.push(gridRow(row, id));
    if (was && was.line !== row.line) isMoved = true;
  }
  const columns = gridColumns(after.manifest);
  return {
    columns: isSame(columns, gridColumns(before.manifest)) ? null : columns,
    changed,
    order: isSame(before.ids, after.ids) ? null : [...after.ids],
    ...(isMoved ? { lines: rows.map(({ line }) => line) } : {}),
  };
}

/** Whether two rows hold the same, be they in other lines. */
export function isSameRow(a: ManifestRow, b: ManifestRow): boolean {
  return (
    FIELDS.every((field) => a[field] === b[field]) &&
    a.cells.length === b.cells.length &&
    a.cells.every((cell, index) => cell === b.cells[index])
  );
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/**
 * The ids of rows that were read anew, where it is not known what became of each: those that are as they were keep theirs,
 * and then those whose path is. `newId` gives ids to the others.
 */
export function carryIds(
  before: SheetState,
  after: Manifest | undefined,
  newId: () => number,
): number[] {
  const found = matchRows(before.manifest?.rows ?? [], after?.rows ?? [], [
    ({ line, cells }) => JSON.stringify([line, cells]),
    ({ cells }) => JSON.stringify(cells),
    ({ line, path }) => JSON.stringify([line, path]),
    ({ path }) => path,
    // A repaired row is where it was.
    ({ line }) => String(line),
  ]);
  return found.map((place) => (place === undefined ? undefined : before.ids[place]) ?? newId());
}

/** What makes two rows the same to whoever compares them. */
type RowKey = (row: ManifestRow) => string;

/** A row's address in the library. */
export const addressOf: RowKey = ({ folder, name }) => JSON.stringify([folder, name]);

/**
 * The place among the `old` rows of each row, each old one once: by the first key under which there is one left, of several
 * the first; undefined: none.
 */
export function matchRows(
  old: readonly ManifestRow[],
  rows: readonly ManifestRow[],
  keys: readonly RowKey[],
): (number | undefined)[] {
  const found: (number | undefined)[] = rows.map(() => undefined);
  const left = new Set(old.keys());
  for (const keyOf of keys) {
    if (left.size === 0) break;
    const places = groupBy(left, (place) => old[place] && keyOf(old[place]));
    for (const [index, row] of rows.entries()) {
      const place = found[index] === undefined ? places.get(keyOf(row))?.shift() : undefined;
      if (place === undefined) continue;
      left.delete(place);
      found[index] = place;
    }
  }
  return found;
}

/**
 * Names columns so that those of two sheets can be compared: one of a field is the same whatever it is called, others are by
 * their header.
 */
export function columnKeys(columns: readonly string[]): string[] {
  const fields = fieldsOf(columns);
  const seen = new Map<string, number>();
  return columns.map((header, at) => {
    const field = FIELDS.find((one) => fields[one] === at);
    if (field) return fieldKey(field);
    const count = seen.get(header) ?? 0;
    seen.set(header, count + 1);
    return `own ${count} ${header}`;
  });
}

/** The key of a field's column. */
export function fieldKey(field: string): string {
  return `field ${field}`;
}
