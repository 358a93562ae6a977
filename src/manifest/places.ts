import { formatAddress } from "./cell-address.ts";
import type { Field, Manifest, ManifestRow } from "./manifest.ts";

/** Places that a message names one by one. */
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
