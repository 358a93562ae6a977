import { checkHeader, emptyTable } from "./check-header.ts";
import {
  chooseSheet,
  findSheetHeader,
  type NamedSheet,
  recordsOf,
  type SheetRecord,
  workbookTooLarge,
  workbookUnreadable,
} from "./choose-sheet.ts";
import { type Diagnostic, diagnostic, type Sentence, showValue } from "./diagnostic.ts";
import { nameForeignBytes } from "./foreign-files.ts";
import { parseHeader, type TableLayout } from "./header.ts";
import {
  type CsvDialect,
  FIELDS,
  type Field,
  type Manifest,
  type ManifestOptions,
  type ManifestRow,
  type NumberCell,
  type ParsedManifest,
  unreadable,
  type WorkbookLook,
} from "./manifest.ts";
import { hiddenColumnsNote, mergeNotes, PassedRows } from "./row-notes.ts";
import { type Doubt, numberIn } from "./show-cell.ts";
import { readTableRow } from "./table-rows.ts";
import { openWorkbook, type WorkbookFile } from "./workbook-file.ts";

/** How a results CSV of a workbook is written where one is asked for: as Excel reads it best. */
const RESULTS_DIALECT: CsvDialect = {
  delimiter: ",",
  encoding: "utf-8",
  bom: true,
  newline: "\r\n",
};

/**
 * Reads an .xlsx manifest: one sheet, its header the first row that names a path column. A diagnostic's `line` is the
 * row and its `column` the column of the sheet. Cells are read as a person sees them; a field's cell that not
 * everybody sees alike is an error.
 */
export function parseWorkbook(
  file: string,
  bytes: Uint8Array,
  { defaultFolder, sheet: wanted }: ManifestOptions,
): ParsedManifest {
  const workbook = openWorkbook(bytes);
  if (workbook === "too-large") return unreadable(workbookTooLarge(file));
  if (workbook === "not-a-workbook") {
    const damaged = "the workbook is cut off or damaged";
    return unreadable(nameForeignBytes(file, bytes) ?? workbookUnreadable(file, damaged));
  }
  return parseOpenedWorkbook(file, workbook, { defaultFolder, sheet: wanted });
}

/** The same of a workbook that has been opened. */
export function parseOpenedWorkbook(
  file: string,
  workbook: WorkbookFile,
  { defaultFolder, sheet: wanted }: ManifestOptions,
): ParsedManifest {
  const sheet = chooseSheet(file, workbook, wanted);
  const sheets = workbook.sheets.map(({ name }) => name);
  if ("code" in sheet) return { ...unreadable(sheet), sheets };
  const { manifest, diagnostics } = readRows(file, sheet, defaultFolder);
  return { manifest, diagnostics: [...sheet.notes, ...diagnostics], sheets };
}

function readRows(
  file: string,
  sheet: NamedSheet,
  defaultFolder: string | undefined,
): ParsedManifest {
  const header = findSheetHeader(sheet);
  if (!header) return unreadable(emptyTable(file));
  const { texts: headers, above, line } = header;
  const layout = parseHeader(headers, { guarded: false });
  const at = { file, line };
  const hidden = sheet.sheet.hiddenColumns;
  const found = [...checkHeader(layout, at, above), ...hiddenColumnsNote(layout, hidden, at)];
  if (layout.fields.path === undefined) return unreadable(...found);
  const rows: ManifestRow[] = [];
  const table = { file, layout, defaultFolder };
  const passed = new PassedRows();
  // A header of two rows' height has its texts in both.
  const headerEnd = Math.max(
    line,
    ...sheet.sheet.merges.filter(({ top }) => top === line).map(({ bottom }) => bottom),
  );
  for (const record of recordsOf(sheet)) {
    if (record.line <= headerEnd || !passed.isRow(record, layout)) continue;
    const texts = record.cells.map(({ text }) => text);
    const read = readTableRow(table, texts, record.line);
    const doubts = doubtsOf(record, layout, { file, line: record.line });
    found.push(...doubts, ...read.found);
    if (read.row) rows.push(withDoubts(read.row, record, layout));
  }
  const manifest: Manifest = {
    file,
    format: "xlsx",
    dialect: RESULTS_DIALECT,
    columns: layout.own.map((column) => column.header),
    hasResults: layout.results !== undefined,
    rows,
    library: undefined,
    defaultFolder,
    workbook: lookOf(sheet, { headers, line }, layout, rows),
  };
  return {
    manifest,
    diagnostics: [...found, ...mergeNotes(file, sheet, headerEnd), ...passed.notes(file)],
  };
}

/** What each doubt about a cell's text means for a field: a wrong name would be uploaded. */
const DOUBTS: Readonly<Record<Doubt, (value: string) => Sentence>> = {
  "not-computed": () => [
    "CELL_NOT_COMPUTED",
    "a formula whose result is not in the file",
    // What XlsxWriter stored LibreOffice takes for true, unless it is told to compute.
    "open the file in Excel and save it; in LibreOffice, press Ctrl+Shift+F9 before you save",
  ],
  lost: () => [
    "CELL_DAMAGED",
    "the text of the cell is not in the file",
    "write it again, and save the file in the program it comes from",
  ],
  picture: () => [
    "CELL_PICTURE",
    "an image in the cell is not read",
    "save the image as a file, and write the file's path into the path column",
  ],
  covered: () => [
    "CELL_MERGED",
    "the cell is merged with the one to its left: whose value that is, is not sure",
    "unmerge the cells, and write each its own text",
  ],
  language: notText,
  format: notText,
};

function notText(value: string): Sentence {
  const message = `other computers may show ${value} differently`;
  const hint = "format the column as Text, then write the cell again as it should read";
  return ["CELL_NOT_TEXT", message, hint];
}

/** Of which the results have nothing. */
const LEFT_OUT: readonly Doubt[] = ["not-computed", "lost", "picture"];

/** A field in doubt is an error; in a column of the user's own only what results would leave out is told. */
function doubtsOf(
  { cells }: SheetRecord,
  { fields, own }: TableLayout,
  at: { file: string; line: number },
): Diagnostic[] {
  return cells.flatMap(({ text, doubt }, index) => {
    if (!doubt) return [];
    const field = FIELDS.find((one) => fields[one] === index);
    const column = own.find((one) => one.index === index);
    const isTold = field !== undefined || LEFT_OUT.includes(doubt);
    if (!isTold || (field === undefined && !column)) return [];
    const place = { ...at, column: index + 1, field: field ?? column?.header, value: text };
    const [code, message, hint] = DOUBTS[doubt](showValue(text));
    return field === undefined
      ? [diagnostic("warning", code, `${message}; it is empty in the results`, hint, place)]
      : [diagnostic("error", code, message, hint, place)];
  });
}

/** The row, with the fields of which nothing is sure: rules about their texts would only say it again. */
function withDoubts(
  row: ManifestRow,
  { cells }: SheetRecord,
  { fields }: TableLayout,
): ManifestRow {
  const unsure = FIELDS.filter((field: Field) => cells[fields[field] ?? -1]?.doubt !== undefined);
  if (unsure.length === 0) return row;
  return { ...row, unsure, path: unsure.includes("path") ? "" : row.path };
}

function lookOf(
  { name, sheet, styles }: NamedSheet,
  { headers, line: headerLine }: { headers: readonly string[]; line: number },
  { own }: TableLayout,
  rows: readonly ManifestRow[],
): WorkbookLook {
  const numbers = new Map<number, ReadonlyMap<number, NumberCell>>();
  for (const { line } of rows) {
    const found = own.flatMap(({ index }, place): [number, NumberCell][] => {
      const cell = sheet.rows.get(line)?.cells.get(index + 1);
      const number = cell && numberIn(cell, styles);
      return number ? [[place, number]] : [];
    });
    if (found.length > 0) numbers.set(line, new Map(found));
  }
  const widths = own.map(({ index }) => sheet.widths.get(index + 1));
  const hasFormulas = [...sheet.rows.values()].some(({ cells }) =>
    [...cells.values()].some(({ isFormula }) => isFormula),
  );
  return { sheet: name, headerLine, header: headers, widths, numbers, hasFormulas };
}
