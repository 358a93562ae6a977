import { basename } from "node:path";
import { DELIMITERS, readFirstRecord } from "./csv-records.ts";
import { type Diagnostic, diagnostic, type Place, type Repair, showValue } from "./diagnostic.ts";
import type { TableLayout } from "./header.ts";
import type { ContentType } from "./image.ts";
import {
  DEFAULT_FOLDER,
  type Delimiter,
  type Field,
  isGraphicId,
  type ManifestRow,
  type PriorResult,
  type ResultColumn,
} from "./manifest.ts";
import { unguardFormula } from "./text-encoding.ts";

interface Table {
  file: string;
  layout: TableLayout;
  defaultFolder: string | undefined;
  /** What divides the cells of a CSV; a workbook has none. */
  delimiter?: Delimiter;
}

/**
 * Reads the record that starts at `line`. No row: the record holds no text, or too many cells to know which belongs
 * to which column.
 */
export function readTableRow(
  table: Table,
  record: readonly string[],
  line: number,
): { row: ManifestRow | undefined; found: Diagnostic[] } {
  const { layout, file } = table;
  if (record.every(isBlank)) return { row: undefined, found: [] };
  const cells = layout.guarded ? record.map(unguardFormula) : record;
  const found = cells.length === layout.width ? [] : [wrongCellCount(table, cells, line)];
  if (cells.length > layout.width) return { row: undefined, found };
  const prior = layout.results && parsePrior(cells, layout.results, { file, line });
  const isPrior = prior !== undefined && "uploadedAt" in prior;
  if (prior && !isPrior) found.push(prior);
  const { fields, own, results } = layout;
  const row = buildRow(
    {
      line,
      cells: own.map(({ index }) => cells[index] ?? ""),
      prior: isPrior ? prior : undefined,
      idColumn: results?.graphicId === undefined ? undefined : results.graphicId + 1,
    },
    (field) => {
      const index = fields[field];
      return index === undefined ? undefined : { text: cells[index] ?? "", column: index + 1 };
    },
    { folder: table.defaultFolder },
  );
  return { row, found };
}

function isBlank(cell: string): boolean {
  return cell === "" || cell.trim() === "";
}

/** A cell of a row, and its 1-based position in it. */
type Cell = { text: string; column: number } | undefined;

/** A row of what its fields hold, whatever the format; a field of blanks counts as empty. */
export function buildRow(
  what: Pick<ManifestRow, "line" | "cells" | "prior"> & { idColumn?: number | undefined },
  cellOf: (field: Field) => Cell,
  defaults: { folder?: string | undefined; contentType?: string | undefined },
): ManifestRow {
  const { line, cells, prior, idColumn } = what;
  const pathCell = cellOf("path");
  const [name, contentType, folder] = [cellOf("name"), cellOf("contentType"), cellOf("folder")];
  const path = textOf(pathCell);
  return {
    line,
    cells,
    path,
    name: textOf(name) || basename(path),
    contentType: typeMeant(textOf(contentType)) || defaults.contentType,
    folder: textOf(folder) || defaults.folder || DEFAULT_FOLDER,
    prior,
    columnOf: {
      path: pathCell?.column,
      name: filledColumn(name),
      contentType: filledColumn(contentType),
      folder: filledColumn(folder),
      graphicId: idColumn,
    },
  };
}

/** What people write for the types the service takes. */
const TYPE_NAMES: ReadonlyMap<string, ContentType> = new Map([
  ["png", "image/png"],
  ["x-png", "image/png"],
  ["jpg", "image/jpeg"],
  ["jpeg", "image/jpeg"],
  ["jpe", "image/jpeg"],
  ["pjpeg", "image/jpeg"],
  ["gif", "image/gif"],
]);

/** A content type as the service writes it, where it is one of its types; else as written, in lower case. */
export function typeMeant(text: string): string {
  const written = text.trim().toLowerCase();
  return TYPE_NAMES.get(written.replace(/^image\/|^\./, "")) ?? written;
}

function textOf(cell: Cell): string {
  return cell && !isBlank(cell.text) ? cell.text : "";
}

function filledColumn(cell: Cell): number | undefined {
  return textOf(cell) === "" ? undefined : cell?.column;
}

function wrongCellCount(
  { file, layout: { width, own, fields }, delimiter }: Table,
  cells: readonly string[],
  line: number,
): Diagnostic {
  const few = cells.length < width;
  const index = few ? cells.length : width;
  const extra = few ? "" : `, the first too many is ${showValue(cells[width] ?? "")}`;
  const found = diagnostic(
    "error",
    few ? "ROW_TOO_FEW_CELLS" : "ROW_TOO_MANY_CELLS",
    `the row has ${cells.length} ${cells.length === 1 ? "cell" : "cells"}, the header has ${width}${extra}`,
    "give the row as many cells as the header, and put a cell that holds the delimiter in double quotes",
    {
      file,
      line,
      column: index + 1,
      field: own.find((column) => column.index === index)?.header,
      value: few ? undefined : cells[width],
    },
  );
  if (!delimiter) return found;
  const meantRow = pathJoined(cells, delimiter, width, fields.path ?? 0);
  return { ...found, ...divideAnew(cells, delimiter, width), ...(few ? {} : { meantRow }) };
}

/** The row with the cells that are too many taken for the rest of its path. */
function pathJoined(
  cells: readonly string[],
  delimiter: Delimiter,
  width: number,
  at: number,
): NonNullable<Diagnostic["meantRow"]> {
  const path = cells.slice(at, at + 1 + cells.length - width).join(delimiter);
  const meant = [...cells.slice(0, at), path, ...cells.slice(at + 1 + cells.length - width)];
  return { path, cells: meant, was: cells.join(delimiter) };
}

const SHA256 = /^[0-9a-f]{64}$/i;
/** Scheme and the beginning of a host; whether it is this service's is for the plan. */
const WEB_URL = /^https?:\/\/[^\s/]/i;

/** What is to be emptied where the user wants a new graphic. */
const SEND_AGAIN = "all results columns of the row to upload the image again";

/**
 * What an earlier run wrote into a row's results columns. A row that carries an id is either adopted or an
 * error: taking it for a new one would upload its image a second time.
 */
function parsePrior(
  cells: readonly string[],
  results: NonNullable<TableLayout["results"]>,
  at: { file: string; line: number },
): PriorResult | Diagnostic | undefined {
  const cell = (column: ResultColumn) => cells[results[column] ?? -1]?.trim() ?? "";
  const [graphicId, sha256, url] = [cell("graphicId"), cell("sha256"), cell("url")];
  const placeOf = (column: ResultColumn) => {
    return { ...at, column: (results[column] ?? 0) + 1, field: column };
  };
  const malformed = (column: ResultColumn, expected: string, otherwise: string) => {
    const value = cell(column);
    const message = `the ${column} ${showValue(value)} is not one, expected ${expected}`;
    const hint = `put back the ${column === "graphicId" ? "id" : column} of the results file, or empty ${otherwise}`;
    const place = { ...placeOf(column), value };
    return diagnostic("error", "PRIOR_GRAPHIC_ID_MALFORMED", message, hint, place);
  };
  // A spreadsheet may have put a capital in front.
  const [status, library] = [cell("status").toLowerCase(), cell("library")];
  const rest = { status, url, library, uploadedAt: cell("uploadedAt"), error: cell("error") };
  if (graphicId === "") {
    const sent = SHA256.test(sha256) ? sha256.toLowerCase() : null;
    if (status === "unknown") return { ...rest, graphicId: null, sha256: sent };
    const hadId = sent !== null && (status === "uploaded" || rest.uploadedAt !== "");
    return hadId ? idMissing(placeOf("graphicId")) : undefined;
  }
  if (!isGraphicId(graphicId)) {
    return malformed("graphicId", "IM_ and 11 to 15 letters or digits", SEND_AGAIN);
  }
  if (!SHA256.test(sha256)) {
    return malformed("sha256", "64 hexadecimal digits beside a graphicId", SEND_AGAIN);
  }
  if (url !== "" && !WEB_URL.test(url)) {
    return malformed("url", "https:// and what follows beside a graphicId", "the cell");
  }
  return { ...rest, graphicId, sha256: sha256.toLowerCase() };
}

/** Of a row that was uploaded: without its id it would be uploaded again. */
function idMissing(place: Place): Diagnostic {
  const message = "the row was uploaded, but its graphicId is empty";
  const hint =
    "copy the id back from the end of the row's url; to upload the image again, empty all results columns of the row";
  return diagnostic("error", "PRIOR_GRAPHIC_ID_MISSING", message, hint, place);
}

/**
 * What mends a row that was divided by another delimiter than the header, or put into quotes as a whole, as programs
 * with other settings leave them. Undefined where none, or more than one, gives as many cells as the header has.
 */
export function divideAnew(
  cells: readonly string[],
  delimiter: Delimiter,
  width: number,
): { hint: string; repair: Repair } | undefined {
  if (width < 2) return undefined;
  const was = cells.join(delimiter);
  const text = Buffer.from(was);
  const divided = DELIMITERS.flatMap((one) => {
    if ((one === delimiter && cells.length > 1) || was.split(one).length < width) return [];
    const record = readFirstRecord(text, one, { offset: 0, line: 1 });
    const isWhole = "cells" in record && record.next.offset === text.length;
    return isWhole && record.cells.length === width ? [record.cells] : [];
  });
  const [meant] = divided;
  if (!meant || divided.length > 1) return undefined;
  const hint = `divide the row as the header is: ${meant.map(showValue).join(" | ")}`;
  return { hint, repair: { kind: "row", cells: meant, was } };
}
