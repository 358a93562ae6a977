import { basename } from "node:path";
import { editWorkbookRows, editYamlRows } from "../manifest/edit/edit-few-rows.ts";
import { editManifest } from "../manifest/edit/edit-manifest.ts";
import {
  type CellEdit,
  type ManifestEdit,
  NEW_ROW_FIELDS,
  newRowCells,
} from "../manifest/edit/manifest-edit.ts";
import { fieldsOf } from "../manifest/header.ts";
import type { Field, Manifest, ManifestOptions } from "../manifest/manifest.ts";
import { plural } from "../report/units.ts";
import { UserError } from "../user-error.ts";
import type { Edits } from "./sheet-api.ts";
import { isSameRow, type ParsedSheet, parseSheet, type SheetState } from "./sheet-state.ts";

/** A row as an edit means it to be. */
interface MeantRow {
  id: number;
  cells: string[];
  set: Set<number>;
}

/**
 * What changes, made one after the other, mean for a sheet; a `UserError` where one names what is not there. Nothing is
 * edited before `make`.
 */
export class MeantEdit {
  readonly #manifest: Manifest;
  readonly #newId: () => number;
  readonly #rows = new Map<number, MeantRow>();
  readonly #lines = new Map<number, number>();
  readonly #removed: number[] = [];
  readonly #added: MeantRow[] = [];
  readonly #columns: Field[] = [];

  constructor(
    { manifest, ids }: { manifest: Manifest; ids: readonly number[] },
    newId: () => number,
  ) {
    this.#manifest = manifest;
    this.#newId = newId;
    for (const [index, { line, cells }] of manifest.rows.entries()) {
      const id = ids[index] ?? 0;
      this.#rows.set(id, { id, cells: [...cells], set: new Set() });
      this.#lines.set(id, line);
    }
  }

  take(op: Edits["ops"][number]): void {
    switch (op.op) {
      case "set":
        this.set(op.row, op.column, op.text.replace(/\r\n?/g, "\n"));
        break;
      case "remove":
        for (const id of op.rows) this.remove(id);
        break;
      case "add":
        for (const row of op.rows) this.#add(row);
        break;
      case "add-column":
        this.addColumn(op.field);
    }
  }

  set(id: number, column: number, text: string): void {
    const row = this.#rows.get(id);
    if (!row || column >= this.#headers.length) throw notThere();
    const was = row.cells[column] ?? "";
    if (was === text) return;
    row.cells[column] = text;
    row.set.add(column);
  }

  remove(id: number): void {
    const line = this.#lines.get(id);
    if (line === undefined || !this.#rows.delete(id)) throw notThere();
    this.#removed.push(line);
  }

  append(id: number, cells: string[]): void {
    this.#added.push({ id, cells, set: new Set(cells.keys()) });
  }

  addColumn(field: Field): void {
    if (fieldsOf(this.#headers)[field] !== undefined) {
      throw new UserError("EDIT_COLUMN_THERE", `the sheet has a column for the ${field}`, {
        hint: "write into that one",
      });
    }
    this.#columns.push(field);
  }

  /**
   * Makes the edit and reads what comes of it: of a long sheet the rows that it touches alone, where its format lets us; of
   * others all. `UserError`s as `editManifest`, or where the file cannot be edited at all.
   */
  async make(
    bytes: Uint8Array,
    options: ManifestOptions,
  ): Promise<{ state: SheetState; notes: string[] }> {
    const { edit, rows } = this.#finish();
    const manifest = this.#manifest;
    const editRows = manifest.workbook ? editWorkbookRows : editYamlRows;
    const few = editRows(manifest, bytes, edit, options);
    const read = few ? { ...few, problem: null } : await this.#makeWhole(bytes, edit, options);
    const { ids, notes } = idsOfMeant(rows, read.manifest);
    return { state: { ...read, ids }, notes };
  }

  async #makeWhole(
    bytes: Uint8Array,
    edit: ManifestEdit,
    options: ManifestOptions,
  ): Promise<ParsedSheet> {
    const edited = editManifest(this.#manifest, bytes, edit);
    if (!edited) throw notKept();
    const read = await parseSheet(this.#manifest.file, edited, options);
    return read.manifest
      ? { ...read, manifest: withKnownRows(read.manifest, this.#manifest) }
      : read;
  }

  #finish(): { edit: ManifestEdit; rows: readonly MeantRow[] } {
    for (const row of [...this.#rows.values()]) this.#removeIfEmpty(row);
    const kept = [...this.#rows.values()];
    const cells = kept.flatMap(({ id, cells: texts, set }): CellEdit[] =>
      [...set].map((column) => ({
        line: this.#lines.get(id) ?? 0,
        column,
        text: texts[column] ?? "",
      })),
    );
    const width = this.#headers.length;
    const rows = [...kept, ...this.#added];
    for (const row of rows) while (row.cells.length < width) row.cells.push("");
    const added = this.#added.map((row) => row.cells);
    return { edit: { cells, removed: this.#removed, columns: this.#columns, added }, rows };
  }

  get #headers(): string[] {
    return [...this.#manifest.columns, ...this.#columns];
  }

  /** A row without any text reads as none: it goes whole, and leaves no line of commas. */
  #removeIfEmpty({ id, cells, set }: MeantRow): void {
    const { format, hasResults } = this.#manifest;
    if (set.size === 0 || format === "yaml" || hasResults === true) return;
    if (cells.every((cell) => cell.trim() === "")) this.remove(id);
  }

  #add(row: { path: string; name: string; folder: string }): void {
    if (row.path.trim() === "") {
      throw new UserError("EDIT_NO_PATH", "a row without a path cannot be added", {
        hint: "name the image that it is for",
      });
    }
    for (const field of NEW_ROW_FIELDS) {
      const isNeeded = row[field] !== "" && !(field === "name" && row.name === basename(row.path));
      if (isNeeded && field !== "path" && fieldsOf(this.#headers)[field] === undefined) {
        this.#columns.push(field);
      }
    }
    this.append(this.#newId(), newRowCells(this.#headers, row));
  }
}

function notThere(): UserError {
  return new UserError("STALE", "the row or column is not in the sheet any more", {
    hint: "reload the page to see the sheet as it is now",
  });
}

/** The rows that are as they were are the same objects: states that undo keeps share them. */
function withKnownRows(manifest: Manifest, before: Manifest): Manifest {
  const known = new Map(before.rows.map((row) => [row.line, row]));
  const rows = manifest.rows.map((row) => {
    const was = known.get(row.line);
    return was && isSameRow(was, row) ? was : row;
  });
  return { ...manifest, rows };
}

/**
 * The ids of the rows that were read back, which must be those that were meant, but for cells that were set and are shown in
 * another way, and rows of a workbook in which nothing is left that is read. A `UserError` where they are not.
 */
function idsOfMeant(
  meant: readonly MeantRow[],
  manifest: Manifest | undefined,
): { ids: number[]; notes: string[] } {
  if (!manifest) throw notKept();
  const { rows, format } = manifest;
  const isWorkbook = format === "xlsx";
  const ids: number[] = [];
  let shownElse = 0;
  for (const row of meant) {
    const found = rows[ids.length];
    const differing = found && differences(row, found.cells);
    if (differing === undefined) {
      if (row.set.size === 0 || !isWorkbook) throw notKept();
      continue;
    }
    if (differing > 0 && !isWorkbook) throw notKept();
    shownElse += differing;
    ids.push(row.id);
  }
  if (ids.length !== rows.length) throw notKept();
  const what = `${plural(shownElse, "cell")} reads as the cell's format shows it`;
  return { ids, notes: shownElse === 0 ? [] : [what] };
}

/** How many of the cells that were set differ; undefined: another does. */
function differences(row: MeantRow, cells: readonly string[]): number | undefined {
  if (row.cells.length !== cells.length) return undefined;
  let count = 0;
  for (const [column, text] of row.cells.entries()) {
    if (text === cells[column]) continue;
    if (!row.set.has(column)) return undefined;
    count += 1;
  }
  return count;
}

/** An edit that the file does not take without changing something else. */
export function notKept(): UserError {
  return new UserError("EDIT_NOT_KEPT", "this change would also change other rows of the file", {
    hint: "correct the errors in the sheet first, or make the change in the program it comes from",
  });
}
