import { type Diagnostic, diagnostic, nearest, showValue } from "./diagnostic.ts";
import { findHeaderRow, HEADER_ROWS, namesPath } from "./header.ts";
import { readSheet, type Sheet, type SheetCell } from "./read-sheet.ts";
import { type CellStyles, readFormats, type ShownCell, showCell } from "./show-cell.ts";
import {
  readSharedStrings,
  type SheetEntry,
  textOfPart,
  type WorkbookFile,
} from "./workbook-file.ts";
import { XmlError } from "./xml.ts";

/** A sheet and what is needed to show its cells. */
export interface NamedSheet {
  name: string;
  sheet: Sheet;
  styles: CellStyles;
}

/** A row with something in it: what is stored, and what it shows, each by 0-based column. */
export interface SheetRecord {
  line: number;
  cells: readonly ShownCell[];
  stored: readonly (SheetCell | undefined)[];
  isHidden: boolean;
}

/** The sheet that is the manifest, and what there is to say of the choice. */
type ChosenSheet = NamedSheet & { notes: readonly Diagnostic[] };

/**
 * Takes the sheet that is named, or the first visible one if it has a path column, or the only visible one that has;
 * an error where there is no telling.
 */
export function chooseSheet(
  file: string,
  workbook: WorkbookFile,
  wanted: string | undefined,
): ChosenSheet | Diagnostic {
  const { sheets } = workbook;
  const reader = entryReader(file, workbook);
  if (wanted !== undefined) {
    const named = sheets.find(({ name }) => name === wanted);
    return named ? reader.read(named) : sheetNotFound(file, wanted, sheets);
  }
  const visible = sheets.filter(({ isHidden }) => !isHidden);
  const [first, ...others] = visible.length > 0 ? visible : sheets;
  if (!first) return sheetNotFound(file, "", sheets);
  const [meant, ...more] = [first, ...others].filter((entry) => reader.hasPath(entry));
  if (meant && meant !== first && more.length > 0) return severalSheets(file, [meant, ...more]);
  const entry = meant ?? first;
  return reader.read(entry, choiceNotes(file, sheets, entry, more));
}

/** Reads sheets of one workbook: texts and styles once for all of them. */
function entryReader(file: string, workbook: WorkbookFile) {
  const { files, sheets, date1904, isUncomputed } = workbook;
  const strings = orNothing(() => readSharedStrings(workbook)) ?? [];
  const formats = orNothing(() => readFormats(workbook)) ?? [];
  const styles = { formats, date1904, isUncomputed };
  // By parts: a workbook may list one of them under many names.
  const paths = new Map<string, boolean>();

  function findPath({ name, part }: SheetEntry): boolean {
    const xml = textOfPart(files, part);
    const sheet = orNothing(() => readSheet(xml, strings, { mostRows: HEADER_ROWS }));
    const header = sheet?.hasCells ? findSheetHeader({ name, sheet, styles }) : undefined;
    return namesPath(header?.texts ?? []);
  }

  function hasPath(entry: SheetEntry): boolean {
    const found = paths.get(entry.part) ?? findPath(entry);
    paths.set(entry.part, found);
    return found;
  }

  function read(
    { name, part }: SheetEntry,
    notes: readonly Diagnostic[] = [],
  ): ChosenSheet | Diagnostic {
    const xml = textOfPart(files, part);
    if (xml === "") return workbookUnreadable(file, "the sheet is missing in the workbook");
    try {
      const sheet = readSheet(xml, strings);
      if (!sheet) return workbookTooLarge(file);
      if (sheet.hasCells) return { name, sheet, styles, notes };
      const others = listed(sheets.filter((one) => one.name !== name));
      const what = `the sheet ${showValue(name)} has no cells (a chart?)`;
      return workbookUnreadable(file, what, `name another with --sheet: ${others}`);
    } catch (error) {
      if (!(error instanceof XmlError)) throw error;
      return workbookUnreadable(file, `the sheet ${showValue(name)} is cut off or damaged`);
    }
  }

  return { hasPath, read };
}

/** Undefined where a part is not well-formed. */
function orNothing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof XmlError) return undefined;
    throw error;
  }
}

/** The rows with something in them, from the top; one at a time, as they take much more room than the sheet. */
export function* recordsOf({ sheet, styles }: NamedSheet): Generator<SheetRecord, undefined> {
  const rows = [...sheet.rows].filter(([, { cells }]) => cells.size > 0);
  for (const [line, row] of rows.toSorted(([a], [b]) => a - b)) {
    const stored = Array.from({ length: sheet.lastColumn }, (_none, index) =>
      row.cells.get(index + 1),
    );
    const cells = stored.map((cell) => (cell ? showCell(cell, styles) : { text: "" }));
    yield { line, cells, stored, isHidden: row.isHidden };
  }
}

/** The header of a sheet, how many rows with text are above it, and its line; undefined: it has no text. */
export function findSheetHeader(
  sheet: NamedSheet,
): { texts: string[]; above: number; line: number } | undefined {
  const rows: { texts: string[]; line: number }[] = [];
  for (const { cells, line } of recordsOf(sheet)) {
    const texts = cells.map(({ text }) => text);
    if (texts.some((text) => text.trim() !== "")) rows.push({ texts, line });
    if (rows.length === HEADER_ROWS) break;
  }
  const above = findHeaderRow(rows.map(({ texts }) => texts));
  const header = rows[above];
  return header && { ...header, above };
}

function choiceNotes(
  file: string,
  [first]: readonly SheetEntry[],
  { name }: SheetEntry,
  more: readonly SheetEntry[],
): Diagnostic[] {
  const note = (code: string, message: string, hint: string, value: string) =>
    diagnostic("note", code, message, `to read another sheet, name it${hint}`, { file, value });
  const rows = `the rows are those of ${showValue(name)}`;
  const notes: Diagnostic[] = [];
  if (first && first.name !== name) {
    const hint = `: --sheet ${showValue(first.name)}`;
    const code = first.isHidden ? "SHEET_HIDDEN" : "SHEET_CHOSEN";
    const what = first.isHidden ? "is hidden" : "has no path column";
    notes.push(
      note(code, `the first sheet ${showValue(first.name)} ${what}; ${rows}`, hint, first.name),
    );
  }
  if (more.length > 0) {
    const message = `${rows}; ${listed(more)} ${more.length === 1 ? "has" : "have"} a path column, too`;
    notes.push(note("SHEET_CHOSEN", message, " with --sheet", name));
  }
  return notes;
}

const SHEETS_LISTED = 20;

function listed(sheets: readonly SheetEntry[]): string {
  const names = sheets.slice(0, SHEETS_LISTED).map(({ name }) => showValue(name));
  const more = sheets.length - names.length;
  return names.join(", ") + (more > 0 ? ` and ${more} more` : "");
}

/** A summary comes first, and which of the others is meant is not known. */
function severalSheets(file: string, sheets: readonly SheetEntry[]): Diagnostic {
  const message = `${sheets.length} sheets have a path column: ${listed(sheets)}`;
  const hint = `name the one to read: --sheet ${showValue(sheets[0]?.name ?? "")}`;
  return diagnostic("error", "SHEET_AMBIGUOUS", message, hint, { file });
}

function sheetNotFound(file: string, sheet: string, sheets: readonly SheetEntry[]): Diagnostic {
  const near = nearest(
    sheet,
    sheets.map(({ name }) => name),
  );
  const message = `no sheet is named ${showValue(sheet)}; found ${listed(sheets)}`;
  const hint = near ? `give --sheet ${showValue(near)}` : "give --sheet with one of these names";
  return diagnostic("error", "SHEET_NOT_FOUND", message, hint, { file, value: sheet });
}

/** A workbook whose parts do not fit together. */
export function workbookUnreadable(
  file: string,
  message: string,
  hint = "open it in Excel and save it as 'Excel Workbook (*.xlsx)', without a password",
): Diagnostic {
  return diagnostic("error", "WORKBOOK_UNREADABLE", message, hint, { file });
}

/** A sheet that takes more room than we give it. */
export function workbookTooLarge(file: string): Diagnostic {
  const message = "the sheet is too large to be read, or has a cell far away from the others";
  const hint =
    "delete the rows and columns after the last one in use, or save the sheet as CSV UTF-8";
  return diagnostic("error", "MANIFEST_TOO_LARGE", message, hint, { file });
}
