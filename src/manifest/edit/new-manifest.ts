import { stringify } from "csv-stringify/sync";
import { formatItem } from "./edit-yaml.ts";
import type { NewRow } from "./manifest-edit.ts";

/** The columns of a sheet that is made new. */
const COLUMNS = ["path", "name", "folder"] as const;

/** The header and one row a picture. */
export function newTable(rows: readonly NewRow[]): string[][] {
  return [[...COLUMNS], ...rows.map((row) => COLUMNS.map((column) => row[column]))];
}

/** A new CSV as Excel writes and reads it best: a byte order mark, CRLF. */
export function formatNewCsv(rows: readonly NewRow[]): string {
  const options = { record_delimiter: "\r\n", quoted_match: /[\r\n]/ };
  return `\uFEFF${stringify(newTable(rows), options)}`;
}

/** A new YAML manifest. */
export function formatNewYaml(rows: readonly NewRow[]): string {
  const items = rows.map((row) => formatItem(row, 4, "\n"));
  return `version: 1\ngraphics:\n${items.join("")}`;
}

// One collation for everybody: the same folder gives the same sheet on every computer.
const COLLATOR = new Intl.Collator("en", { numeric: true });

/** Orders names as people count: `2.png` before `10.png`, whatever the case; never equal for two names that differ. */
export function compareNatural(a: string, b: string): number {
  return COLLATOR.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0);
}

/** Orders files by their folders, then by name; a folder's own files come before those of the folders in it. */
export function comparePlaces(a: readonly string[], b: readonly string[]): number {
  const shared = Math.min(a.length, b.length) - 1;
  for (let at = 0; at < shared; at += 1) {
    const order = compareNatural(a[at] ?? "", b[at] ?? "");
    if (order !== 0) return order;
  }
  return a.length - b.length || compareNatural(a[shared] ?? "", b[shared] ?? "");
}
