import { badCell, badTextDiagnostic } from "./bad-text.ts";
import { brokenRecordDiagnostic } from "./broken-record.ts";
import { checkHeader } from "./check-header.ts";
import {
  DELIMITERS,
  type FoundHeader,
  findHeader,
  parseSeparatorLine,
  skipBlankLines,
} from "./csv-dialect.ts";
import { type CsvLayout, parseHeader } from "./csv-header.ts";
import { readRecords, type TextPosition } from "./csv-records.ts";
import { CsvRows } from "./csv-rows.ts";
import { checkCsvSize } from "./csv-size.ts";
import { type DecodedText, decodeText } from "./decode-text.ts";
import { type Diagnostic, diagnostic } from "./diagnostic.ts";
import type { CsvDialect, Manifest, ParsedManifest } from "./manifest.ts";
import { showValue } from "./show-value.ts";

const SAVE_AS_UTF8 =
  "save the file as UTF-8; in Excel choose the type 'CSV UTF-8 (Comma delimited)'";

/** Where the header may stand, and by which delimiters it may be divided. */
interface Top {
  at: TextPosition;
  delimiters: readonly CsvDialect["delimiter"][];
}

/** Reads a CSV manifest (contract: Manifest); `defaultFolder` is the folder of rows that name none. */
export function parseCsv(
  file: string,
  bytes: Uint8Array,
  defaultFolder: string | undefined,
): ParsedManifest {
  const text = decodeText(bytes);
  if ("message" in text)
    return failed(badTextDiagnostic(file, text, SAVE_AS_UTF8, badCell(bytes, text)));
  const tooLarge = checkCsvSize(file, text.utf8);
  if (tooLarge) return failed(tooLarge);
  const top = findTop(file, text.utf8);
  if ("code" in top) return failed(top);
  const header = findHeader(text.utf8, top.at, top.delimiters);
  if ("reason" in header) return failed(brokenRecordDiagnostic(file, header, []));
  const layout = parseHeader(header.cells);
  const found = checkHeader(layout, { file, line: header.line });
  const fatal = found.some(({ code }) => code === "COLUMN_MISSING" || code === "TOO_MANY_COLUMNS");
  if (fatal) return { manifest: undefined, diagnostics: found };
  const { manifest, diagnostics } = readRows(file, text, header, layout, defaultFolder);
  return { manifest, diagnostics: [...found, ...diagnostics] };
}

function failed(problem: Diagnostic): ParsedManifest {
  return { manifest: undefined, diagnostics: [problem] };
}

function findTop(file: string, text: Buffer): Top | Diagnostic {
  const separator = parseSeparatorLine(text);
  const delimiters = DELIMITERS.filter((one) => !separator || one === separator.delimiter);
  if (separator && delimiters.length === 0) {
    return diagnostic(
      "error",
      "DELIMITER_UNSUPPORTED",
      `the delimiter ${showValue(separator.delimiter)} is not read, expected a comma, a semicolon or a tab`,
      "save the file with one of these delimiters",
      { file, line: 1, value: separator.delimiter },
    );
  }
  const at = skipBlankLines(
    text,
    separator ? { offset: separator.end, line: 2 } : { offset: 0, line: 1 },
  );
  return at ? { at, delimiters } : emptyFile(file);
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
  const rows = new CsvRows(file, layout, defaultFolder);
  const { delimiter, newline, next } = header;
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
