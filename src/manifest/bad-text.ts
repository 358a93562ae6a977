import { DELIMITERS, findHeader, skipBlankLines } from "./csv-dialect.ts";
import { readFirstRecord } from "./csv-records.ts";
import type { BadText } from "./decode-text.ts";
import { type Diagnostic, diagnostic, type Place } from "./diagnostic.ts";

/** A manifest whose bytes are not text; `place` adds the column. */
export function badTextDiagnostic(
  file: string,
  bad: BadText,
  hint: string,
  place: Partial<Place>,
): Diagnostic {
  return diagnostic(
    "error",
    "MANIFEST_ENCODING",
    `${bad.message}, at line ${bad.line}, character ${bad.character}`,
    hint,
    { file, line: bad.line, ...place },
  );
}

/** The cell of a CSV in which the bad byte stands, as far as its own line and the header tell. */
export function badCell(bytes: Uint8Array, bad: BadText): Partial<Place> {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const top = skipBlankLines(text, { offset: 0, line: 1 });
  const header = top && findHeader(text, top, DELIMITERS);
  if (!header || "reason" in header) return {};
  const quotes = bad.lineStart.split('"').length - 1;
  const line = Buffer.from(quotes % 2 === 1 ? `${bad.lineStart}"` : bad.lineStart);
  const record = readFirstRecord(line, header.delimiter, { offset: 0, line: bad.line });
  if ("reason" in record || record.cells.length === 0) return {};
  return {
    column: record.cells.length,
    field: bad.line === header.line ? undefined : header.cells[record.cells.length - 1],
    value: record.cells.at(-1),
  };
}
