import { badCell, badTextDiagnostic } from "./bad-text.ts";
import { brokenRecordDiagnostic } from "./broken-record.ts";
import { checkHeader } from "./check-header.ts";
import { type FoundHeader, findHeader, findTop, type SeparatorLine } from "./csv-dialect.ts";
import { type CsvLayout, parseHeader } from "./csv-header.ts";
import { readRecords } from "./csv-records.ts";
import { CsvRows } from "./csv-rows.ts";
import { checkCsvSize, loneCarriageReturns } from "./csv-size.ts";
import { type BadText, type DecodedText, decodeText } from "./decode-text.ts";
import { type Diagnostic, diagnostic } from "./diagnostic.ts";
import type { Manifest, ParsedManifest } from "./manifest.ts";
import { showValue } from "./show-value.ts";
import { decodeWindows1252 } from "./windows-1252.ts";

const LONE_CARRIAGE_RETURN = /\r(?!\n)/;

const SAVE_AS_UTF8 =
  "save the file as UTF-8; in Excel choose the type 'CSV UTF-8 (Comma delimited)'";

/** Reads a CSV manifest (contract: Manifest); `defaultFolder` is the folder of rows that name none. */
export function parseCsv(
  file: string,
  bytes: Uint8Array,
  defaultFolder: string | undefined,
): ParsedManifest {
  const text = decodeText(bytes);
  if ("message" in text) return failed(undecoded(file, bytes, text));
  const tooLarge = checkCsvSize(file, text.utf8);
  if (tooLarge) return failed(tooLarge);
  const top = findTop(text.utf8);
  if (!top) return failed(emptyFile(file));
  if (top.separator && top.delimiters.length === 0) {
    return failed(unknownDelimiter(file, top.separator));
  }
  const header = findHeader(text.utf8, top.at, top.delimiters);
  if ("reason" in header) return failed(brokenRecordDiagnostic(file, header, []));
  // Rows that end so are all in the header when a quoted cell holds the file's first line feed.
  if (header.cells.some((cell) => LONE_CARRIAGE_RETURN.test(cell))) {
    return failed(loneCarriageReturns(file));
  }
  const layout = parseHeader(header.cells);
  const found = checkHeader(layout, { file, line: header.line });
  const fatal = found.some(({ code }) => code === "COLUMN_MISSING" || code === "TOO_MANY_COLUMNS");
  if (fatal) return { manifest: undefined, diagnostics: found };
  const { manifest, diagnostics } = readRows(file, text, header, layout, defaultFolder);
  return { manifest, diagnostics: [...found, ...diagnostics] };
}

function undecoded(file: string, bytes: Uint8Array, bad: BadText): Diagnostic {
  const isWindows1252 = decodeWindows1252(bytes) !== undefined;
  const hint = isWindows1252 ? `${SAVE_AS_UTF8}; 'qgfx validate --fix' does it too` : SAVE_AS_UTF8;
  const found = badTextDiagnostic(file, bad, hint, badCell(bytes, bad));
  return isWindows1252 ? { ...found, repair: { kind: "encoding" } } : found;
}

function failed(problem: Diagnostic): ParsedManifest {
  return { manifest: undefined, diagnostics: [problem] };
}

function unknownDelimiter(file: string, { delimiter }: SeparatorLine): Diagnostic {
  return diagnostic(
    "error",
    "DELIMITER_UNSUPPORTED",
    `the delimiter ${showValue(delimiter)} is not read, expected a comma, a semicolon or a tab`,
    "save the file with one of these delimiters",
    { file, line: 1, value: delimiter },
  );
}

/** A table without a header. */
export function emptyFile(file: string): Diagnostic {
  return diagnostic(
    "error",
    "MANIFEST_EMPTY",
    "the manifest is empty, expected a header row with a 'path' column",
    "write 'path' into the first line and one image's path into each line below",
    { file, line: 1 },
  );
}

function readRows(
  file: string,
  text: DecodedText,
  header: FoundHeader,
  layout: CsvLayout,
  defaultFolder: string | undefined,
): { manifest: Manifest; diagnostics: Diagnostic[] } {
  const { delimiter, newline, next } = header;
  const rows = new CsvRows(file, layout, defaultFolder, delimiter);
  const broken = readRecords(text.utf8, delimiter, next, (cells, line) => rows.add(cells, line));
  const manifest: Manifest = {
    file,
    format: "csv",
    dialect: { delimiter, newline, encoding: text.encoding, bom: text.bom },
    columns: layout.own.map((column) => column.header),
    rows: rows.rows,
    library: undefined,
    defaultFolder,
  };
  const unread = broken.map((record) => brokenRecordDiagnostic(file, record, header.cells));
  return { manifest, diagnostics: [...unread, ...rows.found] };
}
