import type { Field } from "../../../manifest/manifest.ts";
import type { GridColumn, GridRow, ValidationDocument } from "../../../open/sheet-api.ts";
import { formatBytes } from "../../../report/units.ts";
import { typeName } from "../../shared/type-name.ts";
import type { Op, Sheet } from "../state/sheet.ts";

/** What is known of a row's image. */
export type KnownImage = ValidationDocument["images"][number];

/** A column as the grid shows it. */
export interface ViewColumn {
  key: string;
  header: string;
  /** Position in `GridRow.cells`; null: not a column of the sheet (yet). */
  index: number | null;
  /** The field it fills or would fill; null: the user's own, or something about the image. */
  field: Field | null;
  isEditable: boolean;
  /** What it shows of the image, where it is not a cell of the sheet; `image`: its thumbnail and its line. */
  about: "image" | "size" | "dimensions" | null;
  /** In pixels; the grid gives what is left over to names and paths. */
  widthPx: number;
}

const FIELD_ORDER: readonly Field[] = ["name", "folder", "path", "contentType"];
const MISSING_HEADER: Readonly<Record<Field, string>> = {
  name: "name",
  folder: "folder",
  path: "path",
  contentType: "type",
};
const FIELD_WIDTH_PX: Readonly<Record<Field, number>> = {
  name: 200,
  folder: 140,
  path: 220,
  contentType: 92,
};

/**
 * The sheet's columns in the grid's order: name, folder, path, type, the user's own, what is known of the image.
 * A field that the sheet has no column for is there, too: its first edit adds the column.
 */
export function viewColumns({ columns, rows }: Sheet): ViewColumn[] {
  const fields = FIELD_ORDER.map((field) => {
    const column = columns.find((one) => one.field === field);
    return column ? fromSheet(column, FIELD_WIDTH_PX[field]) : missing(field);
  });
  const own = columns
    .filter(({ field }) => field === null)
    .map((column) => fromSheet(column, ownWidthPx(column, rows)));
  return [
    aboutImage("image", "line", 104 + 8 * String(rows.length + 1).length),
    ...fields,
    ...own,
    aboutImage("dimensions", "dimensions", 110),
    aboutImage("size", "size", 80),
  ];
}

function fromSheet(column: GridColumn, widthPx: number): ViewColumn {
  const { index, header, field } = column;
  return { key: `c${index}`, header, index, field, isEditable: true, about: null, widthPx };
}

function missing(field: Field): ViewColumn {
  const header = MISSING_HEADER[field];
  const widthPx = FIELD_WIDTH_PX[field];
  const isEditable = field !== "path";
  return { key: field, header, index: null, field, isEditable, about: null, widthPx };
}

function aboutImage(
  about: "image" | "size" | "dimensions",
  header: string,
  widthPx: number,
): ViewColumn {
  return { key: about, header, index: null, field: null, isEditable: false, about, widthPx };
}

/** Of a digit in a wide font. */
const CHARACTER_PX = 8.6;
const ROWS_MEASURED = 200;

function ownWidthPx({ index, header }: GridColumn, rows: readonly GridRow[]): number {
  const lengths = rows.slice(0, ROWS_MEASURED).map(({ cells }) => cells[index]?.length ?? 0);
  const longest = Math.max(header.length + 2, ...lengths);
  return Math.round(Math.min(260, Math.max(80, longest * CHARACTER_PX + 20)));
}

/** The cell's own text, as it is copied and edited. */
export function cellText(row: GridRow, column: ViewColumn, image: KnownImage | undefined): string {
  if (column.about === "image") return String(row.line);
  if (column.about === "size") return image ? formatBytes(image.sizeBytes) : "";
  if (column.about === "dimensions") return image ? `${image.widthPx} × ${image.heightPx}` : "";
  return column.index === null ? "" : (row.cells[column.index] ?? "");
}

/** What counts where the cell is empty: the file's name, the default folder, the image's type. */
export function ghostText(row: GridRow, column: ViewColumn, image: KnownImage | undefined): string {
  if (column.field === "name") return row.name;
  if (column.field === "folder") return row.folder;
  if (column.field === "contentType") return image ? typeName(image.type) : "";
  return "";
}

/** A cell that is to hold a text. */
export interface CellEdit {
  row: GridRow;
  column: ViewColumn;
  text: string;
}

/** The edits that differ from what is there, as the server takes them; columns that are missing are added first. */
export function opsOf(sheet: Sheet, edits: readonly CellEdit[]): Op[] {
  const wanted = edits.filter(
    ({ row, column, text }) => column.isEditable && cellText(row, column, undefined) !== text,
  );
  const added = new Map<Field, number>();
  let next = Math.max(-1, ...sheet.columns.map(({ index }) => index)) + 1;
  const ops: Op[] = [];
  for (const { column } of wanted) {
    const { index, field } = column;
    if (index !== null || field === null || field === "path" || added.has(field)) continue;
    added.set(field, next);
    next += 1;
    ops.push({ op: "add-column", field });
  }
  for (const { row, column, text } of wanted) {
    const index = column.index ?? (column.field && added.get(column.field));
    if (index != null) ops.push({ op: "set", row: row.id, column: index, text });
  }
  return ops;
}
