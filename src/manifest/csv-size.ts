import { type Diagnostic, diagnostic } from "./diagnostic.ts";

/** Cells a manifest may have: each is held in memory, and a hostile file has them all in one record. */
const MAX_CELLS = 12_000_000;

/** Cells a line may have, so that a header of a million columns is still refused as what it is. */
const MAX_CELLS_IN_LINE = 2_000_000;

/** Lines a manifest may have: a row takes some 300 bytes. */
const MAX_LINES = 2_000_000;

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const DELIMITERS = [0x2c, 0x3b, 0x09];
/** Of the bytes that matter here the semicolon is the highest; most text lies above. */
const LAST_COUNTED = 0x3b;

/** Refuses, before any of it is parsed, a text that no parser could hold, and one without line breaks. */
export function checkCsvSize(file: string, text: Buffer): Diagnostic | undefined {
  const { lines, carriageReturns, cells, cellsInLine } = countParts(text);
  if (lines === 0 && carriageReturns > 0) return loneCarriageReturns(file);
  if (cells > MAX_CELLS) return tooLarge(file, `the manifest has ${cells} cells`, MAX_CELLS);
  if (lines > MAX_LINES) return tooLarge(file, `the manifest has ${lines} lines`, MAX_LINES);
  if (cellsInLine <= MAX_CELLS_IN_LINE) return undefined;
  return tooLarge(file, `one line has ${cellsInLine} cells`, MAX_CELLS_IN_LINE);
}

/** Counts in one pass; which delimiter is the file's is not known yet, so the one that makes most cells counts. */
function countParts(text: Buffer) {
  const counts = new Uint32Array(LAST_COUNTED + 1);
  let cellsInLine = 0;
  let lineStart = 0;
  const delimitersSoFar = () => DELIMITERS.reduce((sum, byte) => sum + (counts[byte] ?? 0), 0);
  for (let at = 0; at < text.length; at += 1) {
    const byte = text[at] ?? 0;
    if (byte > LAST_COUNTED) continue;
    counts[byte] = (counts[byte] ?? 0) + 1;
    if (byte !== NEWLINE) continue;
    const delimiters = delimitersSoFar();
    cellsInLine = Math.max(cellsInLine, delimiters - lineStart);
    lineStart = delimiters;
  }
  const lines = counts[NEWLINE] ?? 0;
  return {
    lines,
    carriageReturns: counts[CARRIAGE_RETURN] ?? 0,
    cells: lines + Math.max(...DELIMITERS.map((byte) => counts[byte] ?? 0)),
    cellsInLine: Math.max(cellsInLine, delimitersSoFar() - lineStart),
  };
}

/** A file whose lines end as old Macs ended them. */
export function loneCarriageReturns(file: string): Diagnostic {
  return diagnostic(
    "error",
    "MANIFEST_LINE_BREAKS",
    "the lines end in a lone carriage return, expected LF or CRLF",
    "save the file as 'CSV UTF-8 (Comma delimited)' instead of 'CSV (Macintosh)'",
    { file, line: 1 },
  );
}

function tooLarge(file: string, what: string, limit: number): Diagnostic {
  const hint = "split the manifest into several files";
  const message = `${what}, expected at most ${limit}`;
  return diagnostic("error", "MANIFEST_TOO_LARGE", message, hint, { file });
}
