import {
  type Diagnostic,
  diagnostic,
  editsBetween,
  nearest,
  type Place,
  showValue,
} from "./diagnostic.ts";
import { FIELDS, type Field, RESULT_COLUMNS, type ResultColumn } from "./manifest.ts";
import { unguardFormula } from "./text-encoding.ts";

/** Spellings of each field, as `plainName` leaves them (contract: Manifest). */
const ALIASES: ReadonlyMap<string, Field> = new Map([
  ["path", "path"],
  ["file", "path"],
  ["filepath", "path"],
  ["name", "name"],
  ["displayname", "name"],
  ["contenttype", "contentType"],
  ["mimetype", "contentType"],
  ["folder", "folder"],
]);

/** A header or key without what does not count: case, spaces, `_` and `-`. */
export function plainName(header: string): string {
  return header.toLowerCase().replace(/[\s_-]/g, "");
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
  return results.graphicId === undefined || results.sha256 === undefined ? undefined : results;
}

function findFields(own: readonly OwnColumn[]): TableLayout["fields"] {
  const fields: Partial<Record<Field, number>> = {};
  for (const field of FIELDS) {
    const column = own.find(({ header }) => fieldOfHeader(header) === field);
    if (column) fields[field] = column.index;
  }
  return fields;
}

/** Columns a header may have: as many as Excel's sheets. */
export const MAX_COLUMNS = 16_384;

const HEADERS_LISTED = 8;

/** Headers that are no alias of `path` and yet are likely to hold the paths. */
const LIKELY_PATH_HEADERS = [
  "filename",
  "image",
  "imagefile",
  "imagepath",
  "picture",
  "photo",
  "src",
];

/** The rules of the header row, which stands at `at`. */
export function checkHeader(layout: TableLayout, at: Place): Diagnostic[] {
  if (layout.width > MAX_COLUMNS) return [tooManyColumns(layout, at)];
  return [
    ...FIELDS.flatMap((field) => duplicates(layout, field, at)),
    ...layout.own.flatMap((column) => lookalike(layout, column, at)),
    ...(layout.results ? [] : layout.own.flatMap((column) => reserved(column, at))),
    ...(layout.fields.path === undefined ? [pathMissing(layout, at)] : []),
  ];
}

function tooManyColumns(layout: TableLayout, at: Place): Diagnostic {
  const message = `the header has ${layout.width} columns, expected at most ${MAX_COLUMNS}`;
  const hint =
    "save the table with only the columns you need: path, name, contentType, folder and your own";
  return diagnostic("error", "MANIFEST_TOO_LARGE", message, hint, at);
}

function placeOf(column: OwnColumn, at: Place): Place {
  return { ...at, column: column.index + 1, field: column.header, value: column.header };
}

function duplicates(layout: TableLayout, field: Field, at: Place): Diagnostic[] {
  const [first, ...others] = layout.own.filter(({ header }) => fieldOfHeader(header) === field);
  if (!first) return [];
  return others.map((other) =>
    diagnostic(
      "error",
      "COLUMN_DUPLICATE",
      `${named(first)} and ${named(other)} both stand for ${field}`,
      "keep one of them, and rename the other if it is a column of your own",
      { ...placeOf(other, at), field },
    ),
  );
}

function named(column: OwnColumn): string {
  return `column ${column.index + 1} ${showValue(column.header)}`;
}

function lookalike(layout: TableLayout, column: OwnColumn, at: Place): Diagnostic[] {
  const field = lookalikeField(column.header);
  // A missing path is an error of its own, whose hint names the same column.
  if (field === undefined || field === "path" || layout.fields[field] !== undefined) return [];
  const header = showValue(column.header);
  const message = `${header} is kept as a column of your own, no ${field} is read from it`;
  const hint = `rename it to '${field}' if it holds the ${field}`;
  return [diagnostic("warning", "COLUMN_LOOKALIKE", message, hint, placeOf(column, at))];
}

function reserved(column: OwnColumn, at: Place): Diagnostic[] {
  const names: readonly string[] = RESULT_COLUMNS;
  if (!names.includes(column.header)) return [];
  if (column.header === "graphicId") return [idsUnused(column, at)];
  const message = `'${column.header}' is kept as a column of your own, and the results CSV adds another of that name`;
  const hint = "rename it, so that each column of the results has a name of its own";
  return [diagnostic("warning", "COLUMN_RESERVED", message, hint, placeOf(column, at))];
}

function idsUnused(column: OwnColumn, at: Place): Diagnostic {
  const message =
    "'graphicId' is kept as a column of your own: ids are taken over only beside a column 'sha256'";
  const hint =
    "put back the sha256 column of the results CSV, or take ids from elsewhere over with `qgfx adopt`; else the images are uploaded";
  return diagnostic("warning", "COLUMN_IDS_UNUSED", message, hint, placeOf(column, at));
}

function pathMissing(layout: TableLayout, at: Place): Diagnostic {
  const listed = layout.own.slice(0, HEADERS_LISTED).map(({ header }) => showValue(header));
  if (layout.own.length > HEADERS_LISTED) listed.push("…");
  const meant =
    layout.own.find(({ header }) => lookalikeField(header) === "path") ??
    layout.own.find(({ header }) => nearest(plainName(header), LIKELY_PATH_HEADERS));
  return diagnostic(
    "error",
    "COLUMN_MISSING",
    `no column is named 'path', expected one with the images' paths (found ${listed.join(", ")})`,
    meant
      ? `rename ${showValue(meant.header)} to 'path' if it holds the images' paths`
      : "name the column that holds the images' paths 'path'",
    { ...(meant ? placeOf(meant, at) : at), field: "path" },
  );
}

/** A table without a header. */
export function emptyTable(file: string): Diagnostic {
  const message = "the manifest is empty, expected a header row with a 'path' column";
  const hint = "write 'path' into the first line and one image's path into each line below";
  return diagnostic("error", "MANIFEST_EMPTY", message, hint, { file, line: 1 });
}
