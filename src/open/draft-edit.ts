import { basename } from "node:path";
import type { CellEdit, ManifestEdit } from "../manifest/edit/manifest-edit.ts";
import { NEW_ROW_FIELDS, newRowCells } from "../manifest/edit/manifest-edit.ts";
import { fieldsOf } from "../manifest/header.ts";
import type { Field, Manifest } from "../manifest/manifest.ts";
import { plural } from "../report/units.ts";
import { UserError } from "../user-error.ts";
import type { Edits } from "./api.ts";

/** A row as an edit means it to be. */
export interface MeantRow {
  id: number;
  cells: string[];
  /** Positions that were set. */
  set: Set<number>;
}

/** What ops come to: the edit of the file, and the rows that must be read back. */
export interface MeantEdit {
  edit: ManifestEdit;
  rows: readonly MeantRow[];
}

type Op = Edits["ops"][number];

/** What ops, made one after the other, mean for a sheet; a `UserError` where one names what is not there. */
export function meantBy(
  ops: readonly Op[],
  state: { manifest: Manifest; ids: readonly number[] },
  newId: () => number,
): MeantEdit {
  const meaning = new Meaning(state, newId);
  for (const op of ops) meaning.take(op);
  return meaning.finish();
}

class Meaning {
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

  take(op: Op): void {
    switch (op.op) {
      case "set":
        this.#set(op.row, op.column, op.text.replace(/\r\n?/g, "\n"));
        break;
      case "remove":
        for (const id of op.rows) this.#remove(id);
        break;
      case "add":
        for (const row of op.rows) this.#add(row);
        break;
      case "add-column":
        this.#addColumn(op.field);
    }
  }

  finish(): MeantEdit {
    for (const row of [...this.#rows.values()]) this.#removeIfEmpty(row);
    const kept = [...this.#rows.values()];
    const cells = kept.flatMap(({ id, cells: texts, set }): CellEdit[] =>
      [...set].map((column) => ({
        line: this.#lines.get(id) ?? 0,
        column,
        text: texts[column] ?? "",
      })),
    );
    const width = this.#width;
    const rows = [...kept, ...this.#added];
    for (const row of rows) while (row.cells.length < width) row.cells.push("");
    const added = this.#added.map((row) => row.cells);
    return { edit: { cells, removed: this.#removed, columns: this.#columns, added }, rows };
  }

  get #headers(): string[] {
    return [...this.#manifest.columns, ...this.#columns];
  }

  get #width(): number {
    return this.#manifest.columns.length + this.#columns.length;
  }

  #set(id: number, column: number, text: string): void {
    const row = this.#rows.get(id);
    if (!row || column >= this.#width) throw notThere();
    const was = row.cells[column] ?? "";
    if (was === text) return;
    row.cells[column] = text;
    row.set.add(column);
  }

  #remove(id: number): void {
    const line = this.#lines.get(id);
    if (line === undefined || !this.#rows.delete(id)) throw notThere();
    this.#removed.push(line);
  }

  /** A row without any text reads as none: it goes whole, and leaves no line of commas. */
  #removeIfEmpty({ id, cells, set }: MeantRow): void {
    const { format, hasResults } = this.#manifest;
    if (set.size === 0 || format === "yaml" || hasResults === true) return;
    if (cells.every((cell) => cell.trim() === "")) this.#remove(id);
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
    const cells = newRowCells(this.#headers, row);
    this.#added.push({ id: this.#newId(), cells, set: new Set(cells.keys()) });
  }

  #addColumn(field: Field): void {
    if (fieldsOf(this.#headers)[field] !== undefined) {
      throw new UserError("EDIT_COLUMN_THERE", `the sheet has a column for the ${field}`, {
        hint: "write into that one",
      });
    }
    this.#columns.push(field);
  }
}

function notThere(): UserError {
  return new UserError("STALE", "the row or column is not in the sheet any more", {
    hint: "reload the page to see the sheet as it is now",
  });
}

/**
 * The ids of the rows that were read back, which must be those that were meant, but for cells that were set and are shown in
 * another way, and rows of a workbook in which nothing is left that is read. A `UserError` where they are not.
 */
export function idsOfMeant(
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
