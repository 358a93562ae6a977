import { stringify } from "csv-stringify/sync";
import { findHeader } from "../csv-records.ts";
import { parseHeader, type TableLayout } from "../header.ts";
import type { Delimiter, Span } from "../manifest.ts";
import { guardFormula } from "../text-encoding.ts";
import {
  applySplices,
  type ManifestEdit,
  NEW_ROW_FIELDS,
  type NewRow,
  type Splice,
} from "./manifest-edit.ts";

/** What an edit has to know of the table. */
interface Table {
  text: string;
  delimiter: Delimiter;
  newline: string;
  layout: TableLayout;
}

/**
 * Changes cells, rows and the end of a CSV that could be read; every other character stays. `text` is without
 * byte order mark. Undefined: there is no header.
 */
export function editCsv(text: string, { cells, rows, added }: ManifestEdit): string | undefined {
  const table = readTable(text);
  if (!table) return undefined;
  const starts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
  const startOf = (line: number) => starts[line - 1] ?? text.length;
  const splices = [
    ...cells.flatMap(({ line, field, text: wanted }): Splice[] => {
      const span = splitRecord(text, startOf(line), table.delimiter)[
        table.layout.fields[field] ?? -1
      ];
      return span ? [{ ...span, text: formatCell(wanted, table, text[span.start] === '"') }] : [];
    }),
    ...rows.map(({ line, cells: wanted }): Splice => {
      const start = startOf(line);
      const end = splitRecord(text, start, table.delimiter).at(-1)?.end ?? start;
      return { start, end, text: formatRecord(wanted, table) };
    }),
  ];
  return applySplices(text, splices) + appendix(table, added);
}

function readTable(text: string): Table | undefined {
  const header = findHeader(Buffer.from(text));
  if (!header || "reason" in header) return undefined;
  const { delimiter, newline } = header;
  return { text, delimiter, newline, layout: parseHeader(header.cells) };
}

/** Where the cells of the record at `start` stand, which csv-parse has read without complaint (RFC 4180). */
function splitRecord(text: string, start: number, delimiter: Delimiter): Span[] {
  const spans: Span[] = [];
  let cellStart = start;
  let isQuoted = false;
  for (let at = start; ; at += 1) {
    const character = text[at];
    // Within a cell that does not begin with one, a quote is a letter like others.
    if (character === '"' && text[cellStart] === '"') isQuoted = !isQuoted;
    const isLineEnd = character === "\n" || (character === "\r" && text[at + 1] === "\n");
    const isEnd = character === undefined || (!isQuoted && isLineEnd);
    if (!isEnd && (isQuoted || character !== delimiter)) continue;
    spans.push({ start: cellStart, end: at });
    if (isEnd) return spans;
    cellStart = at + 1;
  }
}

function formatCell(wanted: string, { delimiter, layout }: Table, isQuoted: boolean): string {
  const cell = layout.guarded ? guardFormula(wanted) : wanted;
  const needsQuotes = isQuoted || cell.includes(delimiter) || /["\r\n]/.test(cell);
  return needsQuotes ? `"${cell.replaceAll('"', '""')}"` : cell;
}

function formatRecord(cells: readonly string[], table: Table): string {
  return cells.map((cell) => formatCell(cell, table, false)).join(table.delimiter);
}

/** Rows go to the end: the order above is the user's. */
function appendix(table: Table, added: readonly NewRow[]): string {
  if (added.length === 0) return "";
  const { text, newline, layout } = table;
  const lines = added.map((row) => {
    const cells = Array.from({ length: layout.width }, () => "");
    for (const field of NEW_ROW_FIELDS) {
      const index = layout.fields[field];
      if (index !== undefined) cells[index] = row[field];
    }
    return formatRecord(cells, table) + newline;
  });
  return (text.endsWith("\n") ? "" : newline) + lines.join("");
}

/** The header and one row a picture. */
export function newTable(rows: readonly NewRow[]): string[][] {
  return [[...NEW_ROW_FIELDS], ...rows.map((row) => NEW_ROW_FIELDS.map((field) => row[field]))];
}

/** A new CSV as Excel writes and reads it best: a byte order mark, CRLF. */
export function formatNewCsv(rows: readonly NewRow[]): string {
  const options = { record_delimiter: "\r\n", quoted_match: /[\r\n]/ };
  return `\uFEFF${stringify(newTable(rows), options)}`;
}
