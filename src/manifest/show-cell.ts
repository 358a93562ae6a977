import type { SheetCell } from "./sheet-cells.ts";
import { isDateFormat, plainNumber, showNumber, showText } from "./show-number.ts";

/** A cell's text, and whether a person is sure to see exactly that. */
export interface ShownCell {
  text: string;
  /** Why the text may be another on somebody's screen; undefined: it is the same on all. */
  doubt?: "format" | "language" | "error" | "not-computed";
}

/** What turns stored values into what is seen. */
export interface CellStyles {
  /** Format code of each cell style. */
  formats: readonly string[];
  date1904: boolean;
}

/** The text a person sees in a cell; `text` is its stored text where it holds one. */
export function showCell(cell: SheetCell, text: string, styles: CellStyles): ShownCell {
  const format = styles.formats[cell.style] ?? "General";
  if (cell.raw === undefined) return { text: "", doubt: "not-computed" };
  switch (cell.type) {
    case "n":
      return cell.raw === "" ? { text: "" } : showStored(Number(cell.raw), format, styles.date1904);
    case "b":
      return { text: cell.raw === "1" ? "TRUE" : "FALSE", doubt: "language" };
    case "e":
      return { text: cell.raw, doubt: "error" };
    case "d":
      return { text: cell.raw, doubt: "format" };
    default:
      return { text: showText(text, format) };
  }
}

function showStored(value: number, format: string, date1904: boolean): ShownCell {
  const shown = showNumber(value, format, date1904);
  if (shown !== undefined) return { text: shown };
  return { text: plainNumber(value, format, date1904), doubt: "format" };
}

/** A number or date of a column of the user's own, for results that keep it one. */
export interface NumberCell {
  /** As the file stores it; dates as days of the 1900 system. */
  value: number;
  /** Format code. */
  format: string;
}

/** Days between the two systems of dates (ECMA-376 part 1, 18.17.4.1). */
const DAYS_1904 = 1462;

/** The number in a cell; undefined: it holds none. */
export function numberIn(
  cell: SheetCell,
  { formats, date1904 }: CellStyles,
): NumberCell | undefined {
  if (cell.type !== "n" || !cell.raw || !Number.isFinite(Number(cell.raw))) return undefined;
  const format = formats[cell.style] ?? "General";
  const days = date1904 && isDateFormat(format) ? DAYS_1904 : 0;
  return { value: Number(cell.raw) + days, format };
}
