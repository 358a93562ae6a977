import { emptyTable } from "./csv-problems.ts";
import { type Diagnostic, DiagnosticList } from "./diagnostic.ts";
import { checkHeader, parseHeader, type TableLayout } from "./header.ts";
import {
  type CsvDialect,
  FIELDS,
  type Manifest,
  type ManifestOptions,
  type ManifestRow,
  type NumberCell,
  type ParsedManifest,
  type WorkbookLook,
} from "./manifest.ts";
import { readSheet, type Sheet } from "./read-sheet.ts";
import { type CellStyles, numberIn, readFormats, type ShownCell, showCell } from "./show-cell.ts";
import { readTableRow } from "./table-rows.ts";
import {
  openWorkbook,
  readSharedStrings,
  type SheetEntry,
  textOfPart,
  type WorkbookFile,
} from "./workbook-file.ts";
import {
  badWorkbook,
  doubtfulCell,
  sheetHidden,
  sheetNotFound,
  sheetWithoutCells,
  workbookTooLarge,
  workbookUnreadable,
} from "./workbook-problems.ts";
import { XmlError } from "./xml.ts";

/** How a results CSV of a workbook is written where one is asked for: as Excel reads it best. */
const RESULTS_DIALECT: CsvDialect = {
  delimiter: ",",
  encoding: "utf-8",
  bom: true,
  newline: "\r\n",
};

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
  if (typeof workbook === "string") return failed(badWorkbook(file, workbook, bytes));
  const { sheets } = workbook;
  const [first] = sheets;
  const entry =
    wanted === undefined
      ? (sheets.find(({ isHidden }) => !isHidden) ?? first)
      : sheets.find(({ name }) => name === wanted);
  if (!first || !entry) return failed(sheetNotFound(file, wanted ?? "", sheets));
  const sheet = readEntry(file, workbook, entry);
  if ("code" in sheet) return failed(sheet);
  const { manifest, diagnostics } = readRows(file, sheet, defaultFolder);
  if (wanted === undefined && entry !== first) {
    diagnostics.push(sheetHidden(file, first.name, entry.name));
  }
  return { manifest, diagnostics };
}

function failed(problem: Diagnostic): ParsedManifest {
  return { manifest: undefined, diagnostics: [problem] };
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
  if (!header) return failed(emptyTable(file));
  const headers = header.cells.map(({ text }) => text);
  const layout = parseHeader(headers, { guarded: false });
  const found = checkHeader(layout, { file, line: header.line });
  if (layout.fields.path === undefined) return { manifest: undefined, diagnostics: found };
  const rows: ManifestRow[] = [];
  const problems = new DiagnosticList(file);
  const table = { file, layout, defaultFolder };
  for (const { line, cells } of records) {
    const texts = cells.map(({ text }) => text);
    const read = readTableRow(table, texts, line);
    if (read.row) rows.push(read.row);
    problems.add(...doubtsOf(cells, layout, { file, line }), ...read.found);
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
  return { manifest, diagnostics: [...found, ...problems.list()] };
}

/** The rows with text, from the top. */
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

function doubtsOf(
  cells: readonly ShownCell[],
  { fields }: TableLayout,
  at: { file: string; line: number },
): Diagnostic[] {
  return FIELDS.flatMap((field) => {
    const index = fields[field] ?? -1;
    const shown = cells[index];
    if (!shown?.doubt) return [];
    const { text, doubt } = shown;
    return [doubtfulCell(text, doubt, { ...at, column: index + 1, field, value: text })];
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
