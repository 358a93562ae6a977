import { type Diagnostic, diagnostic } from "./diagnostic.ts";

/** Cells a manifest may have: each is held in memory, and a hostile file has them all in one record. */
const MAX_CELLS = 12_000_000;

/** Cells a line may have, so that a header of a million columns is still refused as what it is. */
const MAX_CELLS_IN_LINE = 2_000_000;

/** Lines a manifest may have: a row takes some 300 bytes. */
const MAX_LINES = 2_000_000;

const TAB = 0x09;
const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
/** The blank: what counts lies below it, but for the comma and the semicolon. */
const FIRST_PRINTED = 0x20;
const COMMA = 0x2c;
const SEMICOLON = 0x3b;

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
  let lines = 0;
  let carriageReturns = 0;
  let commas = 0;
  let semicolons = 0;
  let tabs = 0;
  let cellsInLine = 0;
  let lineStart = 0;
  const endLine = () => {
    const delimiters = commas + semicolons + tabs;
    cellsInLine = Math.max(cellsInLine, delimiters - lineStart);
    lineStart = delimiters;
  };
  for (let at = 0; at < text.length; at += 1) {
    const byte = text[at] ?? 0;
    if (byte === COMMA) commas += 1;
    else if (byte === SEMICOLON) semicolons += 1;
    else if (byte >= FIRST_PRINTED) continue;
    else if (byte === TAB) tabs += 1;
    else if (byte === CARRIAGE_RETURN) carriageReturns += 1;
    else if (byte === NEWLINE) {
      lines += 1;
      endLine();
    }
  }
  endLine();
  return { lines, carriageReturns, cells: lines + Math.max(commas, semicolons, tabs), cellsInLine };
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
