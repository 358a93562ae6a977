import { fieldsOf } from "../manifest/header.ts";
import { FIELDS, type Manifest, type ManifestRow } from "../manifest/manifest.ts";
import type { GridColumn, GridRow, SheetChange, SheetDocument } from "./api.ts";
import { matchRows } from "./match-sheets.ts";
import type { ParsedSheet } from "./parse-sheet.ts";

/** A sheet's bytes as they are read, with ids for its rows. */
export interface SheetState extends ParsedSheet {
  /** `ids[i]` belongs to `manifest.rows[i]`. */
  ids: readonly number[];
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
    isEditable: true,
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
  const fields = FIELDS.every((field) => a[field] === b[field]);
  return fields && isSameCells(a.cells, b.cells);
}

function isSameCells(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((cell, index) => cell === b[index]);
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
