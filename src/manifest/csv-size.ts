import { type Diagnostic, diagnostic } from "./diagnostic.ts";

/** Cells a manifest may have: each is held in memory, and a hostile file has them all in one record. */
const MAX_CELLS = 20_000_000;

/** Lines a manifest may have: a row takes some 300 bytes. */
const MAX_LINES = 2_000_000;

/** Refuses, before any of it is parsed, a text that no parser could hold, and one without line breaks. */
export function checkCsvSize(file: string, text: Buffer): Diagnostic | undefined {
  const counts = countBytes(text);
  const count = (character: string) => counts[character.charCodeAt(0)] ?? 0;
  const lines = count("\n");
  if (lines === 0 && count("\r") > 0) return loneCarriageReturns(file);
  const cells = lines + Math.max(count(","), count(";"), count("\t"));
  if (cells > MAX_CELLS) return tooLarge(file, `${cells} cells, expected at most ${MAX_CELLS}`);
  if (lines > MAX_LINES) return tooLarge(file, `${lines} lines, expected at most ${MAX_LINES}`);
  return undefined;
}

function countBytes(text: Uint8Array): Uint32Array {
  const counts = new Uint32Array(256);
  for (let at = 0; at < text.length; at += 1) {
    const byte = text[at] ?? 0;
    counts[byte] = (counts[byte] ?? 0) + 1;
  }
  return counts;
}

function loneCarriageReturns(file: string): Diagnostic {
  return diagnostic(
    "error",
    "MANIFEST_LINE_BREAKS",
    "the lines end in a lone carriage return, expected LF or CRLF",
    "save the file as 'CSV UTF-8 (Comma delimited)' instead of 'CSV (Macintosh)'",
    { file, line: 1 },
  );
}

function tooLarge(file: string, what: string): Diagnostic {
  const hint = "split the manifest into several files";
  return diagnostic("error", "MANIFEST_TOO_LARGE", `the manifest has ${what}`, hint, { file });
}
