import { stringify } from "csv-stringify/sync";
import { type FoundHeader, findHeader, readRecords } from "../csv-records.ts";
import { groupBy } from "../group-by.ts";
import { parseHeader, type TableLayout } from "../header.ts";
import type { Field, Span } from "../manifest.ts";
import { guardFormula } from "../text-encoding.ts";
import {
  applySplices,
  type CellEdit,
  lineStarts,
  type ManifestEdit,
  NEW_ROW_FIELDS,
  type NewRow,
  type Splice,
} from "./manifest-edit.ts";

interface Table {
  text: string;
  header: FoundHeader;
  layout: TableLayout;
  columns: readonly Field[];
  startOf(line: number): number;
}

/**
 * Changes cells, rows and the end of a CSV that could be read; every other character stays. A row that lacks the cell
 * gets it, with empty ones before it. `text` is without byte order mark. Undefined: there is no header.
 */
export function editCsv(text: string, edit: ManifestEdit): string | undefined {
  const { cells = [], rows = [], removed = [], columns = [], added = [] } = edit;
  const table = readTable(text, columns);
  if (!table) return undefined;
  const wanted = groupBy(cells, ({ line }) => line);
  const gone = new Set(removed);
  const lines = columns.length > 0 ? linesBelowHeader(table) : wanted.keys();
  const changed = [...lines].filter((line) => !gone.has(line));
  const { header, layout } = table;
  const named = columns.map((field, at) => {
    return { line: header.line, column: layout.own.length + at, text: field };
  });
  const splices = [
    ...(named.length === 0 ? [] : recordSplices(table, header.line, named)),
    ...changed.flatMap((line) => recordSplices(table, line, wanted.get(line) ?? [])),
    ...rows.map(({ line, cells: divided }): Splice => {
      const start = table.startOf(line);
      const end = splitRecord(table, start).at(-1)?.end ?? start;
      return { start, end, text: formatRecord(divided, table) };
    }),
    ...removed.map((line) => removal(table, line)),
  ];
  const edited = applySplices(text, splices);
  return edited + appendix(table, added, edited.endsWith("\n"));
}

function readTable(text: string, columns: readonly Field[]): Table | undefined {
  const header = findHeader(Buffer.from(text));
  if (!header || "reason" in header) return undefined;
  const starts = lineStarts(text);
  const startOf = (line: number) => starts[line - 1] ?? text.length;
  return { text, header, layout: parseHeader(header.cells), columns, startOf };
}

/** Of all records with text, also those that are no rows as they have too many cells: they shall keep too many. */
function linesBelowHeader({ text, header, layout }: Table): number[] {
  const lines: number[] = [];
  readRecords(
    Buffer.from(text),
    header.delimiter,
    header.next,
    (cells, line) => cells.some((cell) => cell.trim() !== "") && lines.push(line),
    (_broken, cells) => cells.length === layout.width,
  );
  return lines;
}

/** What makes of a record that it has these cells, and those of the added columns. */
function recordSplices(table: Table, line: number, edits: readonly CellEdit[]): Splice[] {
  const spans = splitRecord(table, table.startOf(line));
  const { own, width } = table.layout;
  const wanted = new Map(
    edits.map(({ column, text }) => [own[column]?.index ?? width + column - own.length, text]),
  );
  const inside = spans.flatMap((span, index): Splice[] => {
    const text = wanted.get(index);
    if (text === undefined) return [];
    return [{ ...span, text: formatCell(text, table, isQuoted(table, span)) }];
  });
  const last = Math.max(spans.length + table.columns.length - 1, ...wanted.keys());
  if (last < spans.length) return inside;
  // Cells behind the last are quoted as that one is.
  const behind = spans.at(-1) ?? { start: 0, end: 0 };
  const cells = Array.from({ length: last + 1 - spans.length }, (_none, index) =>
    formatCell(wanted.get(spans.length + index) ?? "", table, isQuoted(table, behind)),
  );
  const text = cells.map((cell) => table.header.delimiter + cell).join("");
  return [...inside, { start: behind.end, end: behind.end, text }];
}

function removal(table: Table, line: number): Splice {
  const start = table.startOf(line);
  const end = splitRecord(table, start).at(-1)?.end ?? start;
  const lineBreak = table.text.indexOf("\n", end);
  return { start, end: lineBreak === -1 ? table.text.length : lineBreak + 1, text: "" };
}

/** Where the cells of the record at `start` stand, which csv-parse has read without complaint (RFC 4180). */
function splitRecord({ text, header: { delimiter } }: Table, start: number): Span[] {
  const spans: Span[] = [];
  let cellStart = start;
  let isInQuotes = false;
  for (let at = start; ; at += 1) {
    const character = text[at];
    // Within a cell that does not begin with one, a quote is a letter like others.
    if (character === '"' && text[cellStart] === '"') isInQuotes = !isInQuotes;
    const isLineEnd = character === "\n" || (character === "\r" && text[at + 1] === "\n");
    const isEnd = character === undefined || (!isInQuotes && isLineEnd);
    if (!isEnd && (isInQuotes || character !== delimiter)) continue;
    spans.push({ start: cellStart, end: at });
    if (isEnd) return spans;
    cellStart = at + 1;
  }
}

function isQuoted({ text }: Table, { start }: Span): boolean {
  return text[start] === '"';
}

function formatCell(wanted: string, { header, layout }: Table, quoted: boolean): string {
  const cell = layout.guarded ? guardFormula(wanted) : wanted;
  const needsQuotes = quoted || cell.includes(header.delimiter) || /["\r\n]/.test(cell);
  return needsQuotes ? `"${cell.replaceAll('"', '""')}"` : cell;
}

function formatRecord(cells: readonly string[], table: Table, quoted = false): string {
  return cells.map((cell) => formatCell(cell, table, quoted)).join(table.header.delimiter);
}

/** Rows go to the end: the order above is the user's. Where all headers are in quotes, their cells are. */
function appendix(
  table: Table,
  added: readonly (readonly string[])[],
  isBelowLineBreak: boolean,
): string {
  if (added.length === 0) return "";
  const { header, layout, columns } = table;
  const quoted = splitRecord(table, table.startOf(header.line)).every((one) =>
    isQuoted(table, one),
  );
  const lines = added.map((row) => {
    const cells = Array.from({ length: layout.width }, () => "");
    for (const [column, { index }] of layout.own.entries()) cells[index] = row[column] ?? "";
    cells.push(...columns.map((_field, at) => row[layout.own.length + at] ?? ""));
    return formatRecord(cells, table, quoted) + header.newline;
  });
  return (isBelowLineBreak ? "" : header.newline) + lines.join("");
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
