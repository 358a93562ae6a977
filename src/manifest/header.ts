import { editsBetween } from "./diagnostic.ts";
import { FIELDS, type Field, RESULT_COLUMNS, type ResultColumn } from "./manifest.ts";
import { unguardFormula } from "./text-encoding.ts";

/** Spellings of each field, as `plainName` leaves them (contract: Manifest). */
const ALIASES: ReadonlyMap<string, Field> = new Map([
  ["path", "path"],
  ["file", "path"],
  ["filepath", "path"],
  ["filename", "path"],
  ["image", "path"],
  ["name", "name"],
  ["displayname", "name"],
  ["contenttype", "contentType"],
  ["mimetype", "contentType"],
  ["folder", "folder"],
]);

/** Where another column is named for the paths, these are the user's own. */
const WEAK_ALIASES = ["filename", "image"];

/** Names of image files. */
export const IMAGE_NAME = /\.(png|jpe?g|jfif|gif|bmp|tiff?|webp|svg|heic|avif)\s*["']?$/i;

/** Rows with text among which the header is looked for: titles may stand above it. */
export const HEADER_ROWS = 10;

/** Whether a row names a column for the paths. */
export function namesPath(cells: readonly string[]): boolean {
  return cells.some((cell) => fieldOfHeader(cell) === "path");
}

/**
 * The header among a table's first rows: the first that names a path column, and either another field or more texts than
 * each row above it, as titles have one or a few. Where none does, the first row.
 */
export function findHeaderRow(rows: readonly (readonly string[])[]): number {
  const counts = rows.map((cells) => cells.filter((cell) => cell.trim() !== "").length);
  const found = rows.findIndex((cells, index) => {
    if (!namesPath(cells) || cells.some((cell) => IMAGE_NAME.test(cell))) return false;
    if (new Set(cells.flatMap((cell) => fieldOfHeader(cell) ?? [])).size > 1) return true;
    return counts.slice(0, index).every((count) => count === 1 || count < (counts[index] ?? 0));
  });
  return Math.max(found, 0);
}

/** A header or key without what does not count: case, spaces, `_`, `-`, and a byte order mark, read wrongly or not. */
export function plainName(header: string): string {
  return header.toLowerCase().replace(/^(\ufeff|ï»¿)|[\s_-]/g, "");
}

/** The field a header names; undefined: the column is the user's own. */
export function fieldOfHeader(header: string): Field | undefined {
  return ALIASES.get(plainName(header));
}

/** The field that a header naming none may be a slip of: same first letter, a letter or two wrong or swapped. */
export function lookalikeField(header: string): Field | undefined {
  const plain = plainName(header);
  if (ALIASES.has(plain)) return undefined;
  for (const [alias, field] of ALIASES) {
    const allowed = alias.length < 5 ? 1 : 2;
    if (plain[0] === alias[0] && editsBetween(plain, alias) <= allowed) return field;
  }
  return undefined;
}

/** A column that no results column takes: a field, or the user's own. */
export interface OwnColumn {
  /** As written. */
  header: string;
  /** 0-based place in the record. */
  index: number;
}

/** Which cell of a record is what; indexes are 0-based. */
export interface TableLayout {
  /** Cells a record should have. */
  width: number;
  own: readonly OwnColumn[];
  /** Of two columns for one field the first. */
  fields: Readonly<Partial<Record<Field, number>>>;
  /** Where an earlier run's results stand; undefined: the manifest holds none. */
  results: Readonly<Partial<Record<ResultColumn, number>>> | undefined;
  /** Whether the cells went through `guardFormula`: the file is a results CSV. */
  guarded: boolean;
}

/** Reads the header row; a workbook's cells are never guarded: its texts are texts. */
export function parseHeader(
  cells: readonly string[],
  { guarded: mayBeGuarded } = { guarded: true },
): TableLayout {
  const results = findResults(cells);
  const guarded = mayBeGuarded && results !== undefined;
  const headers = guarded ? cells.map(unguardFormula) : cells;
  const taken = new Set(Object.values(results ?? {}));
  const own = headers.flatMap((header, index) => (taken.has(index) ? [] : [{ header, index }]));
  return { width: cells.length, own, fields: findFields(own), results, guarded };
}

/**
 * Results columns count only where both `graphicId` and `sha256` are there: a lone `status` or `url` is the user's
 * own. Spelt as the results CSV spells them, or all of them otherwise, as a program may have renamed a whole header
 * (`graphic_id`). Of two with one name the later is the one it added.
 */
function findResults(cells: readonly string[]): TableLayout["results"] {
  return resultsNamed(cells, (header) => header) ?? resultsNamed(cells, plainName);
}

function resultsNamed(
  cells: readonly string[],
  spell: (header: string) => string,
): TableLayout["results"] {
  const headers = cells.map(spell);
  const results: Partial<Record<ResultColumn, number>> = {};
  for (const column of RESULT_COLUMNS) {
    const index = headers.lastIndexOf(spell(column));
    if (index !== -1) results[column] = index;
  }
  const { graphicId, sha256, library } = results;
  if (graphicId === undefined || sha256 === undefined) return undefined;
  // Version 0.1 wrote none: one before the id is the user's own.
  if (library !== undefined && library < graphicId) delete results.library;
  return results;
}

/** The 0-based position of each field among the columns of a manifest, results columns left out. */
export function fieldsOf(columns: readonly string[]): TableLayout["fields"] {
  return findFields(columns.map((header, index) => ({ header, index })));
}

function findFields(own: readonly OwnColumn[]): TableLayout["fields"] {
  const fields: Partial<Record<Field, number>> = {};
  for (const field of FIELDS) {
    const [column] = columnsOf(own, field);
    if (column) fields[field] = column.index;
  }
  return fields;
}

/** The columns that stand for a field; more than one: there is no telling which is meant. */
export function columnsOf(own: readonly OwnColumn[], field: Field): OwnColumn[] {
  const all = own.filter(({ header }) => fieldOfHeader(header) === field);
  const strong = all.filter(({ header }) => !WEAK_ALIASES.includes(plainName(header)));
  return strong.length > 0 ? strong : all;
}
