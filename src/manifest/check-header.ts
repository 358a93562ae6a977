import { formatAddress } from "./cell-address.ts";
import { type Diagnostic, diagnostic, nearest, type Place, showValue } from "./diagnostic.ts";
import {
  columnsOf,
  IMAGE_NAME,
  lookalikeField,
  type OwnColumn,
  plainName,
  type TableLayout,
} from "./header.ts";
import { FIELDS, type Field, isWorkbookName, RESULT_COLUMNS } from "./manifest.ts";

/** Columns a header may have: as many as Excel's sheets. */
export const MAX_COLUMNS = 16_384;

const HEADERS_LISTED = 8;

/** Headers that are no alias of `path` and yet are likely to hold the paths. */
const LIKELY_PATH_HEADERS = ["imagefile", "imagepath", "picture", "photo", "src"];

/** The rules of the header row, which stands at `at`, `above` rows with text above it. */
export function checkHeader(layout: TableLayout, at: Place, above: number): Diagnostic[] {
  const found = headerBelow(above, at);
  if (layout.width > MAX_COLUMNS) return [...found, tooManyColumns(layout, at)];
  return [
    ...found,
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
  const [first, ...others] = columnsOf(layout.own, field);
  if (!first) return [];
  return others.map((other) =>
    diagnostic(
      "error",
      "COLUMN_DUPLICATE",
      `${named(first, at)} and ${named(other, at)} both mean ${field}`,
      "keep one of them, and rename the other if it is a column of your own",
      { ...placeOf(other, at), field },
    ),
  );
}

function named({ index, header }: OwnColumn, { file, line = 1 }: Place): string {
  const place = isWorkbookName(file)
    ? `cell ${formatAddress(line, index + 1)}`
    : `column ${index + 1}`;
  return `${place} ${showValue(header)}`;
}

function lookalike(layout: TableLayout, column: OwnColumn, at: Place): Diagnostic[] {
  const field = lookalikeField(column.header);
  // A missing path is an error of its own, whose hint names the same column.
  if (field === undefined || field === "path" || layout.fields[field] !== undefined) return [];
  const header = showValue(column.header);
  const message = `column ${header} is not used for the ${field}`;
  const hint = `rename it to '${field}' if it holds the ${field}`;
  return [diagnostic("warning", "COLUMN_LOOKALIKE", message, hint, placeOf(column, at))];
}

function reserved(column: OwnColumn, at: Place): Diagnostic[] {
  const names: readonly string[] = RESULT_COLUMNS;
  if (!names.includes(column.header)) return [];
  const [code, message, hint] =
    column.header === "graphicId"
      ? [
          "COLUMN_IDS_UNUSED",
          "graphicId ignored: no sha256 column",
          "put back the sha256 column of the results, or take ids over with `qgfx adopt`; else the images are uploaded",
        ]
      : [
          "COLUMN_RESERVED",
          `the results would have two '${column.header}' columns`,
          "rename it, so that each column of the results has a name of its own",
        ];
  return [diagnostic("warning", code, message, hint, placeOf(column, at))];
}

function pathMissing(layout: TableLayout, at: Place): Diagnostic {
  const data = layout.own.find(({ header }) => IMAGE_NAME.test(header));
  if (data) {
    const message = `${spot(at)} looks like data: it has ${showValue(data.header)} where the columns' names are expected`;
    const hint = "add a row above it that names the columns, for example: path, name, folder";
    return diagnostic("error", "COLUMN_MISSING", message, hint, {
      ...placeOf(data, at),
      field: "path",
    });
  }
  const headers = layout.own.filter(({ header }) => header.trim() !== "");
  const listed = headers.slice(0, HEADERS_LISTED).map(({ header }) => showValue(header));
  if (headers.length > HEADERS_LISTED) listed.push("…");
  const meant =
    headers.find(({ header }) => lookalikeField(header) === "path") ??
    headers.find(({ header }) => nearest(plainName(header), LIKELY_PATH_HEADERS));
  return diagnostic(
    "error",
    "COLUMN_MISSING",
    `no 'path' column; found ${listed.join(", ")}`,
    meant
      ? `rename ${showValue(meant.header)} to 'path' if it lists the images`
      : "name the column that lists the images 'path'",
    { ...(meant ? placeOf(meant, at) : at), field: "path" },
  );
}

/** A table without a header. */
export function emptyTable(file: string): Diagnostic {
  const message = "the manifest is empty, expected a header row with a 'path' column";
  const hint = "write 'path' into the first line and one image's path into each line below";
  return diagnostic("error", "MANIFEST_EMPTY", message, hint, { file, line: 1 });
}

function headerBelow(above: number, at: Place): Diagnostic[] {
  if (above === 0) return [];
  const what = above === 1 ? "the row above it is" : `the ${above} rows above it are`;
  const message = `the header is ${spot(at)}; ${what} not read`;
  const hint = "name the columns in the first row if they are not titles";
  return [diagnostic("note", "HEADER_BELOW", message, hint, at)];
}

/** `row 3` of a workbook, `line 3` of a text. */
function spot({ file, line = 1 }: Place): string {
  return `${isWorkbookName(file) ? "row" : "line"} ${line}`;
}
