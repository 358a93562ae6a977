// What the grid's commands do to cells: each makes one entry of undo.
import type { GridRow } from "../../../open/sheet-api.ts";
import { formatCount, plural } from "../../../report/units.ts";
import { edit } from "../state/change-sheet.ts";
import type { Sheet } from "../state/sheet.ts";
import { say } from "../state/store.ts";
import { formatTsv, parseTsv, placePasted } from "./clipboard.ts";
import { type CellEdit, cellText, type KnownImage, opsOf, type ViewColumn } from "./columns.ts";
import { type Area, areaOf, type Extent, type Selection } from "./selection.ts";

/** What the commands work on. */
export interface Cells {
  sheet: Sheet;
  columns: readonly ViewColumn[];
  selection: Selection;
  imageOf(row: GridRow): KnownImage | undefined;
}

/** How far the grid reaches. */
export function extentOf({ sheet, columns }: Pick<Cells, "sheet" | "columns">): Extent {
  return { rows: sheet.rows.length, columns: columns.length };
}

/** The rows that are selected, wholly or in part. */
export function selectedRows({ sheet, selection }: Cells): GridRow[] {
  const { top, bottom } = areaOf(selection);
  return sheet.rows.slice(top, bottom + 1);
}

/** Sets cells, and says how many changed: `what` as "filled". */
export function setCells(sheet: Sheet, edits: readonly CellEdit[], what: string, undo: string) {
  const ops = opsOf(sheet, edits);
  const count = ops.filter(({ op }) => op === "set").length;
  if (count === 0) return say("Nothing to change");
  say(`${plural(count, "cell")} ${what}`);
  void edit(ops, undo);
}

/** Sets one cell, as typed. */
export function setCell(cells: Cells, text: string): void {
  const { sheet, columns, selection } = cells;
  const row = sheet.rows[selection.active.row];
  const column = columns[selection.active.column];
  if (!row || !column) return;
  const ops = opsOf(sheet, [{ row, column, text }]);
  void edit(ops, `${column.header} changed`);
}

/** Empties the selected cells. */
export function clearCells(cells: Cells): void {
  const edits = eachCell(cells, cells.selection).map((cell) => ({ ...cell, text: "" }));
  setCells(cells.sheet, edits, "cleared", "cells cleared");
}

/** Fills the first selected row into those below; where one row is selected, the row above into it. */
export function fillDown(cells: Cells): void {
  const area = areaOf(cells.selection);
  const source = area.top === area.bottom ? area.top - 1 : area.top;
  const first = cells.sheet.rows[source];
  if (!first) {
    say("Nothing above to fill from");
    return;
  }
  const edits = eachCell(cells, cells.selection).map(({ row, column }) => ({
    row,
    column,
    text: cellText(first, column, undefined),
  }));
  setCells(cells.sheet, edits, "filled", "fill down");
}

/** Removes the selected rows from the spreadsheet; the images stay where they are. */
export function removeRows(cells: Cells): void {
  const rows = selectedRows(cells).map(({ id }) => id);
  if (rows.length === 0) return;
  say(`${plural(rows.length, "row")} removed; the images stay on your computer`);
  void edit([{ op: "remove", rows }], `${plural(rows.length, "row")} removed`);
}

/** The selected cells as text for other programs. */
export function copiedText(cells: Cells): string {
  const { columns, imageOf } = cells;
  const area = cellArea(cells.selection);
  const rows = selectedRows(cells).map((row) =>
    columns.slice(area.left, area.right + 1).map((column) => cellText(row, column, imageOf(row))),
  );
  const count = rows.length * (rows[0]?.length ?? 0);
  say(`${plural(count, "cell")} copied`);
  return formatTsv(rows);
}

/** Puts text of another program into the cells; the answer is what is selected then. */
export function pasteText(cells: Cells, text: string): Selection {
  const { sheet, columns } = cells;
  const { filled, lost, area } = placePasted(
    parseTsv(text),
    cellArea(cells.selection),
    extentOf(cells),
  );
  const edits = filled.flatMap((one) => {
    const row = sheet.rows[one.row];
    const column = columns[one.column];
    return row && column ? [{ row, column, text: one.text }] : [];
  });
  setCells(sheet, edits, "pasted", "paste");
  if (lost > 0) say(`${formatCount(lost)} of the copied cells did not fit and were left out`);
  return {
    anchor: { row: area.top, column: area.left },
    active: { row: area.bottom, column: area.right },
  };
}

/** The first column is the image and its line: no cell of the sheet. */
function cellArea(selection: Selection): Area {
  const area = areaOf(selection);
  return { ...area, left: Math.max(1, area.left), right: Math.max(1, area.right) };
}

function eachCell({ sheet, columns }: Cells, selection: Selection): Omit<CellEdit, "text">[] {
  const { top, left, bottom, right } = areaOf(selection);
  const wanted = columns.slice(left, right + 1);
  return sheet.rows
    .slice(top, bottom + 1)
    .flatMap((row) => wanted.map((column) => ({ row, column })));
}
