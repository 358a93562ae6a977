import type { Manifest, ManifestOptions, ManifestRow, Span } from "../manifest.ts";
import { parseOpenedWorkbook } from "../parse-workbook.ts";
import { parseYaml } from "../parse-yaml.ts";
import { decodeText } from "../text-encoding.ts";
import { encodePart, openWorkbook, textOfPart } from "../workbook-file.ts";
import { replaceInZip } from "../zip.ts";
import { encodeEdited } from "./edit-manifest.ts";
import { editSheetXml } from "./edit-workbook.ts";
import { editYaml } from "./edit-yaml.ts";
import { applySplices, lineStarts, type ManifestEdit, type Splice } from "./manifest-edit.ts";

/** More rows than these are edited faster all at once. */
const MOST_ROWS = 500;

interface Edited {
  bytes: Uint8Array;
  manifest: Manifest;
}

/** The rows of an edit of cells alone; undefined where it adds or removes, or names too many. */
function rowsOf(
  { rows }: Manifest,
  { cells = [], removed = [], columns = [], added = [] }: ManifestEdit,
): ManifestRow[] | undefined {
  const lines = new Set(cells.map(({ line }) => line));
  const isMore = removed.length + columns.length + added.length > 0 || lines.size > MOST_ROWS;
  const few = isMore ? [] : rows.filter(({ line }) => lines.has(line));
  return few.length > 0 && few.length === lines.size ? few : undefined;
}

/**
 * The same as `editYaml` and reading all anew, for cells of a few images of a long list: these alone are edited and read,
 * below what stands above the list. Undefined where that is not sure to come to the same: the list is not in block style,
 * or something stands below it.
 */
export function editYamlRows(
  manifest: Manifest,
  bytes: Uint8Array,
  edit: ManifestEdit,
  { encoding, defaultFolder }: ManifestOptions,
): Edited | undefined {
  const few = rowsOf(manifest, edit);
  const decoded = decodeText(bytes, encoding);
  if (manifest.format !== "yaml" || !few || "message" in decoded) return undefined;
  const text = decoded.utf8.toString("utf8");
  const list = divideList(text, manifest.rows, few);
  if (!list) return undefined;
  const { head, pieces } = list;
  const lines = new Map<number, number>();
  let below = lineStarts(head).length;
  for (const { row, lineCount } of pieces) {
    lines.set(row.line, below);
    below += lineCount;
  }
  const cells = edit.cells?.map((cell) => ({ ...cell, line: lines.get(cell.line) ?? 0 })) ?? [];
  const own = pieces.map(({ start, end }) => text.slice(start, end));
  const edited = editYaml(head + own.join(""), { cells });
  if (!edited?.startsWith(head)) return undefined;
  const utf8 = Buffer.from(edited);
  const read = parseYaml("", { utf8, encoding: "utf-8", bom: false }, defaultFolder || undefined);
  const rows = read.manifest?.rows ?? [];
  if (rows.length !== pieces.length) return undefined;
  const starts = lineStarts(edited);
  const changed = new Map<ManifestRow, { row: ManifestRow; more: number }>();
  const splices = pieces.map(({ row: was, lineCount, start, end }, index): Splice => {
    const row = rows[index] ?? was;
    const next = rows[index + 1]?.line ?? starts.length;
    changed.set(was, { row, more: next - row.line - lineCount });
    return { start, end, text: edited.slice(starts[row.line - 1], starts[next - 1]) };
  });
  let moved = 0;
  const after = manifest.rows.map((was) => {
    const line = was.line + moved;
    const { row, more } = changed.get(was) ?? { row: was, more: 0 };
    moved += more;
    return row.line === line ? row : { ...row, line };
  });
  const whole = applySplices(text, splices);
  const encoded = encodeEdited(whole, { text, bytes }, decoded, manifest);
  return { bytes: encoded, manifest: { ...manifest, rows: after } };
}

/** What stands above a block list, and its pieces with one image each, from the line of its dash up to the next one's. */
function divideList(text: string, rows: readonly ManifestRow[], few: readonly ManifestRow[]) {
  const starts = lineStarts(text);
  const startOf = (line: number) => starts[line - 1] ?? text.length;
  const dashAt = (line: number) => /^ *- */.exec(text.slice(startOf(line), startOf(line + 1)))?.[0];
  const [first = 1, last = 1] = [rows[0]?.line, rows.at(-1)?.line];
  const dash = dashAt(first);
  const head = text.slice(0, startOf(first));
  if (dash === undefined || !/(^|\n)graphics:[ \t]*(#.*)?\r?\n/.test(head)) return undefined;
  const below = text.slice(startOf(last + 1)).split("\n");
  const isDeeper = (line: string) => line.search(/[^ ]/) > dash.indexOf("-");
  if (!below.every((line) => /^\s*(#|$)/.test(line) || isDeeper(line))) return undefined;
  const indexes = new Map(rows.map((row, index) => [row, index]));
  const pieces = few.map((row) => {
    const next = rows[(indexes.get(row) ?? 0) + 1] ?? { line: starts.length + 1 };
    const isOwn = [row, next].every(({ line }) => line > starts.length || dashAt(line) === dash);
    const [start, end] = [startOf(row.line), startOf(next.line)];
    return { row, start, end, lineCount: next.line - row.line, isOwn };
  });
  return pieces.every(({ isOwn }) => isOwn) ? { head, pieces } : undefined;
}

/**
 * The same as `editWorkbook` and reading all anew, for cells of a few rows of a long sheet: these rows alone, with the
 * header above them, are edited and read. Undefined where that is not sure to come to the same: the sheet has merges,
 * array formulas, or rows that do not say their number first.
 */
export function editWorkbookRows(
  manifest: Manifest,
  bytes: Uint8Array,
  edit: ManifestEdit,
  { defaultFolder }: ManifestOptions,
): Edited | undefined {
  const { workbook: look, file } = manifest;
  const lines = rowsOf(manifest, edit)?.map(({ line }) => line);
  const workbook = openWorkbook(bytes);
  if (!look || !lines || typeof workbook === "string") return undefined;
  const part = workbook.sheets.find(({ name }) => name === look.sheet)?.part ?? "";
  const xml = textOfPart(workbook.files, part);
  const sheet = plainRows(xml);
  if (!sheet) return undefined;
  const around = linesAround(lines, look.headerLine).flatMap(
    (line) => findRow(xml, sheet, line) ?? [],
  );
  const own = around.map(({ start, end }) => xml.slice(start, end));
  const few = xml.slice(0, sheet.start) + own.join("") + xml.slice(sheet.end);
  const edited = editSheetXml(few, look, edit);
  if (edited === undefined) return undefined;
  const splices = lines.flatMap((line): Splice[] => {
    const [was, now] = [findRow(xml, sheet, line), findRow(edited, sheet, line)];
    return was && now ? [{ ...was, text: edited.slice(now.start, now.end) }] : [];
  });
  const files = { ...workbook.files, [part]: encodePart(edited) };
  const options = { sheet: look.sheet, defaultFolder };
  const { manifest: read } = parseOpenedWorkbook(file, { ...workbook, files }, options);
  const found = new Map(read?.rows.map((row) => [row.line, row]));
  // A row that was edited may be none any more; another row may have had the last column.
  const isSame =
    read?.workbook?.headerLine === look.headerLine &&
    JSON.stringify(read.columns) === JSON.stringify(manifest.columns);
  if (!isSame || !lines.every((line) => found.has(line)) || splices.length < lines.length) {
    return undefined;
  }
  const numbers = new Map(look.numbers);
  for (const line of lines) {
    const stored = read.workbook?.numbers.get(line);
    if (stored) numbers.set(line, stored);
    else numbers.delete(line);
  }
  const changed = new Set(lines);
  const rows = manifest.rows.map((row) => (changed.has(row.line) && found.get(row.line)) || row);
  return {
    bytes: replaceInZip(bytes, part, encodePart(applySplices(xml, splices))),
    manifest: { ...manifest, rows, workbook: { ...look, numbers } },
  };
}

/** The rows of the header and above, those that are edited, and those above these, whose formats new cells get. */
function linesAround(lines: readonly number[], headerLine: number): number[] {
  const above = Array.from({ length: headerLine }, (_none, index) => index + 1);
  const all = new Set([...above, ...lines.flatMap((line) => [line - 1, line])]);
  return [...all].toSorted((a, b) => a - b);
}

/** The stretch of a sheet that has its rows; undefined where more than these decide on what a row holds. */
function plainRows(xml: string): (Span & { prefix: string }) | undefined {
  const end = xml.lastIndexOf("</", xml.lastIndexOf("sheetData>"));
  const prefix = /^<\/([\w.-]+:)?sheetData>/.exec(xml.slice(end, end + 100))?.[1] ?? "";
  const start = xml.indexOf(`<${prefix}row `);
  const isPlain = !xml.includes("<!") && !xml.includes(`<${prefix}mergeCell `);
  if (start === -1 || end === -1 || !isPlain) return undefined;
  return /\st=["'](array|dataTable)["']/.test(xml) ? undefined : { start, end, prefix };
}

/** A row by its number; undefined: it does not say it first, or is empty. */
function findRow(xml: string, { prefix, start: from }: Span & { prefix: string }, line: number) {
  const start = xml.indexOf(`<${prefix}row r="${line}"`, from);
  const tagEnd = xml.indexOf(">", start);
  if (start === -1 || xml[tagEnd - 1] === "/") return undefined;
  const close = `</${prefix}row>`;
  return { start, end: xml.indexOf(close, tagEnd) + close.length };
}
