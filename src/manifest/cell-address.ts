import type { Field, Manifest, ManifestRow } from "./manifest.ts";
/** Cells between two corners, both included. */
export interface CellRange {
  /** As written, for example `C2:C4`. */
  name: string;
  top: number;
  left: number;
  bottom: number;
  right: number;
}

/** The address of a 1-based row and column. */
export function formatAddress(row: number, column: number): string {
  let letters = "";
  for (let left = column; left > 0; left = Math.floor((left - 1) / 26)) {
    letters = String.fromCharCode(65 + ((left - 1) % 26)) + letters;
  }
  return `${letters}${row}`;
}

/** The 1-based column that an address such as `AB12` names; undefined: it names none. */
export function columnOf(address: string | undefined): number | undefined {
  const letters = /^[A-Z]{1,3}/.exec(address ?? "")?.[0];
  if (letters === undefined) return undefined;
  return [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0);
}

/** The range that `C2:D4` or `C2` names. */
export function rangeOf(name: string): CellRange[] {
  const [from = "", to = from] = name.split(":");
  const [left, right] = [columnOf(from), columnOf(to)];
  const [top, bottom] = [from, to].map((address) => Number(/\d+$/.exec(address)?.[0]));
  return left && right && top && bottom ? [{ name, top, left, bottom, right }] : [];
}

const LISTED = 10;

/** Where a field of some rows is, as people write it: `lines 2 and 5`, in a workbook `cells B2 and B5`. */
export function placesOf(
  { format }: Pick<Manifest, "format">,
  field: Field | "graphicId",
  rows: readonly ManifestRow[],
): string {
  const isWorkbook = format === "xlsx";
  const named = rows.slice(0, LISTED).map(({ line, columnOf }) => {
    const column = columnOf[field] ?? columnOf.path;
    return isWorkbook && column !== undefined ? formatAddress(line, column) : String(line);
  });
  if (rows.length > LISTED) named.push(`${rows.length - LISTED} more`);
  const last = named.pop() ?? "";
  const list = named.length === 0 ? last : `${named.join(", ")} and ${last}`;
  return `${isWorkbook ? "cell" : "line"}${rows.length === 1 ? "" : "s"} ${list}`;
}
