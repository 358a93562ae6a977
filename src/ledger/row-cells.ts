import { DatabaseFault } from "./database.ts";

/** A row of another shape than its table allows: the file is damaged. */
export function damagedRow(): DatabaseFault {
  return new DatabaseFault("SQLITE_CORRUPT", "a row does not hold what it should");
}

/**
 * Rows that come a million times are checked cell by cell, with these: a schema takes several times as long.
 * Each gives the cell or throws `damagedRow`.
 */
export function textCell(cell: unknown): string {
  if (typeof cell === "string") return cell;
  throw damagedRow();
}

/** As `textCell`, for a column that may be empty. */
export function textOrNullCell(cell: unknown): string | null {
  return cell === null ? null : textCell(cell);
}

/** As `textCell`, for a whole number. */
export function integerCell(cell: unknown): number {
  if (typeof cell === "number" && Number.isSafeInteger(cell)) return cell;
  throw damagedRow();
}

/** The cells of a row, of which there must be `count`; or the rows of a page, however many. */
export function cellsOf(row: unknown, count?: number): readonly unknown[] {
  if (Array.isArray(row) && (count === undefined || row.length === count)) return row;
  throw damagedRow();
}
