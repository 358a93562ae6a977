import type { CellEdit, ManifestEdit } from "../manifest/edit/manifest-edit.ts";
import { FIELDS, type Field, type Manifest, type ManifestRow } from "../manifest/manifest.ts";
import { plural } from "../report/units.ts";
import { UserError } from "../user-error.ts";
import type { SaveConflicts } from "./api.ts";
import type { SheetState } from "./draft-rows.ts";
import { addressOf, columnKeys, fieldKey, matchRows } from "./match-sheets.ts";

type Conflict = SaveConflicts["conflicts"][number];

/** What the user decided on a cell that both sides changed; undefined: nothing yet. */
export type Decide = (conflict: Conflict) => "yours" | "file" | undefined;

/** What brings the draft's changes into the file as it is now. */
export interface SheetMerge {
  edit: ManifestEdit;
  /** Cells without a decision: until there is one, the edit must not be made. */
  conflicts: Conflict[];
  /** Ids of the file's rows after the edit, in their order; undefined: the row is new to the draft. */
  ids: (number | undefined)[];
  /** What to tell, one sentence each. */
  notes: string[];
}

/** The two sides, and what both began with. */
interface Sides {
  base: SheetState;
  yours: SheetState;
  file: Manifest;
}

/**
 * Merges the draft's changes since `base` into a file that was changed by others: the file's bytes are what is edited.
 * Its rows are matched with those of `base` by address, then by path; the draft's by id. A cell that one side changed is as
 * that side has it; one that both changed differently is a conflict. A row that one side removed and the other changed
 * stays as changed, and is told. `UserError` `SAVE_COLUMN_GONE` where the file lacks a column that the draft wrote into.
 */
export function mergeSheets(sides: Sides, decide: Decide): SheetMerge {
  return new Merging(sides, decide).merge();
}

/** A row of the draft that the file gets at its end. */
interface AddedRow {
  id: number;
  cells: string[];
}

class Merging {
  readonly #file: Manifest;
  readonly #yours: SheetState;
  readonly #decide: Decide;
  readonly #before: ReadonlyMap<number, ManifestRow>;
  readonly #mine: ReadonlyMap<number, ManifestRow>;
  /** Id of the row of `base` or of the draft that each row of the file is. */
  readonly #ids: (number | undefined)[];
  /** Columns that the file gets. */
  readonly #columns: Field[] = [];
  /** The draft's column of each column of the file. */
  readonly #places: (number | undefined)[];
  readonly #cells: CellEdit[] = [];
  readonly #removed: number[] = [];
  readonly #conflicts: Conflict[] = [];
  readonly #notes: string[] = [];
  #othersCells = 0;

  constructor({ base, yours, file }: Sides, decide: Decide) {
    this.#file = file;
    this.#yours = yours;
    this.#decide = decide;
    this.#before = rowsById(base);
    this.#mine = rowsById(yours);
    const rows = base.manifest?.rows ?? [];
    const isSame = ({ path, cells }: ManifestRow) => JSON.stringify([path, cells]);
    const found = matchRows(rows, file.rows, [isSame, addressOf, ({ path }) => path]);
    this.#ids = found.map((place) => (place === undefined ? undefined : base.ids[place]));
    this.#places = this.#matchColumns();
  }

  merge(): SheetMerge {
    const counts = { added: this.#ids.filter((id) => id === undefined).length, gone: 0 };
    for (const [at, row] of this.#file.rows.entries()) this.#takeRow(this.#ids[at], row);
    const added = [...this.#changedRowsGone(), ...this.#newRows()];
    const there = new Set(this.#ids);
    counts.gone = [...this.#before.keys()].filter((id) => !there.has(id)).length;
    const gone = new Set(this.#removed);
    const kept = this.#file.rows.flatMap(({ line }, at) => (gone.has(line) ? [] : [this.#ids[at]]));
    return {
      edit: {
        cells: this.#cells,
        removed: this.#removed,
        columns: this.#columns,
        added: added.map(({ cells }) => cells),
      },
      conflicts: this.#conflicts,
      ids: [...kept, ...added.map(({ id }) => id)],
      notes: [...this.#counted(counts), ...this.#notes],
    };
  }

  /** A row that the file has: as the draft has it too, or without. */
  #takeRow(id: number | undefined, theirs: ManifestRow): void {
    const was = id === undefined ? undefined : this.#before.get(id);
    if (id === undefined || !was) return;
    const mine = this.#mine.get(id);
    if (mine) {
      this.#takeCells(id, was.cells, mine, theirs);
    } else if (this.#isAs(was, theirs)) {
      this.#removed.push(theirs.line);
    } else {
      this.#notes.push(
        `${theirs.path}: you removed this row, but it was changed in the file; it was kept`,
      );
    }
  }

  #isAs(was: ManifestRow, theirs: ManifestRow): boolean {
    return this.#places.every(
      (place, at) => place === undefined || (theirs.cells[at] ?? "") === (was.cells[place] ?? ""),
    );
  }

  #takeCells(id: number, was: readonly string[], mine: ManifestRow, theirs: ManifestRow): void {
    for (const [at, place] of this.#places.entries()) {
      if (place === undefined) continue;
      const texts = {
        was: was[place] ?? "",
        yours: mine.cells[place] ?? "",
        file: theirs.cells[at] ?? "",
      };
      if (!this.#isYours(id, mine, place, texts)) continue;
      this.#cells.push({ line: theirs.line, column: at, text: texts.yours });
    }
  }

  /** Whether a cell of the file is to hold the draft's text. */
  #isYours(
    row: number,
    { path }: ManifestRow,
    column: number,
    texts: Pick<Conflict, "was" | "yours" | "file">,
  ): boolean {
    const { was, yours, file } = texts;
    if (yours === file) return false;
    if (file === was) return true;
    if (yours === was) {
      this.#othersCells += 1;
      return false;
    }
    const header = this.#yours.manifest?.columns[column] ?? "";
    const conflict = { row, column, header, path, ...texts };
    const decision = this.#decide(conflict);
    if (decision === undefined) this.#conflicts.push(conflict);
    return decision === "yours";
  }

  /** Rows that the file has no more, and the draft has changed: they are added to it. */
  #changedRowsGone(): AddedRow[] {
    const there = new Set(this.#ids);
    return [...this.#before].flatMap(([id, was]): AddedRow[] => {
      const mine = there.has(id) ? undefined : this.#mine.get(id);
      if (!mine || mine.cells.every((cell, at) => cell === (was.cells[at] ?? ""))) return [];
      this.#notes.push(
        `${mine.path}: you changed this row, but it was removed from the file; it was added again`,
      );
      return [{ id, cells: this.#inFile(mine.cells) }];
    });
  }

  /** Rows that are new in the draft: where the file has a new one of that address, too, their cells are compared. */
  #newRows(): AddedRow[] {
    const others = new Map<string, number>();
    for (const [at, row] of this.#file.rows.entries()) {
      if (this.#ids[at] === undefined) others.set(addressOf(row), at);
    }
    return [...this.#mine].flatMap(([id, mine]): AddedRow[] => {
      if (this.#before.has(id)) return [];
      const at = others.get(addressOf(mine));
      const theirs = at === undefined ? undefined : this.#file.rows[at];
      if (at === undefined || !theirs) return [{ id, cells: this.#inFile(mine.cells) }];
      others.delete(addressOf(mine));
      this.#ids[at] = id;
      this.#takeCells(id, [], mine, theirs);
      return [];
    });
  }

  /** The draft's cells in the columns of the file. */
  #inFile(cells: readonly string[]): string[] {
    return this.#places.map((place) => (place === undefined ? "" : (cells[place] ?? "")));
  }

  #matchColumns(): (number | undefined)[] {
    const keys = columnKeys(this.#yours.manifest?.columns ?? []);
    const places = columnKeys(this.#file.columns).map((key) => {
      const place = keys.indexOf(key);
      return place === -1 ? undefined : place;
    });
    for (const [place, key] of keys.entries()) {
      if (places.includes(place) || !this.#isWrittenInto(place)) continue;
      const field = FIELDS.find((one) => key === fieldKey(one));
      if (!field) throw columnGone(this.#yours.manifest?.columns[place] ?? "");
      this.#columns.push(field);
      places.push(place);
    }
    return places;
  }

  #isWrittenInto(place: number): boolean {
    return [...this.#mine].some(
      ([id, { cells }]) => (cells[place] ?? "") !== (this.#before.get(id)?.cells[place] ?? ""),
    );
  }

  #counted({ added, gone }: { added: number; gone: number }): string[] {
    const told = [
      [this.#othersCells, "cell", "changed in the file"],
      [added, "row", "added in the file"],
      [gone, "row", "removed in the file"],
    ] as const;
    return told.flatMap(([count, noun, what]) =>
      count === 0 ? [] : [`${plural(count, noun)} ${what} by others`],
    );
  }
}

function rowsById({ manifest, ids }: SheetState): Map<number, ManifestRow> {
  return new Map(manifest?.rows.map((row, index) => [ids[index] ?? 0, row]));
}

function columnGone(header: string): UserError {
  const message = `the file has no column '${header}' any more, and you wrote into it`;
  return new UserError("SAVE_COLUMN_GONE", message, {
    hint: "put the column back into the file, or discard your changes",
  });
}
