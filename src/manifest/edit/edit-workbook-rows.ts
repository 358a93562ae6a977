import type { Manifest, ManifestOptions, ManifestRow, Span, WorkbookLook } from "../manifest.ts";
import { parseOpenedWorkbook } from "../parse-workbook.ts";
import { encodePart, openWorkbook, textOfPart, type WorkbookFile } from "../workbook-file.ts";
import { replaceInZip } from "../zip.ts";
import { editSheetXml } from "./edit-workbook.ts";
import { applySplices, type ManifestEdit, type Splice } from "./manifest-edit.ts";

/** More rows than these are edited faster all at once. */
const MOST_ROWS = 500;

/**
 * The same as `editWorkbook` and reading all anew, for cells of a few rows of a long sheet: these rows alone, with the
 * header above them, are edited and read. Undefined where that is not sure to come to the same: the edit adds or removes,
 * or the sheet has merges, array formulas, or rows that do not say their number first.
 */
export function editWorkbookRows(
  manifest: Manifest,
  bytes: Uint8Array,
  edit: ManifestEdit,
  { defaultFolder }: ManifestOptions,
): { bytes: Uint8Array; manifest: Manifest } | undefined {
  const { workbook: look } = manifest;
  const { cells = [], removed = [], columns = [], added = [] } = edit;
  const lines = [...new Set(cells.map(({ line }) => line))].toSorted((a, b) => a - b);
  const isMore = removed.length + columns.length + added.length > 0;
  const workbook = openWorkbook(bytes);
  if (!look || isMore || lines.length > MOST_ROWS || typeof workbook === "string") return undefined;
  const part = workbook.sheets.find(({ name }) => name === look.sheet)?.part ?? "";
  const sheet = SheetText.of(textOfPart(workbook.files, part));
  const few = sheet?.only(linesAround(lines, look.headerLine));
  const edited = few === undefined ? undefined : editSheetXml(few, look, edit);
  const splices = edited === undefined ? undefined : sheet?.splices(lines, edited);
  if (!sheet || edited === undefined || !splices) return undefined;
  const read = readFew(manifest, look, { workbook, part, xml: edited }, defaultFolder);
  const rows = read && withRead(manifest.rows, read.rows, new Set(lines));
  if (!rows) return undefined;
  const numbers = new Map(look.numbers);
  for (const line of lines) {
    const own = read.workbook?.numbers.get(line);
    if (own) numbers.set(line, own);
    else numbers.delete(line);
  }
  return {
    bytes: replaceInZip(bytes, part, encodePart(applySplices(sheet.xml, splices))),
    manifest: { ...manifest, rows, workbook: { ...look, numbers } },
  };
}

/** The rows of the header and above, those that are edited, and those above these, whose formats new cells get. */
function linesAround(lines: readonly number[], headerLine: number): number[] {
  const above = Array.from({ length: headerLine }, (_none, index) => index + 1);
  const all = new Set([...above, ...lines.flatMap((line) => [line - 1, line])]);
  return [...all].toSorted((a, b) => a - b);
}

function readFew(
  { file, columns }: Manifest,
  { sheet, headerLine }: WorkbookLook,
  { workbook, part, xml }: { workbook: WorkbookFile; part: string; xml: string },
  defaultFolder: string | undefined,
): Manifest | undefined {
  const files = { ...workbook.files, [part]: encodePart(xml) };
  const options = { sheet, defaultFolder };
  const { manifest } = parseOpenedWorkbook(file, { ...workbook, files }, options);
  // Another row may have had the last column.
  const isSame = JSON.stringify(manifest?.columns) === JSON.stringify(columns);
  return isSame && manifest?.workbook?.headerLine === headerLine ? manifest : undefined;
}

/** Undefined where a row that was edited is none any more. */
function withRead(
  rows: readonly ManifestRow[],
  read: readonly ManifestRow[],
  lines: ReadonlySet<number>,
): ManifestRow[] | undefined {
  const found = new Map(read.map((row) => [row.line, row]));
  const after = rows.map((row) => (lines.has(row.line) ? found.get(row.line) : row));
  return after.every((row) => row !== undefined) ? after : undefined;
}

/** A sheet's text, of which rows are found by their number. */
class SheetText {
  readonly xml: string;
  readonly #prefix: string;
  readonly #rowsStart: number;
  readonly #rowsEnd: number;

  private constructor(xml: string, prefix: string, rowsStart: number, rowsEnd: number) {
    this.xml = xml;
    this.#prefix = prefix;
    this.#rowsStart = rowsStart;
    this.#rowsEnd = rowsEnd;
  }

  /** Undefined where more than its rows decide on what a row holds. */
  static of(xml: string): SheetText | undefined {
    const end = xml.lastIndexOf("</", xml.lastIndexOf("sheetData>"));
    const prefix = /^<\/([\w.-]+:)?sheetData>/.exec(xml.slice(end, end + 100))?.[1] ?? "";
    const start = xml.indexOf(`<${prefix}row `);
    const isPlain = !xml.includes("<!") && !xml.includes(`<${prefix}mergeCell `);
    if (start === -1 || end === -1 || !isPlain) return undefined;
    if (/\st=["'](array|dataTable)["']/.test(xml)) return undefined;
    return new SheetText(xml, prefix, start, end);
  }

  /** The sheet with these rows alone, as far as there are such. */
  only(lines: readonly number[]): string {
    const rows = lines.map((line) => {
      const span = this.#find(this.xml, line);
      return span ? this.xml.slice(span.start, span.end) : "";
    });
    return this.xml.slice(0, this.#rowsStart) + rows.join("") + this.xml.slice(this.#rowsEnd);
  }

  /** What makes of rows of the sheet those of another text; undefined where one is not found. */
  splices(lines: readonly number[], other: string): Splice[] | undefined {
    const splices: Splice[] = [];
    for (const line of lines) {
      const [span, own] = [this.#find(this.xml, line), this.#find(other, line)];
      if (!span || !own) return undefined;
      splices.push({ ...span, text: other.slice(own.start, own.end) });
    }
    return splices;
  }

  #find(xml: string, line: number): Span | undefined {
    const open = `<${this.#prefix}row r="${line}"`;
    const start = xml.indexOf(open, this.#rowsStart);
    const tagEnd = xml.indexOf(">", start);
    if (start === -1 || xml[tagEnd - 1] === "/") return undefined;
    const close = `</${this.#prefix}row>`;
    return { start, end: xml.indexOf(close, tagEnd) + close.length };
  }
}
