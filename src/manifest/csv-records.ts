import { CsvError, parse } from "csv-parse/sync";
import { countNewlines } from "./decode-text.ts";
import type { CsvDialect } from "./manifest.ts";

/** Characters one record may hold; csv-parse has no limit of its own (reliability: Facts). */
export const MAX_RECORD_SIZE = 1_048_576;

/** Cells of a record that are divided: all behind them is one cell, which `MAX_RECORD_SIZE` ends. */
const MAX_CELLS = 2_000_000;

/** Records that are read, ten times the design size: more do not fit into memory. */
const MAX_RECORDS = 1_000_000;

/** After so many broken rows the rest is not read: each costs a new start of the parser. */
const MAX_BROKEN_ROWS = 100;

const NEWLINE = 0x0a;
const QUOTE = 0x22;

/** A place in the text: byte offset, and the 1-based line of it. */
export interface TextPosition {
  offset: number;
  line: number;
}

/** A record that cannot be read; `quote-too-long`: its quote is not closed within `MAX_RECORD_SIZE`. */
export interface BrokenRecord {
  reason:
    | "quote-not-closed"
    | "quote-too-long"
    | "quote-closed-early"
    | "quote-in-cell"
    | "too-long"
    | "too-many-broken"
    | "too-many-records";
  /** 1-based, where the record starts. */
  line: number;
  /** 1-based position of the broken cell in the record. */
  column: number;
  /** 1-based, where the broken cell starts. */
  cellLine: number;
}

/** One record and where the next begins. */
export interface CsvRecord {
  cells: string[];
  next: TextPosition;
}

type Delimiter = CsvDialect["delimiter"];
type OnRecord = (cells: string[], line: number) => void;

const REASONS: Readonly<Record<string, BrokenRecord["reason"]>> = {
  CSV_QUOTE_NOT_CLOSED: "quote-not-closed",
  CSV_INVALID_CLOSING_QUOTE: "quote-closed-early",
  INVALID_OPENING_QUOTE: "quote-in-cell",
  CSV_MAX_RECORD_SIZE: "too-long",
};

/** Counts lines on the way to a later offset: csv-parse counts a quoted CRLF twice. */
function advance(text: Buffer, { offset, line }: TextPosition, end: number): TextPosition {
  return { offset: end, line: line + countNewlines(text, offset, end) };
}

/** Reads up to `most` records (RFC 4180); `next` is the start of the first that was not read. */
function run(
  text: Buffer,
  delimiter: Delimiter,
  start: TextPosition,
  most: number,
  onRecord: OnRecord,
): { next: TextPosition; failure?: CsvError } {
  let next = start;
  try {
    parse(text.subarray(start.offset), {
      delimiter,
      record_delimiter: ["\r\n", "\n"],
      relax_column_count: true,
      max_record_size: MAX_RECORD_SIZE,
      ignore_last_delimiters: MAX_CELLS,
      to: most,
      on_record: (cells: string[], { bytes }) => {
        onRecord(cells, next.line);
        next = advance(text, next, start.offset + bytes);
        return null;
      },
    });
    return { next };
  } catch (error) {
    if (error instanceof CsvError && error.code in REASONS) return { next, failure: error };
    throw error;
  }
}

/** Reads the record at `start` alone, which is not the end of the text. */
export function readFirstRecord(
  text: Buffer,
  delimiter: Delimiter,
  start: TextPosition,
): CsvRecord | BrokenRecord {
  let read: string[] = [];
  const { next, failure } = run(text, delimiter, start, 1, (cells) => {
    read = cells;
  });
  return failure ? brokenAt(text, next, failure, start).broken : { cells: read, next };
}

/**
 * Reads the records from `start` on. A broken record is returned and reading goes on with the line after the one
 * where its broken cell starts, so that one stray quote does not hide the rows below it; it ends at a quote that a
 * whole `MAX_RECORD_SIZE` does not close.
 */
export function readRecords(
  text: Buffer,
  delimiter: Delimiter,
  start: TextPosition,
  onRecord: OnRecord,
): BrokenRecord[] {
  const found: BrokenRecord[] = [];
  let from = start;
  while (from.offset < text.length) {
    const { next, failure } = run(text, delimiter, from, MAX_RECORDS, onRecord);
    if (!failure) {
      if (next.offset < text.length) found.push(stopAt(next, "too-many-records"));
      return found;
    }
    const { broken, cell } = brokenAt(text, next, failure, from);
    found.push(broken);
    // So much text behind a quote is not a table any more: to read each of its lines as a row takes too long.
    if (broken.reason === "quote-too-long") return found;
    const newline = text.indexOf(NEWLINE, cell.offset);
    from = advance(text, cell, newline === -1 ? text.length : newline + 1);
    if (found.length < MAX_BROKEN_ROWS || from.offset === text.length) continue;
    found.push(stopAt(from, "too-many-broken"));
    return found;
  }
  return found;
}

function stopAt({ line }: TextPosition, reason: BrokenRecord["reason"]): BrokenRecord {
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
      reason: isQuoted ? "quote-too-long" : reason,
      line: record.line,
      column: index + 1,
      cellLine: cell.line,
    },
    cell,
  };
}
