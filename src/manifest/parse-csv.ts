import { checkHeader, emptyTable, MAX_COLUMNS } from "./check-header.ts";
import {
  type BrokenRecord,
  findHeader,
  findSeparator,
  MAX_RECORD_SIZE,
  readRecords,
  type SeparatorLine,
} from "./csv-records.ts";
import { type Diagnostic, diagnostic, type Sentence, showValue } from "./diagnostic.ts";
import { parseHeader } from "./header.ts";
import { type Manifest, type ManifestRow, type ParsedManifest, unreadable } from "./manifest.ts";
import { readTableRow } from "./table-rows.ts";
import type { DecodedText } from "./text-encoding.ts";

const LONE_CARRIAGE_RETURN = /\r(?!\n)/;

/** Reads a CSV manifest (contract: Manifest); `defaultFolder` is the folder of rows that name none. */
export function parseCsv(
  file: string,
  text: DecodedText,
  defaultFolder: string | undefined,
): ParsedManifest {
  const { utf8 } = text;
  if (!utf8.includes("\n") && utf8.includes("\r")) return unreadable(loneCarriageReturns(file));
  const separator = findSeparator(utf8);
  if (separator?.isRead === false) return unreadable(unknownDelimiter(file, separator));
  const header = findHeader(utf8);
  if (!header) return unreadable(emptyTable(file));
  if ("reason" in header) return unreadable(brokenRecord(file, header, []));
  // Rows that end so are all in the header when a quoted cell holds the file's first line feed.
  if (header.cells.some((cell) => LONE_CARRIAGE_RETURN.test(cell))) {
    return unreadable(loneCarriageReturns(file));
  }
  const layout = parseHeader(header.cells);
  const at = { file, line: header.line };
  const found = checkHeader(layout, at, header.above);
  if (layout.fields.path === undefined || layout.width > MAX_COLUMNS) {
    return unreadable(...found);
  }
  const { delimiter, newline } = header;
  const rows: ManifestRow[] = [];
  const problems: Diagnostic[] = [];
  const table = { file, layout, defaultFolder, delimiter };
  const takeRow = (cells: readonly string[], line: number) => {
    const read = readTableRow(table, cells, line);
    if (read.row) rows.push(read.row);
    problems.push(...read.found);
  };
  // A column of the user's own blocks nothing; in a field, what is meant is not sure.
  const fields = Object.values(layout.fields);
  const isOwnQuote = ({ reason }: BrokenRecord, cells: readonly string[]) =>
    reason === "quote-in-cell" &&
    cells.length === layout.width &&
    !fields.some((index) => cells[index]?.includes('"'));
  const broken = readRecords(utf8, delimiter, header.next, takeRow, isOwnQuote);
  const manifest: Manifest = {
    file,
    format: "csv",
    dialect: { delimiter, newline, encoding: text.encoding, bom: text.bom },
    columns: layout.own.map((column) => column.header),
    hasResults: layout.results !== undefined,
    rows,
    library: undefined,
    defaultFolder,
  };
  const unread = broken.map((record) => brokenRecord(file, record, header.cells));
  return { manifest, diagnostics: [...found, ...unread, ...problems] };
}

const SENTENCES: Readonly<Record<BrokenRecord["reason"], (cellLine: number) => Sentence>> = {
  "quote-not-closed": (line) => [
    "QUOTE_IN_CELL",
    `the double quote that opens a cell in line ${line} is not closed`,
    "close the quote at the end of the cell, or remove it",
  ],
  "quote-closed-early": (line) => [
    "QUOTE_IN_CELL",
    `text follows the closing double quote of the cell that starts in line ${line}`,
    "write each double quote inside the cell twice, or close the cell's quote where the cell ends",
  ],
  "quote-in-cell": () => [
    "QUOTE_IN_CELL",
    "unquoted cell contains a double quote",
    "put the whole cell in double quotes, and write each double quote inside it twice",
  ],
  "too-long": () => [
    "MANIFEST_TOO_LARGE",
    `the row has more than ${MAX_RECORD_SIZE} characters`,
    "shorten its cells, and check that the file is a table of text",
  ],
  "too-many": () => [
    "MANIFEST_TOO_LARGE",
    "too many rows, or too many bad ones; stopped here",
    "correct the rows above, or split the manifest into several files",
  ],
};

function brokenRecord(
  file: string,
  { reason, line, column, cellLine }: BrokenRecord,
  headers: readonly string[],
): Diagnostic {
  const place = { file, line, column, field: headers[column - 1] };
  return diagnostic("error", ...SENTENCES[reason](cellLine), place);
}

function unknownDelimiter(file: string, { delimiter }: SeparatorLine): Diagnostic {
  const message = `the delimiter ${showValue(delimiter)} is not read, expected a comma, a semicolon or a tab`;
  const hint = "save the file with one of these delimiters";
  return diagnostic("error", "MANIFEST_FORMAT", message, hint, { file, line: 1, value: delimiter });
}

function loneCarriageReturns(file: string): Diagnostic {
  const message = "the lines end in a lone carriage return, expected LF or CRLF";
  const hint = "save the file as 'CSV UTF-8 (Comma delimited)' instead of 'CSV (Macintosh)'";
  return diagnostic("error", "MANIFEST_FORMAT", message, hint, { file, line: 1 });
}
