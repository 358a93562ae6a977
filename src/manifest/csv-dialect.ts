import { type BrokenRecord, readFirstRecord, type TextPosition } from "./csv-records.ts";
import { fieldOfHeader } from "./field-names.ts";
import type { CsvDialect } from "./manifest.ts";
import { showValue } from "./show-value.ts";

type Delimiter = CsvDialect["delimiter"];

/** The delimiters that are read, in the order in which ties are broken. */
const DELIMITERS: readonly Delimiter[] = [",", ";", "\t"];

/** Cells of a header that count when delimiters are compared: a header of a million columns is refused anyway. */
const CELLS_COMPARED = 1_000;

/** The header row as one delimiter divides it. */
export interface FoundHeader {
  delimiter: Delimiter;
  cells: string[];
  /** 1-based. */
  line: number;
  newline: CsvDialect["newline"];
  /** Where the rows below begin. */
  next: TextPosition;
}

/**
 * The header row, under the delimiter by which it names the most fields; where several do, under the one that makes
 * the most columns. A header that no delimiter can read is broken. Undefined: the text is empty, or names a delimiter
 * that is not read.
 */
export function findHeader(text: Buffer): FoundHeader | BrokenRecord | undefined {
  const separator = findSeparator(text);
  const at = skipBlankLines(text, separator);
  if (at.offset >= text.length) return undefined;
  const delimiters = DELIMITERS.filter((one) => !separator || one === separator.delimiter);
  const [first, ...others] = delimiters.map((delimiter) => readHeader(text, delimiter, at));
  return first && others.reduce((best, header) => (isBetter(header, best) ? header : best), first);
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
  let line = separator ? 2 : 1;
  let offset = separator?.end ?? 0;
  for (; text[offset] === 0x0a || text[offset] === 0x0d; offset += 1) {
    if (text[offset] === 0x0a) line += 1;
  }
  return { offset, line };
}

function readHeader(
  text: Buffer,
  delimiter: Delimiter,
  at: TextPosition,
): FoundHeader | BrokenRecord {
  const record = readFirstRecord(text, delimiter, at);
  if ("reason" in record) return record;
  const { cells, next } = record;
  const crlf = text[next.offset - 2] === 0x0d && text[next.offset - 1] === 0x0a;
  return { delimiter, cells, line: at.line, next, newline: crlf ? "\r\n" : "\n" };
}

function fieldCount({ cells }: FoundHeader): number {
  const fields = cells.slice(0, CELLS_COMPARED).map(fieldOfHeader);
  return new Set(fields.filter((field) => field !== undefined)).size;
}

function isBetter(header: FoundHeader | BrokenRecord, best: FoundHeader | BrokenRecord): boolean {
  if ("reason" in header) return false;
  if ("reason" in best) return true;
  const moreFields = fieldCount(header) - fieldCount(best);
  return moreFields > 0 || (moreFields === 0 && header.cells.length > best.cells.length);
}

/**
 * The cells of a row that was divided by another delimiter than the header, or put into quotes as a whole, as
 * programs with other settings leave them. Undefined where none, or more than one, gives as many as the header has.
 */
export function divideAnew(
  cells: readonly string[],
  delimiter: Delimiter,
  width: number,
): string[] | undefined {
  if (width < 2) return undefined;
  const text = cells.join(delimiter);
  const candidates = DELIMITERS.filter(
    (one) => (one !== delimiter || cells.length === 1) && text.split(one).length >= width,
  );
  const fitting = candidates.flatMap((one) => {
    const bytes = Buffer.from(text);
    const record = readFirstRecord(bytes, one, { offset: 0, line: 1 });
    const isWhole = "cells" in record && record.next.offset === bytes.length;
    return isWhole && record.cells.length === width ? [record.cells] : [];
  });
  return fitting.length === 1 ? fitting[0] : undefined;
}

/** What to do with such a row. */
export function dividedHint(cells: readonly string[]): string {
  return `divide the row as the header is: ${cells.map(showValue).join(" | ")}`;
}
