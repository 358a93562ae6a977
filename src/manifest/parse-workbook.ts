import {
  type Diagnostic,
  diagnostic,
  limitDiagnostics,
  nearest,
  type Sentence,
  showValue,
} from "./diagnostic.ts";
import { checkHeader, emptyTable, parseHeader, type TableLayout } from "./header.ts";
import {
  type CsvDialect,
  FIELDS,
  type Manifest,
  type ManifestOptions,
  type ManifestRow,
  type NumberCell,
  type ParsedManifest,
  unreadable,
  type WorkbookLook,
} from "./manifest.ts";
import { readSheet, type Sheet } from "./read-sheet.ts";
import {
  type CellStyles,
  type Doubt,
  numberIn,
  readFormats,
  type ShownCell,
  showCell,
} from "./show-cell.ts";
import { readTableRow } from "./table-rows.ts";
import {
  openWorkbook,
  readSharedStrings,
  type SheetEntry,
  textOfPart,
  type WorkbookFile,
  XmlError,
} from "./workbook-file.ts";

/** How a results CSV of a workbook is written where one is asked for: as Excel reads it best. */
const RESULTS_DIALECT: CsvDialect = {
  delimiter: ",",
  encoding: "utf-8",
  bom: true,
  newline: "\r\n",
};

/** The first bytes of an old or a password-protected workbook (MS-CFB 2.2). */
const COMPOUND_FILE = [0xd0, 0xcf, 0x11, 0xe0];

/** A sheet and what is needed to show its cells. */
interface NamedSheet {
  name: string;
  sheet: Sheet;
  styles: CellStyles;
}

/**
 * Reads an .xlsx manifest: one sheet, its first row with text the header. A diagnostic's `line` is the row and
 * its `column` the column of the sheet. Cells are read as a person sees them; a field's cell that not everybody
 * sees alike is an error.
 */
export function parseWorkbook(
  file: string,
  bytes: Uint8Array,
  { defaultFolder, sheet: wanted }: ManifestOptions,
): ParsedManifest {
  const workbook = openWorkbook(bytes);
  if (workbook === "too-large") return unreadable(workbookTooLarge(file));
  if (workbook === "not-a-workbook") {
    const isCompound = COMPOUND_FILE.every((byte, index) => bytes[index] === byte);
    const what = isCompound ? "is an old workbook or has a password" : "is no .xlsx workbook";
    return unreadable(workbookUnreadable(file, `the file ${what} by its own bytes`));
  }
  const { sheets } = workbook;
  const [first] = sheets;
  const entry =
    wanted === undefined
      ? (sheets.find(({ isHidden }) => !isHidden) ?? first)
      : sheets.find(({ name }) => name === wanted);
  if (!first || !entry) return unreadable(sheetNotFound(file, wanted ?? "", sheets));
  const sheet = readEntry(file, workbook, entry);
  if ("code" in sheet) return unreadable(sheet);
  const read = readRows(file, sheet, defaultFolder);
  if (wanted !== undefined || entry === first) return read;
  const diagnostics = [...read.diagnostics, sheetHidden(file, first.name, entry.name)];
  return { ...read, diagnostics };
}

function readEntry(
  file: string,
  workbook: WorkbookFile,
  { name, part }: SheetEntry,
): NamedSheet | Diagnostic {
  const xml = textOfPart(workbook.files, part);
  if (xml === "") return workbookUnreadable(file, "the sheet is missing in the workbook");
  try {
    const sheet = readSheet(xml, readSharedStrings(workbook));
    if (!sheet) return workbookTooLarge(file);
    if (!sheet.hasCells) return sheetWithoutCells(file, name, workbook.sheets);
    const styles = { formats: readFormats(workbook), date1904: workbook.date1904 };
    return { name, sheet, styles };
  } catch (error) {
    if (!(error instanceof XmlError)) throw error;
    return workbookUnreadable(file, "the sheet is not laid out as Excel writes one");
  }
}

function readRows(
  file: string,
  sheet: NamedSheet,
  defaultFolder: string | undefined,
): ParsedManifest {
  const records = recordsOf(sheet);
  const header = records.next().value;
  if (!header) return unreadable(emptyTable(file));
  const headers = header.cells.map(({ text }) => text);
  const layout = parseHeader(headers, { guarded: false });
  const found = checkHeader(layout, { file, line: header.line });
  if (layout.fields.path === undefined) return unreadable(...found);
  const rows: ManifestRow[] = [];
  const problems: Diagnostic[] = [];
  const table = { file, layout, defaultFolder };
  for (const { line, cells } of records) {
    const texts = cells.map(({ text }) => text);
    const read = readTableRow(table, texts, line);
    if (read.row) rows.push(read.row);
    problems.push(...doubtsOf(cells, layout, { file, line }), ...read.found);
  }
  const manifest: Manifest = {
    file,
    format: "xlsx",
    dialect: RESULTS_DIALECT,
    columns: layout.own.map((column) => column.header),
    rows,
    library: undefined,
    defaultFolder,
    workbook: lookOf(sheet, headers, layout, rows),
  };
  return { manifest, diagnostics: [...found, ...limitDiagnostics(file, problems)] };
}

/** The rows with text, from the top; one at a time, as their cells take much more room than the sheet. */
function* recordsOf({
  sheet,
  styles,
}: NamedSheet): Generator<{ line: number; cells: ShownCell[] }, undefined> {
  const rows = [...sheet.rows].filter(([, { cells }]) => cells.size > 0);
  for (const [line, row] of rows.toSorted(([a], [b]) => a - b)) {
    const cells = Array.from({ length: sheet.lastColumn }, (_none, index) => {
      const cell = row.cells.get(index + 1);
      return cell ? showCell(cell, styles) : { text: "" };
    });
    if (cells.some(({ text }) => text.trim() !== "")) yield { line, cells };
  }
}

/** What each doubt about a cell's text means for a field: a wrong name would be uploaded. */
const DOUBTS: Readonly<Record<Doubt, (value: string) => Sentence>> = {
  error: (value) => [
    "CELL_ERROR",
    `the formula gives ${value}`,
    "mend the formula, or write the text",
  ],
  "not-computed": () => [
    "CELL_NOT_COMPUTED",
    "the formula's value is not stored in the file, expected a text",
    "open the file in Excel, which computes it, and save it",
  ],
  language: (value) => notText(value, "in its own language"),
  format: (value) => notText(value, "by this number format in its own way"),
};

function notText(value: string, how: string): Sentence {
  const message = `the cell holds ${value}, which each computer shows ${how}`;
  const hint = "format the column as Text, then write the cell again as it should read";
  return ["CELL_NOT_TEXT", message, hint];
}

function doubtsOf(
  cells: readonly ShownCell[],
  { fields }: TableLayout,
  at: { file: string; line: number },
): Diagnostic[] {
  return FIELDS.flatMap((field) => {
    const index = fields[field] ?? -1;
    const { text, doubt } = cells[index] ?? { text: "" };
    if (!doubt) return [];
    const place = { ...at, column: index + 1, field, value: text };
    return [diagnostic("error", ...DOUBTS[doubt](showValue(text)), place)];
  });
}

function lookOf(
  { name, sheet, styles }: NamedSheet,
  header: readonly string[],
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
  return { sheet: name, header, widths, numbers };
}

/** A workbook whose parts do not fit together. */
function workbookUnreadable(file: string, message: string): Diagnostic {
  const hint = "open it in Excel and save it as 'Excel Workbook (*.xlsx)', without a password";
  return diagnostic("error", "WORKBOOK_UNREADABLE", message, hint, { file });
}

/** A sheet that takes more room than we give it. */
function workbookTooLarge(file: string): Diagnostic {
  const message = "the sheet is too large to be read, or has a cell far away from the others";
  const hint =
    "delete the rows and columns after the last one in use, or save the sheet as CSV UTF-8";
  return diagnostic("error", "MANIFEST_TOO_LARGE", message, hint, { file });
}

/** `--sheet` names a sheet that is not there. */
function sheetNotFound(file: string, sheet: string, sheets: readonly SheetEntry[]): Diagnostic {
  const names = sheets.map(({ name }) => name);
  const near = nearest(sheet, names);
  const message = `there is no sheet ${showValue(sheet)}, found ${names.map(showValue).join(", ")}`;
  const hint = near ? `give --sheet ${showValue(near)}` : "give --sheet with one of these names";
  return diagnostic("error", "SHEET_NOT_FOUND", message, hint, { file, value: sheet });
}

/** The first sheet is hidden, and the rows are those of another. */
function sheetHidden(file: string, hidden: string, sheet: string): Diagnostic {
  const message = `the first sheet ${showValue(hidden)} is hidden, the rows are read from ${showValue(sheet)}`;
  const hint = `give --sheet ${showValue(hidden)} to read the hidden one`;
  return diagnostic("note", "SHEET_HIDDEN", message, hint, { file, value: hidden });
}

/** A chart with a tab of its own, mostly. */
function sheetWithoutCells(file: string, sheet: string, sheets: readonly SheetEntry[]): Diagnostic {
  const others = sheets.filter(({ name }) => name !== sheet).map(({ name }) => showValue(name));
  const message = `the sheet ${showValue(sheet)} has no cells, as a chart has none`;
  const hint = `give --sheet with the name of the one that holds the rows${others.length > 0 ? `: ${others.join(", ")}` : ""}`;
  return diagnostic("error", "WORKBOOK_UNREADABLE", message, hint, { file, value: sheet });
}
