import { CsvError, type Options, parse } from "csv-parse/sync";
import type { CsvDialect } from "./manifest.ts";
import { endOfPlain, readPlainRecords } from "./plain-records.ts";
import { withoutStackTraces } from "./without-stack-traces.ts";

/** Characters one record may hold; csv-parse has no limit of its own (reliability: Facts). */
export const MAX_RECORD_SIZE = 1_048_576;

/** After so many broken rows the rest is not read: each costs a new start of the parser. */
const MAX_BROKEN_ROWS = 100;

/** Records the parser reads before the text behind them is looked at again: most of it holds no quotes. */
const RECORDS_A_RUN = 1_024;

const NEWLINE = 0x0a;
const QUOTE = 0x22;

/** A place in the text: byte offset, and the 1-based line it stands in. */
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
    | "too-many-broken";
  /** 1-based, where the record starts. */
  line: number;
  /** 1-based position of the broken cell in the record. */
  column: number;
  /** 1-based, where the broken cell starts. */
  cellLine: number;
}

/** Told of each record with the line it starts in. */
export type OnRecord = (cells: string[], line: number) => void;

type Delimiter = CsvDialect["delimiter"];

/** Where a run of the parser ended early, as offsets from its start. */
interface Failure {
  reason: BrokenRecord["reason"];
  cellStart: number;
  columnIndex: number;
}

/** Counts lines on the way from one offset to a later one: csv-parse counts a quoted CRLF twice. */
class LineCounter {
  private readonly text: Buffer;
  offset: number;
  line: number;

  constructor(text: Buffer, start: TextPosition) {
    this.text = text;
    this.offset = start.offset;
    this.line = start.line;
  }

  advanceTo(offset: number): void {
    let newline = this.text.indexOf(NEWLINE, this.offset);
    while (newline !== -1 && newline < offset) {
      this.line += 1;
      newline = this.text.indexOf(NEWLINE, newline + 1);
    }
    this.offset = offset;
  }
}

function reasonOf(error: CsvError): BrokenRecord["reason"] | undefined {
  switch (error.code as string) {
    case "CSV_QUOTE_NOT_CLOSED":
      return "quote-not-closed";
    case "CSV_INVALID_CLOSING_QUOTE":
      return "quote-closed-early";
    case "INVALID_OPENING_QUOTE":
      return "quote-in-cell";
    case "CSV_MAX_RECORD_SIZE":
      return "too-long";
    default:
      return undefined;
  }
}

/** The failure csv-parse threw; `recordEnd` is the end of the last whole record. Anything else is thrown on. */
function failureOf(error: unknown, recordEnd: number): Failure {
  const reason = error instanceof CsvError ? reasonOf(error) : undefined;
  if (!(error instanceof CsvError) || reason === undefined) throw error;
  const { bytes, column } = error;
  const lastDelimiter = typeof bytes === "number" ? bytes : recordEnd;
  const columnIndex = typeof column === "number" ? column : 0;
  return { reason, columnIndex, cellStart: columnIndex === 0 ? recordEnd : lastDelimiter + 1 };
}

function runParser(
  text: Buffer,
  delimiter: Delimiter,
  onRecord: (cells: string[], end: number) => void,
  most: number,
): Failure | undefined {
  let recordEnd = 0;
  try {
    const options: Options<string[]> = {
      delimiter,
      record_delimiter: ["\r\n", "\n"],
      relax_column_count: true,
      max_record_size: MAX_RECORD_SIZE,
      to: most,
      on_record: (cells, info) => {
        recordEnd = info.bytes;
        onRecord(cells, recordEnd);
        return null;
      },
    };
    // It makes an error object of every record that is shorter or longer than the first.
    withoutStackTraces(() => parse(text, options));
    return undefined;
  } catch (error) {
    return failureOf(error, recordEnd);
  }
}

/** One record and where the next begins. */
export interface CsvRecord {
  cells: string[];
  next: TextPosition;
}

/** Reads the record at `start` alone, which is not the end of the text. */
export function readFirstRecord(
  text: Buffer,
  delimiter: Delimiter,
  start: TextPosition,
): CsvRecord | BrokenRecord {
  const next = new LineCounter(text, start);
  let read: string[] = [];
  const onRecord = (cells: string[], end: number) => {
    read = cells;
    next.advanceTo(start.offset + end);
  };
  const failure = runParser(text.subarray(start.offset), delimiter, onRecord, 1);
  return failure ? brokenAt(text, start, failure, start) : { cells: read, next };
}

/**
 * Reads the records from `start` on (RFC 4180, with the dialect's delimiter). A broken record is returned and
 * reading goes on with the line after the one where its broken cell starts, so that one stray quote does not
 * hide the rows below it; it ends at a quote that a whole `MAX_RECORD_SIZE` does not close. The parser reads what
 * holds quotes; see `readPlainRecords` for the rest.
 */
export function readRecords(
  text: Buffer,
  delimiter: Delimiter,
  start: TextPosition,
  onRecord: OnRecord,
): BrokenRecord[] {
  const broken: BrokenRecord[] = [];
  let from: TextPosition | undefined = start;
  while (from !== undefined && from.offset < text.length) {
    const plain = { delimiter, end: endOfPlain(text, from.offset), maxBytes: MAX_RECORD_SIZE };
    from = readPlainRecords(text, plain, from, onRecord);
    if (from.offset >= text.length) return broken;
    const run = readRun(text, delimiter, from, onRecord);
    from = run.next;
    if (!run.broken) continue;
    broken.push(run.broken);
    // So much text behind a quote is no table any more: to read each of its lines as a row takes too long.
    if (run.broken.reason === "quote-too-long") return broken;
    if (broken.length < MAX_BROKEN_ROWS || from === undefined) continue;
    broken.push({ reason: "too-many-broken", line: from.line, column: 1, cellLine: from.line });
    return broken;
  }
  return broken;
}

/** Reads some records with the parser, fewer where one is broken; gives where to go on, if anywhere. */
function readRun(
  text: Buffer,
  delimiter: Delimiter,
  from: TextPosition,
  onRecord: OnRecord,
): { broken?: BrokenRecord; next: TextPosition | undefined } {
  const counter = new LineCounter(text, from);
  let recordStart = from.offset;
  const failure = runParser(
    text.subarray(from.offset),
    delimiter,
    (cells, end) => {
      counter.advanceTo(recordStart);
      recordStart = from.offset + end;
      onRecord(cells, counter.line);
    },
    RECORDS_A_RUN,
  );
  counter.advanceTo(recordStart);
  const { offset, line } = counter;
  if (failure === undefined) return { next: offset > from.offset ? { offset, line } : undefined };
  const broken = brokenAt(text, counter, failure, from);
  return { broken, next: nextLine(text, counter, from.offset + failure.cellStart) };
}

function brokenAt(
  text: Buffer,
  record: TextPosition,
  failure: Failure,
  runStart: TextPosition,
): BrokenRecord {
  const cell = new LineCounter(text, record);
  const cellStart = runStart.offset + failure.cellStart;
  cell.advanceTo(cellStart);
  const quoted = failure.reason === "too-long" && text[cellStart] === QUOTE;
  return {
    reason: quoted ? "quote-too-long" : failure.reason,
    line: record.line,
    column: failure.columnIndex + 1,
    cellLine: cell.line,
  };
}

/** The line after the one that `offset` stands in; undefined: it is the last. */
function nextLine(text: Buffer, known: TextPosition, offset: number): TextPosition | undefined {
  const newline = text.indexOf(NEWLINE, offset);
  if (newline === -1 || newline + 1 >= text.length) return undefined;
  const counter = new LineCounter(text, known);
  counter.advanceTo(newline + 1);
  return { offset: counter.offset, line: counter.line };
}
