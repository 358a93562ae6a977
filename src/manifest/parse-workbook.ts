import { zipSync } from "fflate";
import { emptyTable } from "./csv-problems.ts";
import { type Diagnostic, DiagnosticList, hasErrors } from "./diagnostic.ts";
import { checkHeader, parseHeader, type TableLayout } from "./header.ts";
import {
  type CsvDialect,
  FIELDS,
  type Manifest,
  type ManifestRow,
  type ParsedManifest,
} from "./manifest.ts";
import { parseNumberFormats } from "./number-formats.ts";
import { noRows } from "./parse-text-manifest.ts";
import { parseSheetCells, type SheetCells } from "./sheet-cells.ts";
import {
  type CellStyles,
  type NumberCell,
  numberIn,
  type ShownCell,
  showCell,
} from "./show-cell.ts";
import { readTableRow } from "./table-rows.ts";
import { unpackWorkbook, type WorkbookParts } from "./workbook-parts.ts";
import {
  badWorkbook,
  doubtfulCell,
  sheetNotFound,
  sheetWithoutCells,
  workbookTooLarge,
  workbookUnreadable,
} from "./workbook-problems.ts";

/** How a results CSV of a workbook is written where one is asked for: as Excel reads it best. */
const RESULTS_DIALECT: CsvDialect = {
  delimiter: ",",
  encoding: "utf-8",
  bom: true,
  newline: "\r\n",
};

/** What a sheet of cells has, and a chart that is a sheet has not (ECMA-376 part 1, 18.3.1.80). */
const SHEET_DATA = /<(?:\w+:)?sheetData\b/;

/** What decides how a workbook is read. */
export interface WorkbookOptions {
  /** Folder of the rows that name none. */
  defaultFolder?: string | undefined;
  /** Name of the sheet; the first where none is given. */
  sheet?: string | undefined;
}

/** A sheet as read: its cells, their texts, and what is needed to show them. */
interface ReadSheet {
  name: string;
  cells: SheetCells;
  /** `texts[row - 1][column - 1]`, as the reader gives them. */
  texts: readonly (readonly unknown[])[];
  styles: CellStyles;
}

/**
 * Reads an .xlsx manifest: one sheet, its first row with text the header. A diagnostic's `line` is the row and
 * its `column` the column of the sheet. Cells are read as a person sees them; a field's cell that not everybody
 * sees alike is an error.
 */
export async function parseWorkbook(
  file: string,
  bytes: Uint8Array,
  { defaultFolder, sheet }: WorkbookOptions,
): Promise<ParsedManifest> {
  const parts = unpackWorkbook(bytes);
  if ("reason" in parts) return failed(badWorkbook(file, parts, bytes));
  const names = parts.sheets.map(({ name }) => name);
  const index = sheet === undefined ? 0 : names.indexOf(sheet);
  if (index === -1) return failed(sheetNotFound(file, sheet ?? "", names));
  const read = await readSheet(file, parts, index);
  if ("code" in read) return failed(read);
  const { manifest, diagnostics } = readRows(file, read, defaultFolder || undefined);
  if (manifest?.rows.length === 0 && !hasErrors(diagnostics)) diagnostics.push(noRows(file));
  return { manifest, diagnostics: diagnostics.sort((a, b) => (a.line ?? 0) - (b.line ?? 0)) };
}

function failed(problem: Diagnostic): ParsedManifest {
  return { manifest: undefined, diagnostics: [problem] };
}

async function readSheet(
  file: string,
  parts: WorkbookParts,
  index: number,
): Promise<ReadSheet | Diagnostic> {
  const entry = parts.sheets[index];
  const xml = parts.text(entry?.part ?? "");
  if (!entry || xml === "") return workbookUnreadable(file, "the sheet is missing in the workbook");
  if (!SHEET_DATA.test(xml)) return sheetWithoutCells(file, entry.name, parts.sheets);
  const cells = parseSheetCells(xml);
  if (!cells) return workbookTooLarge(file);
  const formats = parseNumberFormats(parts.text("xl/styles.xml"));
  const texts = await readTexts(parts, index + 1);
  if (typeof texts === "string") return workbookUnreadable(file, texts);
  return { name: entry.name, cells, texts, styles: { formats, date1904: parts.date1904 } };
}

/** The texts of a sheet by the reader library; why it refuses, where it does. */
async function readTexts(
  parts: WorkbookParts,
  number: number,
): Promise<readonly (readonly unknown[])[] | string> {
  const { readSheet: readTextsOf } = await import("read-excel-file/universal");
  // Packed again without compression: what the library unpacks cannot outgrow what was measured.
  const archive = Uint8Array.from(zipSync(parts.files, { level: 0 })).buffer;
  try {
    return await readTextsOf(archive, number, { trim: false, parseNumber: (text) => text });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    // The library does not check what it walks through: its own words then say nothing to anyone.
    if (error instanceof TypeError) return "the sheet is not laid out as Excel writes one";
    return `the workbook cannot be read: ${error.message.replace(/\.$/, "")}`;
  }
}

function readRows(
  file: string,
  sheet: ReadSheet,
  defaultFolder: string | undefined,
): ParsedManifest {
  const records = [...sheet.cells.rows.keys()]
    .sort((a, b) => a - b)
    .map((line) => ({
      line,
      cells: recordAt(sheet, line),
    }));
  const [header, ...below] = records.filter(({ cells }) =>
    cells.some(({ text }) => text.trim() !== ""),
  );
  if (!header) return failed(emptyTable(file));
  const layout = parseHeader(
    header.cells.map(({ text }) => text),
    { guarded: false },
  );
  const found = checkHeader(layout, { file, line: header.line });
  if (layout.fields.path === undefined) return { manifest: undefined, diagnostics: found };
  const rows: ManifestRow[] = [];
  const problems = new DiagnosticList(file);
  const table = { file, layout, defaultFolder };
  for (const { line, cells } of below) {
    found.push(...doubtsOf(cells, layout, { file, line }));
    const texts = cells.map(({ text }) => text);
    const read = readTableRow(table, texts, line);
    if (read.row) rows.push(read.row);
    problems.add(...read.found);
  }
  const manifest: Manifest = {
    file,
    format: "xlsx",
    dialect: RESULTS_DIALECT,
    columns: layout.own.map((column) => column.header),
    rows,
    library: undefined,
    defaultFolder,
    workbook: workbookOf(
      sheet,
      header.cells.map(({ text }) => text),
      layout,
      rows,
    ),
  };
  return { manifest, diagnostics: [...found, ...problems.list()] };
}

function recordAt({ cells, texts, styles }: ReadSheet, line: number): ShownCell[] {
  const row = cells.rows.get(line);
  return Array.from({ length: cells.lastColumn }, (_none, index) => {
    const cell = row?.get(index + 1);
    const text = texts[line - 1]?.[index];
    return cell ? showCell(cell, typeof text === "string" ? text : "", styles) : { text: "" };
  });
}

function doubtsOf(
  cells: readonly ShownCell[],
  { fields }: TableLayout,
  at: { file: string; line: number },
): Diagnostic[] {
  return FIELDS.flatMap((field) => {
    const index = fields[field] ?? -1;
    const shown = cells[index];
    const place = { ...at, column: index + 1, field, value: shown?.text };
    const problem = shown && doubtfulCell(shown, place);
    return problem ? [problem] : [];
  });
}

function workbookOf(
  { name, cells, styles }: ReadSheet,
  header: readonly string[],
  { own }: TableLayout,
  rows: readonly ManifestRow[],
): Manifest["workbook"] {
  const numbers = new Map<number, ReadonlyMap<number, NumberCell>>();
  for (const { line } of rows) {
    const found = own.flatMap(({ index }, place): [number, NumberCell][] => {
      const cell = cells.rows.get(line)?.get(index + 1);
      const number = cell && numberIn(cell, styles);
      return number ? [[place, number]] : [];
    });
    if (found.length > 0) numbers.set(line, new Map(found));
  }
  const widths = own.map(({ index }) => cells.widths.get(index + 1));
  return { sheet: name, header, widths, numbers };
}
