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

const PART_ROWS = 256;
const BYTE_ORDER_MARK = "\uFEFF";
/** What one unit of UTF-16 takes at most: three bytes of UTF-8. */
const MOST_BYTES_A_UNIT = 3;

/**
 * The results CSV as text, in parts, for a million rows are more than a string should hold: one line per manifest row, in manifest order; the manifest's own columns, then
 * the results columns. Written in the manifest's dialect; cells a spreadsheet would compute are guarded
 * (formula-guard undoes it when the file is read as a manifest).
 */
export function* formatResults(
  manifest: Manifest,
  recordOf: (row: ManifestRow) => RowRecord,
): Generator<string> {
  const { rows } = manifest;
  yield formatLines(manifest, [[...manifest.columns, ...RESULT_COLUMNS]]);
  for (let start = 0; start < rows.length; start += PART_ROWS) {
    const part = rows.slice(start, start + PART_ROWS);
    const lines = part.map((row) => [...row.cells, ...resultCells(recordOf(row))]);
    yield formatLines(manifest, lines);
  }
}

function formatLines(manifest: Manifest, lines: readonly string[][]): string {
  return stringify(
    lines.map((cells) => cells.map(guardFormula)),
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

/**
 * Encodes a text that comes in parts as the manifest was; see `encodeText`. All parts come in the same memory: one
 * must be done with before the next is asked for.
 */
export function* encodeParts(
  parts: Iterable<string>,
  { encoding, bom }: CsvDialect,
): Generator<Buffer> {
  let mark = bom ? BYTE_ORDER_MARK : "";
  let memory = Buffer.alloc(0);
  for (const part of parts) {
    const text = mark + part;
    mark = "";
    const mostBytes = MOST_BYTES_A_UNIT * text.length;
    if (memory.length < mostBytes) memory = Buffer.allocUnsafeSlow(2 * mostBytes);
    yield write(memory, text, encoding);
  }
}

/** The part of `memory` that holds the text. */
function write(memory: Buffer, text: string, encoding: CsvDialect["encoding"]): Buffer {
  if (encoding === "utf-8") return memory.subarray(0, memory.write(text, "utf8"));
  const bytes = memory.subarray(0, memory.write(text, "utf16le"));
  return encoding === "utf-16be" ? bytes.swap16() : bytes;
}

/** Encodes text as the manifest was: UTF-8 or UTF-16, with the byte order mark it had. */
export function encodeText(text: string, { encoding, bom }: CsvDialect): Buffer {
  const marked = bom ? BYTE_ORDER_MARK + text : text;
  if (encoding === "utf-8") return Buffer.from(marked, "utf8");
  const bytes = Buffer.from(marked, "utf16le");
  return encoding === "utf-16be" ? bytes.swap16() : bytes;
}
