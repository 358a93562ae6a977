import type { Manifest, ManifestOptions, ManifestRow, Span } from "../manifest.ts";
import { parseOpenedWorkbook } from "../parse-workbook.ts";
import { parseYaml } from "../parse-yaml.ts";
import { decodeText } from "../text-encoding.ts";
import { encodePart, openWorkbook, textOfPart } from "../workbook-file.ts";
import { replaceInZip } from "../zip.ts";
import { encodeEdited } from "./edit-manifest.ts";
import { editSheetXml } from "./edit-workbook.ts";
import { yamlSplices } from "./edit-yaml.ts";
import { applySplices, lineStarts, type ManifestEdit, type Splice } from "./manifest-edit.ts";

/** More rows than these are edited faster all at once. */
const MOST_ROWS = 500;

interface Edited {
  bytes: Uint8Array;
  manifest: Manifest;
}

/** A stretch of a list with one image, in the whole text and in a short one. */
interface Piece {
  row: ManifestRow;
  start: number;
  startInShort: number;
  endInShort: number;
}

/** The rows that start on these lines; undefined where they are too many, none, or not one for each. */
function rowsAt({ rows }: Manifest, lines: ReadonlySet<number>): ManifestRow[] | undefined {
  const few = lines.size > MOST_ROWS ? [] : rows.filter(({ line }) => lines.has(line));
  return few.length > 0 && few.length === lines.size ? few : undefined;
}

/**
 * The same as `editYaml` and reading all anew, for a few images of a long list: these alone are edited and read, below what
 * stands above the list. Undefined where that is not sure to come to the same: the list is not in block style, something
 * stands below it, or its last image goes.
 */
export function editYamlRows(
  manifest: Manifest,
  bytes: Uint8Array,
  { cells = [], removed = [], added = [] }: ManifestEdit,
  { encoding, defaultFolder }: ManifestOptions,
): Edited | undefined {
  const decoded = decodeText(bytes, encoding);
  const last = manifest.rows.at(-1)?.line ?? 0;
  const lines = new Set([...cells.map(({ line }) => line), ...removed]);
  if (added.length > 0) lines.add(last);
  const few = removed.includes(last) ? undefined : rowsAt(manifest, lines);
  if (manifest.format !== "yaml" || !few || "message" in decoded) return undefined;
  const text = decoded.utf8.toString("utf8");
  const list = divideList(text, manifest.rows, few);
  if (!list) return undefined;
  const { head, pieces, below } = list;
  const short = head + pieces.map(({ start, end }) => text.slice(start, end)).join("") + below;
  const lineIn = new Map(pieces.map(({ row, lineInShort }) => [row.line, lineInShort]));
  const edit = {
    cells: cells.map((cell) => ({ ...cell, line: lineIn.get(cell.line) ?? 0 })),
    removed: removed.map((line) => lineIn.get(line) ?? 0),
    added,
  };
  const splices = yamlSplices(short, edit);
  const moved = splices && moveSplices(short, splices, pieces);
  if (!moved) return undefined;
  const utf8 = Buffer.from(applySplices(short, splices));
  const edited = { utf8, encoding: "utf-8", bom: false } as const;
  const read = parseYaml("", edited, defaultFolder || undefined).manifest?.rows ?? [];
  const gone = new Set(removed);
  const kept = pieces.filter(({ row }) => !gone.has(row.line));
  if (read.length !== kept.length + added.length + (below === "" ? 0 : 1)) return undefined;
  const found = new Map(kept.map(({ row }, index) => [row, read[index] ?? row]));
  const others = read.slice(kept.length, kept.length + added.length);
  const rows = moveRows({ rows: manifest.rows, gone, lineCounts: moved.lineCounts }, found, others);
  const whole = applySplices(text, moved.splices);
  const encoded = encodeEdited(whole, { text, bytes }, decoded, manifest);
  return { bytes: encoded, manifest: { ...manifest, rows } };
}

/** The splices of the short text, where its pieces stand in the long one, and how many lines more each row has by them. */
function moveSplices(short: string, all: readonly Splice[], pieces: readonly Piece[]) {
  const splices: Splice[] = [];
  const lineCounts = new Map<ManifestRow, number>();
  for (const { start, end, text } of all) {
    const piece = pieces.find((one) => start >= one.startInShort && end <= one.endInShort);
    if (!piece) return undefined;
    const moved = piece.start - piece.startInShort;
    splices.push({ start: start + moved, end: end + moved, text });
    const lineCount = countLines(text) - countLines(short.slice(start, end));
    lineCounts.set(piece.row, (lineCounts.get(piece.row) ?? 0) + lineCount);
  }
  return { splices, lineCounts };
}

/** All rows on the lines where they are now: those that were `read` anew, the others, and below them the `added`. */
function moveRows(
  was: {
    rows: readonly ManifestRow[];
    gone: ReadonlySet<number>;
    lineCounts: ReadonlyMap<ManifestRow, number>;
  },
  read: ReadonlyMap<ManifestRow, ManifestRow>,
  added: readonly ManifestRow[],
): ManifestRow[] {
  let moved = 0;
  const rows = was.rows.flatMap((one): ManifestRow[] => {
    const line = one.line + moved;
    moved += was.lineCounts.get(one) ?? 0;
    if (was.gone.has(one.line)) return [];
    const row = read.get(one) ?? one;
    return [row.line === line ? row : { ...row, line }];
  });
  const further = (rows.at(-1)?.line ?? 0) - ([...read.values()].at(-1)?.line ?? 0);
  return [...rows, ...added.map((row) => ({ ...row, line: row.line + further }))];
}

function countLines(text: string): number {
  return text.split("\n").length - 1;
}

/**
 * What stands above a block list, and its pieces with one of the `few` images each, from the line of its dash up to the next
 * one's, with their places in the text and where they follow the head at once. `below`: where the last image is not one of
 * them, another that stands for those behind.
 */
function divideList(text: string, rows: readonly ManifestRow[], few: readonly ManifestRow[]) {
  const starts = lineStarts(text);
  const startOf = (line: number) => starts[line - 1] ?? text.length;
  const dashAt = (line: number) => /^ *- */.exec(text.slice(startOf(line), startOf(line + 1)))?.[0];
  const [first = 1, last = 1] = [rows[0]?.line, rows.at(-1)?.line];
  const dash = dashAt(first);
  const head = text.slice(0, startOf(first));
  if (dash === undefined || !/(^|\n)graphics:[ \t]*(#.*)?\r?\n/.test(head)) return undefined;
  const behind = text.slice(startOf(last + 1)).split("\n");
  const isDeeper = (line: string) => line.search(/[^ ]/) > dash.indexOf("-");
  if (!behind.every((line) => /^\s*(#|$)/.test(line) || isDeeper(line))) return undefined;
  const indexes = new Map(rows.map((row, index) => [row, index]));
  let [startInShort, lineInShort] = [head.length, first];
  const pieces = few.map((row) => {
    const next = rows[(indexes.get(row) ?? 0) + 1];
    const isOwn = [row, next].every((one) => one === undefined || dashAt(one.line) === dash);
    const [start, end] = [startOf(row.line), next ? startOf(next.line) : text.length];
    const piece = { row, start, end, isOwn, startInShort, lineInShort };
    startInShort += end - start;
    lineInShort += (next?.line ?? row.line) - row.line;
    return { ...piece, endInShort: startInShort };
  });
  const below = few.at(-1) === rows.at(-1) ? "" : `${dash}path: x\n`;
  return pieces.every(({ isOwn }) => isOwn) ? { head, pieces, below } : undefined;
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
  const { cells = [], removed = [], columns = [], added = [] } = edit;
  const isMore = removed.length + columns.length + added.length > 0;
  const few = isMore ? undefined : rowsAt(manifest, new Set(cells.map(({ line }) => line)));
  const lines = few?.map(({ line }) => line);
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
  const short = xml.slice(0, sheet.start) + own.join("") + xml.slice(sheet.end);
  const edited = editSheetXml(short, look, edit);
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
