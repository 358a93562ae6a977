import { type BrokenRecord, MAX_RECORD_SIZE } from "./csv-records.ts";
import { type Diagnostic, diagnostic } from "./diagnostic.ts";

interface Sentence {
  code: string;
  message: string;
  hint: string;
}

function sentenceOf({ reason, cellLine }: BrokenRecord): Sentence {
  switch (reason) {
    case "quote-not-closed":
      return {
        code: "QUOTE_NOT_CLOSED",
        message: `the double quote that opens a cell in line ${cellLine} is not closed before the file ends`,
        hint: "close the quote at the end of the cell, or remove it",
      };
    case "quote-too-long":
      return {
        code: "QUOTE_NOT_CLOSED",
        message: `the double quote that opens a cell in line ${cellLine} is not closed within ${MAX_RECORD_SIZE} characters`,
        hint: "close the quote at the end of the cell, or remove it",
      };
    case "quote-closed-early":
      return {
        code: "QUOTE_CLOSED_EARLY",
        message: `text follows the closing double quote of the cell that starts in line ${cellLine}`,
        hint: "write each double quote inside the cell twice, or close the cell's quote where the cell ends",
      };
    case "quote-in-cell":
      return {
        code: "QUOTE_IN_CELL",
        message: "a double quote stands inside a cell that is not in double quotes",
        hint: "put the whole cell in double quotes, and write each double quote inside it twice",
      };
    case "too-long":
      return {
        code: "ROW_TOO_LONG",
        message: `the row holds more than ${MAX_RECORD_SIZE} characters`,
        hint: "shorten its cells, and check that the file is a table of text",
      };
    case "too-many-broken":
      return {
        code: "TOO_MANY_BROKEN_ROWS",
        message: "too many rows cannot be read, the rows from here on were not looked at",
        hint: "mend the rows above, then validate again",
      };
  }
}

/** Our own words for a record that csv-parse could not read. */
export function brokenRecordDiagnostic(
  file: string,
  broken: BrokenRecord,
  headers: readonly string[],
): Diagnostic {
  const { code, message, hint } = sentenceOf(broken);
  const place = {
    file,
    line: broken.line,
    column: broken.column,
    field: headers[broken.column - 1],
  };
  return diagnostic("error", code, message, hint, place);
}
