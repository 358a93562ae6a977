import { type FoundHeader, findHeader, findSeparator } from "./csv-dialect.ts";
import {
  badCsvText,
  brokenRecord,
  emptyTable,
  loneCarriageReturns,
  unknownDelimiter,
} from "./csv-problems.ts";
import { readRecords } from "./csv-records.ts";
import { type DecodedText, decodeText } from "./decode-text.ts";
import { type Diagnostic, DiagnosticList } from "./diagnostic.ts";
import { checkHeader, parseHeader, type TableLayout } from "./header.ts";
import type { Manifest, ManifestRow, ParsedManifest } from "./manifest.ts";
import { readTableRow } from "./table-rows.ts";

const LONE_CARRIAGE_RETURN = /\r(?!\n)/;

/** Reads a CSV manifest (contract: Manifest); `defaultFolder` is the folder of rows that name none. */
export function parseCsv(
  file: string,
  bytes: Uint8Array,
  defaultFolder: string | undefined,
): ParsedManifest {
  const text = decodeText(bytes);
  if ("message" in text) return failed(badCsvText(file, bytes, text));
  const { utf8 } = text;
  if (!utf8.includes("\n") && utf8.includes("\r")) return failed(loneCarriageReturns(file));
  const separator = findSeparator(utf8);
  if (separator?.isRead === false) return failed(unknownDelimiter(file, separator));
  const header = findHeader(utf8);
  if (!header) return failed(emptyTable(file));
  if ("reason" in header) return failed(brokenRecord(file, header, []));
  // Rows that end so are all in the header when a quoted cell holds the file's first line feed.
  if (header.cells.some((cell) => LONE_CARRIAGE_RETURN.test(cell))) {
    return failed(loneCarriageReturns(file));
  }
  const layout = parseHeader(header.cells);
  const found = checkHeader(layout, { file, line: header.line });
  const fatal = found.some(
    ({ code }) => code === "COLUMN_MISSING" || code === "MANIFEST_TOO_LARGE",
  );
  if (fatal) return { manifest: undefined, diagnostics: found };
  const { manifest, diagnostics } = readRows(file, text, header, layout, defaultFolder);
  return { manifest, diagnostics: [...found, ...diagnostics] };
}

function failed(problem: Diagnostic): ParsedManifest {
  return { manifest: undefined, diagnostics: [problem] };
}

function readRows(
  file: string,
  { utf8, encoding, bom }: DecodedText,
  { delimiter, newline, next, cells: headers }: FoundHeader,
  layout: TableLayout,
  defaultFolder: string | undefined,
): { manifest: Manifest; diagnostics: Diagnostic[] } {
  const rows: ManifestRow[] = [];
  const problems = new DiagnosticList(file);
  const table = { file, layout, defaultFolder, delimiter };
  const broken = readRecords(utf8, delimiter, next, (cells, line) => {
    const { row, found } = readTableRow(table, cells, line);
    if (row) rows.push(row);
    problems.add(...found);
  });
  const manifest: Manifest = {
    file,
    format: "csv",
    dialect: { delimiter, newline, encoding, bom },
    columns: layout.own.map(({ header }) => header),
    rows,
    library: undefined,
    defaultFolder,
  };
  const unread = broken.map((record) => brokenRecord(file, record, headers));
  return { manifest, diagnostics: [...unread, ...problems.list()] };
}
