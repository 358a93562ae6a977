import type {
  Edits,
  GridColumn,
  GridRow,
  SheetChange,
  SheetDocument,
} from "../../../open/sheet-api.ts";

/** The open spreadsheet as the page has it. Never changed in place: a change makes a new one. */
export interface Sheet extends SheetDocument {
  /** Index in `rows` of each row, by its id. */
  places: ReadonlyMap<number, number>;
}

export type Op = Edits["ops"][number];

/** The sheet with the index of its rows. */
export function toSheet(document: SheetDocument): Sheet {
  return { ...document, places: placesOf(document.rows) };
}

/**
 * The sheet after a change that the server made. Undefined where the change is of another revision than the sheet:
 * it must be fetched anew.
 */
export function applyChange(sheet: Sheet, change: SheetChange): Sheet | undefined {
  if (change.base !== sheet.head.revision) return undefined;
  const changed = new Map(change.changed.map((row) => [row.id, row]));
  const old = change.order ?? sheet.rows.map(({ id }) => id);
  const rows: GridRow[] = [];
  for (const [index, id] of old.entries()) {
    const row = changed.get(id) ?? rowOf(sheet, id);
    if (row === undefined) return undefined;
    const line = change.lines?.[index] ?? row.line;
    rows.push(line === row.line ? row : { ...row, line });
  }
  const columns = change.columns ?? sheet.columns;
  const places = change.order ? placesOf(rows) : sheet.places;
  return { ...sheet, head: change.head, columns, rows, places };
}

/** The sheet as it will be once the server has made these edits, as far as the page can tell. */
export function applyOps(sheet: Sheet, ops: readonly Op[]): Sheet {
  const rows = [...sheet.rows];
  const removed = new Set<number>();
  for (const op of ops) {
    if (op.op === "remove") for (const id of op.rows) removed.add(id);
    if (op.op !== "set") continue;
    const place = sheet.places.get(op.row);
    const row = place === undefined ? undefined : rows[place];
    if (place === undefined || row === undefined) continue;
    rows[place] = withCell(row, op.column, op.text, sheet.columns);
  }
  if (removed.size === 0) return { ...sheet, rows };
  const kept = rows.filter(({ id }) => !removed.has(id));
  return { ...sheet, rows: kept, places: placesOf(kept) };
}

/** The row with that id. */
export function rowOf(sheet: Sheet, id: number): GridRow | undefined {
  const place = sheet.places.get(id);
  return place === undefined ? undefined : sheet.rows[place];
}

/** The last part of a path. */
export function fileNameOf(path: string): string {
  return path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
}

function placesOf(rows: readonly GridRow[]): ReadonlyMap<number, number> {
  return new Map(rows.map(({ id }, index) => [id, index]));
}

function withCell(
  row: GridRow,
  column: number,
  text: string,
  columns: readonly GridColumn[],
): GridRow {
  const cells = [...row.cells];
  while (cells.length <= column) cells.push("");
  cells[column] = text;
  const field = columns.find(({ index }) => index === column)?.field;
  if (field === "path") return { ...row, cells, path: text, name: nameAfter(row, text) };
  if (field === "name") return { ...row, cells, name: text || fileNameOf(row.path) };
  if (field === "folder" && text !== "") return { ...row, cells, folder: text };
  return { ...row, cells };
}

/** A name that was the file's follows the path. */
function nameAfter({ name, path }: GridRow, newPath: string): string {
  return name === fileNameOf(path) ? fileNameOf(newPath) : name;
}
