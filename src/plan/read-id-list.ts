import { extname } from "node:path";
import { chooseSheet, recordsOf, workbookTooLarge } from "../manifest/choose-sheet.ts";
import { DELIMITERS, findSeparator, readRecords } from "../manifest/csv-records.ts";
import { nameForeignBytes } from "../manifest/foreign-files.ts";
import {
  fieldOfHeader,
  HEADER_ROWS,
  parseHeader,
  plainName,
  type TableLayout,
} from "../manifest/header.ts";
import { type Delimiter, isWorkbookName } from "../manifest/manifest.ts";
import { decodeText, unguardFormula } from "../manifest/text-encoding.ts";
import { openWorkbook } from "../manifest/workbook-file.ts";
import { failed, type IdList, idIn, type ListRecord, readJsonList, withoutId } from "./id-list.ts";

/** Headers that name the column of the ids, the surest first. */
const ID_HEADERS = ["graphicid", "imageid", "im", "id", "url"];

/**
 * Reads a list of ids as people have it: lines that a tab, a comma or a semicolon divides, with or without a header,
 * columns in any order; a workbook; or JSON, an object name → id or a list of objects. An id may stand in an address.
 */
export function parseIdList(file: string, bytes: Uint8Array): IdList {
  if (isWorkbookName(file)) return parseSheet(file, bytes);
  const text = decodeText(bytes);
  if ("message" in text) {
    const foreign = bytes.includes(0) ? nameForeignBytes(file, bytes) : undefined;
    if (foreign) return { entries: [], diagnostics: [foreign] };
    return failed(file, text.message, { hint: "save the file as UTF-8", line: text.line });
  }
  const isJson = extname(file).toLowerCase() === ".json" || JSON_START.test(text.utf8.toString());
  return isJson ? parseJson(file, text.utf8.toString()) : parseText(file, text.utf8);
}

const JSON_START = /^\s*(?:\{|\[\s*[{\]])/;

function parseJson(file: string, text: string): IdList {
  const read = readJsonList(text);
  if ("entries" in read) {
    return { entries: read.entries, diagnostics: read.without.map((one) => withoutId(file, one)) };
  }
  if ("records" in read) return readTable(file, read.headers, read.records);
  return failed(file, "is not a JSON object of names or paths and their ids", {
    hint: 'write it as {"sun.png": "IM_…"} or [{"name": "sun.png", "id": "IM_…"}]',
    line: read.line,
  });
}

function parseSheet(file: string, bytes: Uint8Array): IdList {
  const workbook = openWorkbook(bytes);
  if (workbook === "too-large") return { entries: [], diagnostics: [workbookTooLarge(file)] };
  if (workbook === "not-a-workbook") {
    const foreign = nameForeignBytes(file, bytes);
    if (foreign) return { entries: [], diagnostics: [foreign] };
    return failed(file, "is cut off or damaged", { hint: "open it in Excel and save it again" });
  }
  const sheet = chooseSheet(file, workbook, undefined);
  if ("code" in sheet) return { entries: [], diagnostics: [sheet] };
  const records = Array.from(recordsOf(sheet), ({ line, cells }) => {
    return { line, cells: cells.map(({ text }) => text) };
  });
  return readRows(file, records, { guarded: false });
}

/** In bytes: what decides by which delimiter a list is divided. */
const SAMPLE_BYTES = 65_536;

function parseText(file: string, text: Buffer): IdList {
  const separator = findSeparator(text);
  const start = { offset: separator?.end ?? 0, line: separator ? 2 : 1 };
  const end = text.length > SAMPLE_BYTES ? text.lastIndexOf("\n", SAMPLE_BYTES) + 1 : text.length;
  const sample = text.subarray(0, end);
  const [best] = DELIMITERS.filter((one) => !separator || one === separator.delimiter)
    .map((delimiter) => ({ delimiter, fit: fitOf(readLines(sample, delimiter, start).records) }))
    .toSorted((a, b) => b.fit.ids - a.fit.ids || b.fit.headers - a.fit.headers);
  if (!best) return failed(file, "is divided by another sign than a tab, ',' or ';'", {});
  const { records, broken } = readLines(text, best.delimiter, start);
  const [first] = broken;
  if (!first) return readRows(file, records, { guarded: true });
  return failed(file, "has a row that cannot be read", { line: first.line });
}

/** A stray quote is part of the text where the line has its id all the same. */
function readLines(text: Buffer, delimiter: Delimiter, start: { offset: number; line: number }) {
  const records: ListRecord[] = [];
  const take = (cells: string[], line: number) => void records.push({ cells, line });
  const hasId = (_broken: unknown, cells: readonly string[]) => cells.some(isLikeId);
  const broken = readRecords(text, delimiter, start, take, hasId);
  return { records, broken };
}

/** How many records have an id in a cell of its own, and how many headers of a list the first ones have. */
function fitOf(records: readonly ListRecord[]): { ids: number; headers: number } {
  const ids = records.filter(({ cells }) => cells.length > 1 && cells.some(isLikeId)).length;
  const headers = records.slice(0, HEADER_ROWS).map(({ cells }) => cells.filter(isHeader).length);
  return { ids, headers: Math.max(0, ...headers) };
}

function isHeader(cell: string): boolean {
  return fieldOfHeader(cell) !== undefined || ID_HEADERS.includes(plainName(cell));
}

/** Whether a cell holds an id, or what was meant to be one. */
function isLikeId(cell: string): boolean {
  return idIn(cell) !== undefined || /^IM_\S*$/i.test(cell.trim());
}

/** Finds the header among the first lines, if there is one; titles may stand above it. */
function readRows(file: string, all: readonly ListRecord[], options: { guarded: boolean }): IdList {
  const records = all.filter(({ cells }) => cells.some((cell) => cell.trim() !== ""));
  const firstId = records.findIndex(({ cells }) => cells.some(isLikeId));
  const above = records.slice(0, firstId === -1 ? HEADER_ROWS : Math.min(firstId, HEADER_ROWS));
  const counts = above.map(({ cells }) => cells.filter(isHeader).length);
  const most = Math.max(0, ...counts);
  const headerAt = most === 0 ? -1 : counts.indexOf(most);
  return readTable(file, above[headerAt]?.cells, records.slice(headerAt + 1), options);
}

function readTable(
  file: string,
  headers: readonly string[] | undefined,
  rows: readonly ListRecord[],
  options: { guarded: boolean } = { guarded: false },
): IdList {
  const layout = parseHeader(headers ?? [], options);
  const idAt = layout.results?.graphicId ?? findIdColumn(headers ?? [], rows);
  const lack = lackOf(rows, idAt);
  if (lack) return failed(file, lack, { line: rows[0]?.line });
  const list: IdList = { entries: [], diagnostics: [] };
  for (const { cells: written, line } of rows) {
    const cells = written.map((cell) => (layout.guarded ? unguardFormula(cell) : cell).trim());
    // Below a header the whole column is meant to be ids. Without one there are titles, and shorter lines.
    const isMeant = headers !== undefined || isLikeId(cells[idAt] ?? "");
    const at = isMeant ? idAt : cells.findIndex(isLikeId);
    const id = cells[at] ?? "";
    if (id !== "") {
      list.entries.push({ ...placeIn(cells, layout, at), graphicId: idIn(id) ?? id, line });
    } else list.diagnostics.push(withoutId(file, { what: firstText(cells), line }));
  }
  return list;
}

/** What a table lacks that would make it a list of ids, if anything. */
function lackOf(rows: readonly ListRecord[], idAt: number): string | undefined {
  if (rows.length === 0) return undefined;
  if (idAt === -1) return "has no graphic ID (IM_…)";
  const isName = (cell: string, at: number) => at !== idAt && cell.trim() !== "";
  return rows.some(({ cells }) => cells.some(isName)) ? undefined : "has nothing beside its IDs";
}

function firstText(cells: readonly string[]): string {
  return cells.find((cell) => cell !== "") ?? "";
}

/** What a line says of its id's picture. */
function placeIn(cells: readonly string[], { fields }: TableLayout, idAt: number) {
  const cell = (index: number | undefined) => cells[index ?? -1] ?? "";
  const place = { path: cell(fields.path), name: cell(fields.name), folder: cell(fields.folder) };
  const isNamed = fields.path !== undefined || fields.name !== undefined;
  const others = cells.map((text, at) => (at === idAt || at === fields.folder ? "" : text));
  return { ...place, texts: isNamed ? [] : others };
}

/** The column with the ids: of those that a header names the first that has any, else the one with the most; -1: none. */
function findIdColumn(headers: readonly string[], rows: readonly ListRecord[]): number {
  const counts: number[] = [];
  for (const { cells } of rows) {
    for (const [at, cell] of cells.entries()) {
      if (isLikeId(cell)) counts[at] = (counts[at] ?? 0) + 1;
    }
  }
  const plain = headers.map(plainName);
  const named = ID_HEADERS.map((header) => plain.indexOf(header)).filter((at) => at !== -1);
  const most = Math.max(0, ...counts.filter((count) => count !== undefined));
  const byContent = most === 0 ? named[0] : counts.indexOf(most);
  return named.find((at) => counts[at] !== undefined) ?? byContent ?? -1;
}
