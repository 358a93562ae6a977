import { CsvError, parse } from "csv-parse/sync";
import { fieldOfHeader, findHeaderRow, HEADER_ROWS } from "./header.ts";
import type { CsvDialect, Delimiter } from "./manifest.ts";
import { countNewlines } from "./text-encoding.ts";

/** In the order in which ties are broken. */
export const DELIMITERS: readonly Delimiter[] = [",", ";", "\t"];

/** In characters; csv-parse has no limit of its own (reliability: Facts). */
export const MAX_RECORD_SIZE = 1_048_576;

/** Cells of a record that are divided: all behind them is one cell, which `MAX_RECORD_SIZE` ends. */
const MAX_CELLS = 2_000_000;

/** Records that are read, ten times the design size: more do not fit into memory. */
const MAX_RECORDS = 1_000_000;
/** After so many broken rows the rest is not read: each costs a new start of the parser. */
const MAX_BROKEN_ROWS = 100;

const [NEWLINE, CARRIAGE_RETURN, QUOTE] = [0x0a, 0x0d, 0x22];

/** A place in the text: byte offset, and the 1-based line of it. */
interface TextPosition {
  offset: number;
  line: number;
}

/** A record that cannot be read; `isEndless`: its quote is not closed within `MAX_RECORD_SIZE`. */
export interface BrokenRecord {
  reason: "quote-not-closed" | "quote-closed-early" | "quote-in-cell" | "too-long" | "too-many";
  isEndless?: boolean;
  /** 1-based, where the record starts. */
  line: number;
  /** 1-based position of the broken cell in the record. */
  column: number;
  /** 1-based, where the broken cell starts. */
  cellLine: number;
}

/** The header row as one delimiter divides it. */
export interface FoundHeader {
  delimiter: Delimiter;
  cells: string[];
  /** 1-based. */
  line: number;
  newline: CsvDialect["newline"];
  next: TextPosition;
  above: number;
}

/**
 * The header row, under the delimiter by which it names the most fields, or else makes the most columns; broken where
 * no delimiter can read it. Undefined: the text is empty, or names a delimiter that is not read.
 */
export function findHeader(text: Buffer): FoundHeader | BrokenRecord | undefined {
  const separator = findSeparator(text);
  const at = skipBlankLines(text, separator);
  if (at.offset >= text.length) return undefined;
  const headers = DELIMITERS.filter((one) => !separator || one === separator.delimiter).map(
    (delimiter) => readHeader(text, delimiter, at),
  );
  const [best] = headers
    .filter((header) => "cells" in header)
    .toSorted((a, b) => countFields(b) - countFields(a) || b.cells.length - a.cells.length);
  return best ?? headers[0];
}

function readHeader(
  text: Buffer,
  delimiter: Delimiter,
  at: TextPosition,
): FoundHeader | BrokenRecord {
  const records: { cells: string[]; line: number }[] = [];
  const ends: TextPosition[] = [];
  const { next, failure } = run(text, delimiter, at, HEADER_ROWS, (cells, line, end) => {
    records.push({ cells, line });
    ends.push(end);
  });
  const [first] = records;
  if (!first) return failure ? brokenAt(text, next, failure, at).broken : stopAt(at, "too-long");
  const filled = records.filter(({ cells }) => cells.some((cell) => cell.trim() !== ""));
  const above = findHeaderRow(filled.map(({ cells }) => cells));
  const header = filled[above] ?? first;
  const end = ends[records.indexOf(header)] ?? next;
  const isCrlf = text[end.offset - 2] === CARRIAGE_RETURN && text[end.offset - 1] === NEWLINE;
  return { ...header, delimiter, next: end, newline: isCrlf ? "\r\n" : "\n", above };
}

function countFields({ cells }: FoundHeader): number {
  return new Set(cells.flatMap((cell) => fieldOfHeader(cell) ?? [])).size;
}

/** A `sep=` line, which Excel takes and writes above the header. */
export interface SeparatorLine {
  /** As named: not always one that is read. */
  delimiter: string;
  isRead: boolean;
  /** Offset of the line below. */
  end: number;
}

/** The `sep=` line at the start of the text, if there is one. */
export function findSeparator(text: Buffer): SeparatorLine | undefined {
  const match = /^"?sep=([^\r\n"]*)"?\r?(?:\n|$)/i.exec(text.toString("latin1", 0, 32));
  if (!match) return undefined;
  const [line, delimiter = ""] = match;
  return { delimiter, isRead: DELIMITERS.some((one) => one === delimiter), end: line.length };
}

/** Where the first line that is not blank starts, below a `sep=` line. */
function skipBlankLines(text: Buffer, separator: SeparatorLine | undefined): TextPosition {
  const start = separator?.end ?? 0;
  let offset = start;
  while (text[offset] === NEWLINE || text[offset] === CARRIAGE_RETURN) offset += 1;
  return advance(text, { offset: start, line: separator ? 2 : 1 }, offset);
}

/** Counts lines on the way to a later offset: csv-parse counts a quoted CRLF twice. */
function advance(text: Buffer, { offset, line }: TextPosition, end: number): TextPosition {
  return { offset: end, line: line + countNewlines(text, offset, end) };
}

/** Told of a record, the line where it starts, and where the next begins. */
type OnRecord = (cells: string[], line: number, next: TextPosition) => unknown;

const REASONS: Readonly<Record<string, BrokenRecord["reason"]>> = {
  CSV_QUOTE_NOT_CLOSED: "quote-not-closed",
  CSV_INVALID_CLOSING_QUOTE: "quote-closed-early",
  INVALID_OPENING_QUOTE: "quote-in-cell",
  CSV_MAX_RECORD_SIZE: "too-long",
};

/** Reads up to `most` records (RFC 4180); `next` is the start of the first that was not read. */
function run(
  text: Buffer,
  delimiter: Delimiter,
  start: TextPosition,
  most: number,
  onRecord: OnRecord,
  isRelaxed = false,
): { next: TextPosition; failure?: CsvError } {
  let next = start;
  try {
    parse(text.subarray(start.offset), {
      delimiter,
      record_delimiter: ["\r\n", "\n"],
      relax_column_count: true,
      relax_quotes: isRelaxed,
      max_record_size: MAX_RECORD_SIZE,
      ignore_last_delimiters: MAX_CELLS,
      to: most,
      on_record: (cells: string[], { bytes }) => {
        const before = next;
        next = advance(text, before, start.offset + bytes);
        onRecord(cells, before.line, next);
        return null;
      },
    });
    return { next };
  } catch (error) {
    if (error instanceof CsvError && error.code in REASONS) return { next, failure: error };
    throw error;
  }
}

/**
 * Reads the record at `start` alone, which is not the end of the text; `next` is where the one below begins. `isRelaxed`:
 * with quotes as they stand.
 */
export function readFirstRecord(
  text: Buffer,
  delimiter: Delimiter,
  start: TextPosition,
  isRelaxed = false,
): { cells: string[]; next: TextPosition } | BrokenRecord {
  let read: string[] = [];
  const { next, failure } = run(text, delimiter, start, 1, (cells) => (read = cells), isRelaxed);
  return failure ? brokenAt(text, next, failure, start).broken : { cells: read, next };
}

/**
 * Reads the records from `start` on. A broken record is returned and reading goes on with the line after the one
 * where its broken cell starts, so that one stray quote does not hide the rows below it; it ends at a quote that a
 * whole `MAX_RECORD_SIZE` does not close. A broken row counts
 * where `isMeant` takes it as it stands, quotes and all (`5" disc`).
 */
export function readRecords(
  text: Buffer,
  delimiter: Delimiter,
  start: TextPosition,
  onRecord: OnRecord,
  isMeant: (broken: BrokenRecord, literally: readonly string[]) => boolean = () => false,
): BrokenRecord[] {
  const found: BrokenRecord[] = [];
  for (let from = start; from.offset < text.length; ) {
    if (found.length === MAX_BROKEN_ROWS) return [...found, stopAt(from, "too-many")];
    const { next, failure } = run(text, delimiter, from, MAX_RECORDS, onRecord);
    if (!failure) {
      return next.offset < text.length ? [...found, stopAt(next, "too-many")] : found;
    }
    const { broken, cell } = brokenAt(text, next, failure, from);
    const literal = readFirstRecord(text, delimiter, next, true);
    if ("cells" in literal && isMeant(broken, literal.cells)) {
      onRecord(literal.cells, next.line, literal.next);
      from = literal.next;
      continue;
    }
    found.push(broken);
    // So much text behind a quote is not a table any more: to read each of its lines as a row takes too long.
    if (broken.isEndless) return found;
    const newline = text.indexOf(NEWLINE, cell.offset);
    from = advance(text, cell, newline === -1 ? text.length : newline + 1);
  }
  return found;
}

function stopAt({ line }: TextPosition, reason: "too-many" | "too-long"): BrokenRecord {
  return { reason, line, column: 1, cellLine: line };
}

/** What is broken in the record at `record`, and where its broken cell starts; `start` is where the parser began. */
function brokenAt(
  text: Buffer,
  record: TextPosition,
  { code, bytes, column }: CsvError & { bytes?: unknown; column?: unknown },
  start: TextPosition,
): { broken: BrokenRecord; cell: TextPosition } {
  const index = typeof column === "number" ? column : 0;
  const isFirst = index === 0 || typeof bytes !== "number";
  const cell = advance(text, record, isFirst ? record.offset : start.offset + bytes + 1);
  const reason = REASONS[code] ?? "too-long";
  const isQuoted = reason === "too-long" && text[cell.offset] === QUOTE;
  return {
    broken: {
      reason: isQuoted ? "quote-not-closed" : reason,
      isEndless: isQuoted,
      line: record.line,
      column: index + 1,
      cellLine: cell.line,
    },
    cell,
  };
}
