import { type Diagnostic, diagnostic, type Place } from "./diagnostic.ts";
import { nearest } from "./nearest.ts";
import type { Doubt } from "./show-cell.ts";
import { showValue } from "./show-value.ts";
import type { BadWorkbook, SheetEntry } from "./workbook-file.ts";

/** The first bytes of an old or a password-protected workbook (MS-CFB 2.2). */
const COMPOUND_FILE = [0xd0, 0xcf, 0x11, 0xe0];

/** Bytes that are not a workbook. */
export function badWorkbook(file: string, reason: BadWorkbook, bytes: Uint8Array): Diagnostic {
  if (reason === "too-large") return workbookTooLarge(file);
  const isCompound = COMPOUND_FILE.every((byte, index) => bytes[index] === byte);
  const what = isCompound ? "is an old workbook or has a password" : "is no .xlsx workbook";
  return workbookUnreadable(file, `the file ${what} by its own bytes`);
}

/** A workbook whose parts do not fit together. */
export function workbookUnreadable(file: string, message: string): Diagnostic {
  const hint = "open it in Excel and save it as 'Excel Workbook (*.xlsx)', without a password";
  return diagnostic("error", "WORKBOOK_UNREADABLE", message, hint, { file });
}

/** A sheet that takes more room than we give it. */
export function workbookTooLarge(file: string): Diagnostic {
  return diagnostic(
    "error",
    "MANIFEST_TOO_LARGE",
    "the sheet is too large to be read, or has a cell far away from the others",
    "delete the rows and columns after the last one in use, or save the sheet as CSV UTF-8",
    { file },
  );
}

/** `--sheet` names a sheet that is not there. */
export function sheetNotFound(
  file: string,
  sheet: string,
  sheets: readonly SheetEntry[],
): Diagnostic {
  const names = sheets.map(({ name }) => name);
  const near = nearest(sheet, names);
  return diagnostic(
    "error",
    "SHEET_NOT_FOUND",
    `there is no sheet ${showValue(sheet)}, found ${names.map(showValue).join(", ")}`,
    near ? `give --sheet ${showValue(near)}` : "give --sheet with one of these names",
    { file, value: sheet },
  );
}

/** The first sheet is hidden, and the rows are those of another. */
export function sheetHidden(file: string, hidden: string, sheet: string): Diagnostic {
  return diagnostic(
    "note",
    "SHEET_HIDDEN",
    `the first sheet ${showValue(hidden)} is hidden, the rows are read from ${showValue(sheet)}`,
    `give --sheet ${showValue(hidden)} to read the hidden one`,
    { file, value: hidden },
  );
}

/** A chart with a tab of its own, mostly. */
export function sheetWithoutCells(
  file: string,
  sheet: string,
  sheets: readonly SheetEntry[],
): Diagnostic {
  const others = sheets.filter(({ name }) => name !== sheet).map(({ name }) => showValue(name));
  const message = `the sheet ${showValue(sheet)} has no cells, as a chart has none`;
  const hint = `give --sheet with the name of the one that holds the rows${others.length > 0 ? `: ${others.join(", ")}` : ""}`;
  return diagnostic("error", "WORKBOOK_UNREADABLE", message, hint, { file, value: sheet });
}

/** A cell of a field that may read otherwise than the person sees it: a wrong name would be uploaded. */
export function doubtfulCell(text: string, doubt: Doubt, place: Place): Diagnostic {
  if (doubt === "error") {
    const message = `the formula gives ${showValue(text)}`;
    return diagnostic("error", "CELL_ERROR", message, "mend the formula, or write the text", place);
  }
  if (doubt === "not-computed") {
    const message = "the formula's value is not stored in the file, expected a text";
    const hint = "open the file in Excel, which computes it, and save it";
    return diagnostic("error", "CELL_NOT_COMPUTED", message, hint, place);
  }
  const how = doubt === "language" ? "in its own language" : "by this number format in its own way";
  return diagnostic(
    "error",
    "CELL_NOT_TEXT",
    `the cell holds ${showValue(text)}, which each computer shows ${how}`,
    "format the column as Text, then write the cell again as it should read",
    place,
  );
}
