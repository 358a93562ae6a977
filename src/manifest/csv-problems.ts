import { findHeader, type SeparatorLine } from "./csv-dialect.ts";
import { type BrokenRecord, MAX_RECORD_SIZE, readFirstRecord } from "./csv-records.ts";
import { type BadText, badTextDiagnostic } from "./decode-text.ts";
import { type Diagnostic, diagnostic, type Place } from "./diagnostic.ts";
import { showValue } from "./show-value.ts";

type Sentence = readonly [code: string, message: string, hint: string];

function sentenceOf({ reason, cellLine }: BrokenRecord): Sentence {
  switch (reason) {
    case "quote-not-closed":
    case "quote-too-long": {
      const end =
        reason === "quote-too-long"
          ? `within ${MAX_RECORD_SIZE} characters`
          : "before the file ends";
      return [
        "QUOTE_IN_CELL",
        `the double quote that opens a cell in line ${cellLine} is not closed ${end}`,
        "close the quote at the end of the cell, or remove it",
      ];
    }
    case "quote-closed-early":
      return [
        "QUOTE_IN_CELL",
        `text follows the closing double quote of the cell that starts in line ${cellLine}`,
        "write each double quote inside the cell twice, or close the cell's quote where the cell ends",
      ];
    case "quote-in-cell":
      return [
        "QUOTE_IN_CELL",
        "a double quote stands inside a cell that is not in double quotes",
        "put the whole cell in double quotes, and write each double quote inside it twice",
      ];
    case "too-long":
      return [
        "MANIFEST_TOO_LARGE",
        `the row holds more than ${MAX_RECORD_SIZE} characters`,
        "shorten its cells, and check that the file is a table of text",
      ];
    case "too-many-broken":
      return [
        "MANIFEST_FORMAT",
        "too many rows cannot be read, the rows from here on were not looked at",
        "mend the rows above, then validate again",
      ];
    case "too-many-records":
      return [
        "MANIFEST_TOO_LARGE",
        "the manifest has more rows than can be read",
        "split the manifest into several files",
      ];
  }
}

/** Our own words for a record that csv-parse could not read. */
export function brokenRecord(
  file: string,
  broken: BrokenRecord,
  headers: readonly string[],
): Diagnostic {
  const { line, column } = broken;
  const place = { file, line, column, field: headers[column - 1] };
  return diagnostic("error", ...sentenceOf(broken), place);
}

/** A table whose bytes are not text. */
export function badCsvText(file: string, bytes: Uint8Array, bad: BadText): Diagnostic {
  const hint = "save the file as UTF-8; in Excel choose the type 'CSV UTF-8 (Comma delimited)'";
  return badTextDiagnostic(file, bytes, bad, { hint, ...badCell(bytes, bad) });
}

/** The cell in which the bad byte is, as far as its own line and the header tell. */
function badCell(bytes: Uint8Array, bad: BadText): Partial<Place> {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = findHeader(text);
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

/** A `sep=` line that names a delimiter we do not read. */
export function unknownDelimiter(file: string, { delimiter }: SeparatorLine): Diagnostic {
  return diagnostic(
    "error",
    "MANIFEST_FORMAT",
    `the delimiter ${showValue(delimiter)} is not read, expected a comma, a semicolon or a tab`,
    "save the file with one of these delimiters",
    { file, line: 1, value: delimiter },
  );
}

/** A table without a header. */
export function emptyTable(file: string): Diagnostic {
  return diagnostic(
    "error",
    "MANIFEST_EMPTY",
    "the manifest is empty, expected a header row with a 'path' column",
    "write 'path' into the first line and one image's path into each line below",
    { file, line: 1 },
  );
}

/** A file whose lines end as old Macs ended them. */
export function loneCarriageReturns(file: string): Diagnostic {
  return diagnostic(
    "error",
    "MANIFEST_FORMAT",
    "the lines end in a lone carriage return, expected LF or CRLF",
    "save the file as 'CSV UTF-8 (Comma delimited)' instead of 'CSV (Macintosh)'",
    { file, line: 1 },
  );
}
