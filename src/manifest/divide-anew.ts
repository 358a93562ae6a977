import { DELIMITERS } from "./csv-dialect.ts";
import { readFirstRecord } from "./csv-records.ts";
import type { CsvDialect } from "./manifest.ts";
import { showValue } from "./show-value.ts";

/**
 * The cells of a row that was divided by another delimiter than the header, or put into quotes as a whole, as
 * programs with other settings leave them. Undefined where none, or more than one, gives as many as the header has.
 */
export function divideAnew(
  cells: readonly string[],
  delimiter: CsvDialect["delimiter"],
  width: number,
): string[] | undefined {
  if (width < 2) return undefined;
  const text = Buffer.from(cells.join(delimiter));
  const candidates = DELIMITERS.filter((one) => one !== delimiter || cells.length === 1);
  const fitting = candidates.flatMap((one) => {
    const record = readFirstRecord(text, one, { offset: 0, line: 1 });
    const isWhole = "cells" in record && record.next.offset === text.length;
    return isWhole && record.cells.length === width ? [record.cells] : [];
  });
  return fitting.length === 1 ? fitting[0] : undefined;
}

/** What to do with such a row. */
export function dividedHint(cells: readonly string[]): string {
  return `divide the row as the header is: ${cells.map(showValue).join(" | ")}`;
}
