import { type BrokenRecord, readFirstRecord, type TextPosition } from "./csv-records.ts";
import { fieldOfHeader } from "./field-names.ts";
import type { CsvDialect } from "./manifest.ts";
import { showValue } from "./show-value.ts";

type Delimiter = CsvDialect["delimiter"];

/** The delimiters that are read, in the order in which ties are broken. */
export const DELIMITERS: readonly Delimiter[] = [",", ";", "\t"];

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

/** A `sep=` line, which Excel takes and writes above the header. */
export interface SeparatorLine {
  /** As named: not always one that is read. */
  delimiter: string;
  /** Offset of the line below. */
  end: number;
}

/** The `sep=` line at the start of the text, if there is one. */
function parseSeparatorLine(text: Buffer): SeparatorLine | undefined {
  const match = /^"?sep=([^\r\n"]*)"?\r?(?:\n|$)/i.exec(text.toString("latin1", 0, 32));
  if (!match) return undefined;
  return { delimiter: match[1] ?? "", end: match[0].length };
}

/** Where the first line that is not blank starts; undefined: there is none. */
export function skipBlankLines(text: Buffer, from: TextPosition): TextPosition | undefined {
  let { offset, line } = from;
  for (; offset < text.length; offset += 1) {
    const byte = text[offset];
    if (byte === 0x0a) line += 1;
    else if (byte !== 0x0d) return { offset, line };
  }
  return undefined;
}

/** Where the header may stand, and by which delimiters it may be divided. */
export interface CsvTop {
  at: TextPosition;
  /** None where `separator` names one that is not read. */
  delimiters: readonly Delimiter[];
  separator: SeparatorLine | undefined;
}

/** The start of a table; undefined: the text is empty. */
export function findTop(text: Buffer): CsvTop | undefined {
  const separator = parseSeparatorLine(text);
  const delimiters = DELIMITERS.filter((one) => !separator || one === separator.delimiter);
  const first = separator ? { offset: separator.end, line: 2 } : { offset: 0, line: 1 };
  const at = delimiters.length === 0 ? first : skipBlankLines(text, first);
  return at && { at, delimiters, separator };
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

/**
 * The header at `at`, under the delimiter by which it names the most fields; where several do, under the one
 * that makes the most columns. A header that no delimiter can read is broken.
 */
export function findHeader(
  text: Buffer,
  at: TextPosition,
  delimiters: readonly Delimiter[],
): FoundHeader | BrokenRecord {
  const [first, ...others] = delimiters.map((delimiter) => readHeader(text, delimiter, at));
  if (!first) throw new RangeError("no delimiter to try");
  return others.reduce((best, header) => (isBetter(header, best) ? header : best), first);
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
