import { stringify } from "csv-stringify/sync";
import { guardFormula } from "../manifest/formula-guard.ts";
import {
  type CsvDialect,
  type Manifest,
  type ManifestRow,
  RESULT_COLUMNS,
  type ResultColumn,
} from "../manifest/manifest.ts";
import type { RowRecord } from "./row-record.ts";

/**
 * The results CSV as text: one line per manifest row, in manifest order; the manifest's own columns, then
 * the results columns. Written in the manifest's dialect; cells a spreadsheet would compute are guarded
 * (formula-guard undoes it when the file is read as a manifest).
 */
export function formatResults(
  manifest: Manifest,
  recordOf: (row: ManifestRow) => RowRecord,
): string {
  const header = [...manifest.columns, ...RESULT_COLUMNS];
  const lines = manifest.rows.map((row) => [...row.cells, ...resultCells(recordOf(row))]);
  return stringify(
    [header, ...lines].map((cells) => cells.map(guardFormula)),
    {
      delimiter: manifest.dialect.delimiter,
      record_delimiter: manifest.dialect.newline,
      // The library quotes only its own record delimiter; any line break must stay inside its cell.
      quoted_match: /[\r\n]/,
    },
  );
}

function resultCells(record: RowRecord): string[] {
  return RESULT_COLUMNS.map((column: ResultColumn) => record[column] ?? "");
}

/** Encodes text as the manifest was: UTF-8 or UTF-16, with the byte order mark it had. */
export function encodeText(text: string, { encoding, bom }: CsvDialect): Buffer {
  const marked = bom ? `\uFEFF${text}` : text;
  if (encoding === "utf-8") return Buffer.from(marked, "utf8");
  const bytes = Buffer.from(marked, "utf16le");
  return encoding === "utf-16be" ? bytes.swap16() : bytes;
}
