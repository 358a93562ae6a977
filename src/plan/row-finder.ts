import type { FolderAndName } from "./recorded.ts";

/** What tells a row of a manifest from the others. */
export type PlacedRow = FolderAndName & { line: number };

/**
 * Finds a row's index among a manifest's rows or uploads, at once where rows are asked for in manifest order. `rows` are in the order
 * of their lines; those that share a line, as YAML allows, are told apart by their address.
 */
export function rowFinder(rows: readonly PlacedRow[]): (row: PlacedRow) => number {
  let last = -1;
  return (row) => {
    last = isSame(rows[last + 1], row) ? last + 1 : search(rows, row);
    return last;
  };
}

function search(rows: readonly PlacedRow[], row: PlacedRow): number {
  for (let index = firstOfLine(rows, row.line); rows[index]?.line === row.line; index += 1) {
    if (isSame(rows[index], row)) return index;
  }
  throw new Error(`line ${row.line}, ${row.folder}/${row.name}, is not among the rows`);
}

function isSame(one: PlacedRow | undefined, { line, folder, name }: PlacedRow): boolean {
  return one?.line === line && one.folder === folder && one.name === name;
}

function firstOfLine(rows: readonly PlacedRow[], line: number): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((rows[middle]?.line ?? line) < line) low = middle + 1;
    else high = middle;
  }
  return low;
}
