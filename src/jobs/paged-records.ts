import type { LedgerView } from "../ledger/open-ledger.ts";
import { type PlacedRow, rowFinder } from "../plan/row-finder.ts";
import type { RecordOf, RowRecord } from "../report/row-record.ts";
import { KeptRecords } from "./kept-records.ts";
import type { Target } from "./target.ts";

const PAGE_ROWS = 512;

/**
 * The ledger's records of a manifest's rows, read a page at a time and no more than a page kept: asked for in
 * manifest order, each page is read once. `rows` are in the order of their lines. A page shows what was durable
 * when it was read: after a change to the ledger, call this anew.
 */
export function pagedRecords(
  ledger: LedgerView,
  target: Pick<Target, "service" | "library">,
  manifestKey: string,
  rows: readonly PlacedRow[],
): RecordOf {
  const read = ledger.manyRowRecords(target, manifestKey);
  const indexOf = rowFinder(rows);
  let start = -1;
  let page: RowRecord[] = [];
  return (row) => {
    const index = indexOf(row);
    const first = index - (index % PAGE_ROWS);
    if (first !== start) {
      page = read(rows.slice(first, first + PAGE_ROWS));
      start = first;
    }
    const record = page[index - first];
    if (!record) throw new Error(`line ${row.line} has no record`);
    return record;
  };
}

/**
 * The same, all read now and kept, each row's once. `sha256Of` gives a string that a record's own is likely to
 * equal, by the row's index.
 */
export function keptRecords(
  ledger: LedgerView,
  target: Pick<Target, "service" | "library">,
  manifestKey: string,
  rows: readonly PlacedRow[],
  sha256Of: (index: number) => string | undefined,
): RecordOf {
  const read = ledger.manyRowRecords(target, manifestKey);
  const kept = new KeptRecords();
  for (let start = 0; start < rows.length; start += PAGE_ROWS) {
    const page = read(rows.slice(start, start + PAGE_ROWS));
    for (const [index, record] of page.entries()) kept.add(record, sha256Of(start + index));
  }
  const indexOf = rowFinder(rows);
  return (row) => {
    const record = kept.at(indexOf(row));
    if (!record) throw new Error(`line ${row.line} has no record`);
    return record;
  };
}
