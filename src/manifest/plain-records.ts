import { isAscii } from "node:buffer";
import type { OnRecord, TextPosition } from "./csv-records.ts";

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const QUOTE = 0x22;

/** Text is taken as one encoding over so many bytes. */
const PIECE_BYTES = 65_536;

/** The end of the whole records from `offset` on that hold no quote; `offset` itself where the first one does. */
export function endOfPlain(text: Buffer, offset: number): number {
  const quote = text.indexOf(QUOTE, offset);
  if (quote === -1) return text.length;
  return Math.max(offset, text.lastIndexOf(NEWLINE, quote) + 1);
}

/**
 * Reads records that hold no quote, from `start` to `end`: there RFC 4180 leaves nothing but line breaks and
 * delimiters, and a million rows need a tenth of the time that a parser for any text takes. Ends before a line
 * longer than `maxBytes`; gives where the next record starts.
 */
export function readPlainRecords(
  text: Buffer,
  { delimiter, end, maxBytes }: { delimiter: string; end: number; maxBytes: number },
  start: TextPosition,
  onRecord: OnRecord,
): TextPosition {
  const separator = delimiter.charCodeAt(0);
  let { offset, line } = start;
  let encoding: "latin1" | "utf8" = "utf8";
  let pieceEnd = offset;
  while (offset < end) {
    const newline = text.indexOf(NEWLINE, offset);
    const lineEnd = newline === -1 || newline > end ? end : newline;
    if (lineEnd - offset > maxBytes) break;
    if (lineEnd > pieceEnd) {
      pieceEnd = Math.max(lineEnd, Math.min(end, offset + PIECE_BYTES));
      encoding = isAscii(text.subarray(offset, pieceEnd)) ? "latin1" : "utf8";
    }
    onRecord(
      readCells(text, offset, contentEnd(text, offset, lineEnd, newline), { separator, encoding }),
      line,
    );
    offset = lineEnd + 1;
    line += 1;
  }
  return { offset: Math.min(offset, text.length), line };
}

/** A carriage return belongs to the line break after it, and only to that. */
function contentEnd(text: Buffer, start: number, lineEnd: number, newline: number): number {
  const isCrlf = lineEnd === newline && lineEnd > start && text[lineEnd - 1] === CARRIAGE_RETURN;
  return isCrlf ? lineEnd - 1 : lineEnd;
}

function readCells(
  text: Buffer,
  start: number,
  end: number,
  { separator, encoding }: { separator: number; encoding: "latin1" | "utf8" },
): string[] {
  const cells: string[] = [];
  let cellStart = start;
  for (let at = start; at < end; at += 1) {
    if (text[at] !== separator) continue;
    cells.push(text.toString(encoding, cellStart, at));
    cellStart = at + 1;
  }
  cells.push(text.toString(encoding, cellStart, end));
  return cells;
}
