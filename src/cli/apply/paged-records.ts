import type { LedgerView } from "../../ledger/open-ledger.ts";
import type { FolderAndName } from "../../plan/recorded.ts";
import type { RecordOf, RowRecord } from "../../report/row-record.ts";
import type { Target } from "../target.ts";

const PAGE_ROWS = 512;

type Row = FolderAndName & { line: number };

/**
 * The ledger's records of a manifest's rows, read a page at a time and no more than a page kept: asked for in
 * manifest order, each page is read once. `rows` are in the order of their lines. A page shows what was durable
 * when it was read: after a change to the ledger, call this anew.
 */
export function pagedRecords(
  ledger: LedgerView,
  target: Pick<Target, "service" | "library">,
  manifestKey: string,
  rows: readonly Row[],
): RecordOf {
  const read = ledger.manyRowRecords(target, manifestKey);
  let start = -1;
  let page: RowRecord[] = [];
  return (row) => {
    const index = findRow(rows, row);
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

/** A row's index by its line; rows that share a line, as YAML allows, are told apart by their address. */
function findRow(rows: readonly Row[], { line, folder, name }: Row): number {
  for (let index = firstOfLine(rows, line); rows[index]?.line === line; index += 1) {
    if (rows[index]?.folder === folder && rows[index]?.name === name) return index;
  }
  throw new Error(`line ${line} is not a row of the manifest`);
}

function firstOfLine(rows: readonly Row[], line: number): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((rows[middle]?.line ?? line) < line) low = middle + 1;
    else high = middle;
  }
  return low;
}
