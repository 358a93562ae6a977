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
