import { UserError } from "../../user-error.ts";
import { formatAddress } from "../cell-address.ts";
import { groupBy } from "../group-by.ts";
import { parseHeader, type TableLayout } from "../header.ts";
import type { WorkbookLook } from "../manifest.ts";
import { readSheet, type Sheet, type SheetRow } from "../read-sheet.ts";
import { showWritten } from "../show-cell.ts";
import { encodePart, openWorkbook, textOfPart } from "../workbook-file.ts";
import { encodeXml, escapeCellText } from "../xml.ts";
import { replaceInZip } from "../zip.ts";
import { applySplices, type CellEdit, type ManifestEdit, type Splice } from "./manifest-edit.ts";
import { removeSheetRows } from "./remove-sheet-rows.ts";

interface Target {
  xml: string;
  sheet: Sheet;
  look: WorkbookLook;
  layout: TableLayout;
  edit: ManifestEdit;
}

/**
 * Changes cells of one sheet of a workbook that could be read, adds columns behind the last and rows below the last with
 * text, and removes rows as `removeSheetRows` says. Formats, widths, other sheets and all other parts stay as they are.
 * A cell with a formula, or in a merge where its value is not its own, is a `UserError` that names it, or is left alone
 * where the edit is lenient. Undefined: the file is not such a workbook.
 */
export function editWorkbook(
  bytes: Uint8Array,
  look: WorkbookLook,
  edit: ManifestEdit,
): Uint8Array | undefined {
  const workbook = openWorkbook(bytes);
  if (typeof workbook === "string") return undefined;
  const part = workbook.sheets.find(({ name }) => name === look.sheet)?.part ?? "";
  const changed = editSheetXml(textOfPart(workbook.files, part), look, edit);
  if (changed === undefined) return undefined;
  const { removed = [] } = edit;
  const edited =
    removed.length === 0
      ? changed
      : removeSheetRows(workbook, part, changed, removed, layoutOf(look));
  return replaceInZip(bytes, part, encodePart(edited));
}

function layoutOf(look: WorkbookLook): TableLayout {
  return parseHeader(look.header, { guarded: false });
}

/** The text of a sheet after an edit, but for rows to remove; undefined: it has no cells. */
export function editSheetXml(
  xml: string,
  look: WorkbookLook,
  edit: ManifestEdit,
): string | undefined {
  const sheet = readSheet(xml, [], { isWhole: true });
  if (!sheet?.hasCells) return undefined;
  const target = { xml, sheet, look, layout: layoutOf(look), edit };
  return applySplices(xml, [
    ...headerSplices(target),
    ...[...groupBy(edit.cells ?? [], ({ line }) => line)].flatMap(([line, cells]) =>
      lineSplices(target, line, cells),
    ),
    ...rowSplices(target),
  ]);
}

/** The 1-based column of the sheet that a column of the manifest is. */
function sheetColumn({ layout }: Target, column: number): number {
  return (layout.own[column]?.index ?? layout.width + column - layout.own.length) + 1;
}

function headerSplices(target: Target): Splice[] {
  const { edit, layout, look, sheet } = target;
  const fields = edit.columns ?? [];
  if (fields.length === 0) return [];
  const style = sheet.rows.get(look.headerLine)?.cells.get(layout.width)?.style;
  const cells = fields.map((text, at) => ({ column: layout.width + 1 + at, text, style }));
  return [...cellsSplices(target, look.headerLine, cells), ...dimensionSplices(target)];
}

/** The stretch of the sheet that has cells: who reads it does without. */
function dimensionSplices({ sheet: { dimension } }: Target): Splice[] {
  return dimension ? [{ ...dimension, text: "" }] : [];
}

/** A cell to write: where it lacks, it looks as `style` says. */
interface WantedCell {
  /** 1-based. */
  column: number;
  text: string;
  style: number | undefined;
  /** Absent: text. */
  isNumber?: boolean;
}

function lineSplices(target: Target, line: number, edits: readonly CellEdit[]): Splice[] {
  const { sheet, edit } = target;
  const above = sheet.rows.get(line - 1)?.cells;
  const cells = edits
    .map((one) => ({
      column: sheetColumn(target, one.column),
      text: one.text,
      isNumber: staysNumber(target, one),
    }))
    .filter(({ column }) => {
      const problem = problemAt(sheet, line, column);
      if (problem && !edit.isLenient) throw problem;
      return problem === undefined;
    })
    .map((cell) => ({ ...cell, style: above?.get(cell.column)?.style }));
  return cellsSplices(target, line, cells);
}

/**
 * Whether a number that is given another stays one: its author must see what was written, and where it is a field, so must
 * everybody else.
 */
function staysNumber({ look, layout }: Target, { line, column, text }: CellEdit): boolean {
  const was = look.numbers.get(line)?.get(column);
  const shown = was && showWritten(text, was.format);
  if (!shown) return false;
  const isField = Object.values(layout.fields).includes(layout.own[column]?.index ?? -1);
  return !isField || shown.doubt === undefined;
}

function problemAt(sheet: Sheet, row: number, column: number): UserError | undefined {
  const address = formatAddress(row, column);
  if (sheet.rows.get(row)?.cells.get(column)?.isFormula) {
    return new UserError("CELL_FORMULA", `cell ${address} holds a formula`, {
      hint: "change the formula in Excel, or write its value in its place there",
    });
  }
  const merge = sheet.merges.find(
    ({ top, left, bottom, right }) =>
      row >= top && row <= bottom && column >= left && column <= right,
  );
  const isOwn = merge?.top === row && merge.left === column && merge.bottom === row;
  if (!merge || isOwn) return undefined;
  return new UserError("CELL_MERGED", `cell ${address} is one of the merged cells ${merge.name}`, {
    hint: "unmerge them in Excel, and write each its own text",
  });
}

/** Cells of one row: those that are there are replaced, the others stand where their column is. */
function cellsSplices(
  { xml, sheet }: Target,
  line: number,
  wanted: readonly WantedCell[],
): Splice[] {
  const row = sheet.rows.get(line);
  if (!row) return [];
  const there = [...row.cells].toSorted(([a], [b]) => a - b);
  const tagEnd = xml.indexOf(">", row.start) + 1;
  const isWider = wanted.some(({ column, text }) => text !== "" && !row.cells.has(column));
  const splices = wanted
    .toSorted((a, b) => a.column - b.column)
    .flatMap((one): Splice[] => {
      const { column, text, style } = one;
      const cell = row.cells.get(column);
      if (!cell && text === "") return [];
      const written = formatCell({ ...one, style: cell ? cell.style : style }, line, sheet.prefix);
      if (cell) return [{ start: cell.start, end: cell.end, text: written }];
      const at = there.findLast(([before]) => before < column)?.[1].end ?? tagEnd;
      return [{ start: at, end: at, text: written }];
    });
  // A row may say which columns its cells span: a hint that is wrong now.
  const spans = /\sspans=("[^"]*"|'[^']*')/.exec(xml.slice(row.start, tagEnd));
  if (!isWider || !spans) return splices;
  const start = row.start + spans.index;
  return [{ start, end: start + spans[0].length, text: "" }, ...splices];
}

function formatCell({ column, text, style, isNumber }: WantedCell, row: number, p: string): string {
  const open = `<${p}c r="${formatAddress(row, column)}"${style ? ` s="${style}"` : ""}`;
  if (isNumber) return `${open}><${p}v>${text}</${p}v></${p}c>`;
  if (text === "") return `${open}/>`;
  return `${open} t="inlineStr"><${p}is><${p}t xml:space="preserve">${encodeXml(escapeCellText(text))}</${p}t></${p}is></${p}c>`;
}

/** Rows below the last one with text, their cells formatted as those above; prepared empty rows are filled. */
function rowSplices(target: Target): Splice[] {
  const { added = [], columns = [] } = target.edit;
  const { rows } = target.sheet;
  let last = 0;
  for (const [number, row] of rows) if (number > last && isFilled(row)) last = number;
  const end = rows.get(last)?.end;
  if (added.length === 0 || end === undefined) return [];
  const texts = added.map((row, index) => newRow(target, row, last, last + 1 + index));
  const covered = added.flatMap((_row, index) => rows.get(last + 1 + index) ?? []);
  return [
    { start: end, end, text: texts.join("") },
    ...covered.map((span) => ({ ...span, text: "" })),
    ...(columns.length === 0 ? dimensionSplices(target) : []),
  ];
}

function isFilled({ cells }: SheetRow): boolean {
  return [...cells.values()].some(({ raw, isFormula }) => raw !== undefined || isFormula);
}

function newRow(target: Target, row: readonly string[], last: number, number: number): string {
  const { prefix: p, rows } = target.sheet;
  const above = rows.get(last)?.cells;
  const written = row
    .map((text, column) => ({ column: sheetColumn(target, column), text }))
    .filter(({ text }) => text !== "")
    .toSorted((a, b) => a.column - b.column)
    .map((cell) => formatCell({ ...cell, style: above?.get(cell.column)?.style }, number, p));
  return `<${p}row r="${number}">${written.join("")}</${p}row>`;
}
