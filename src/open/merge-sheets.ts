import { FIELDS, type Manifest, type ManifestRow } from "../manifest/manifest.ts";
import { plural } from "../report/units.ts";
import { UserError } from "../user-error.ts";
import { MeantEdit } from "./draft-edit.ts";
import type { SaveConflicts } from "./sheet-api.ts";
import { addressOf, columnKeys, fieldKey, matchRows, type SheetState } from "./sheet-state.ts";

type Conflict = SaveConflicts["conflicts"][number];

/** What the user decided on a cell that both sides changed; undefined: nothing yet. */
export type Decide = (conflict: Conflict) => "yours" | "file" | undefined;

/** What brings the draft's changes into the file as it is now. */
interface SheetMerge {
  edit: MeantEdit;
  /** Cells without a decision: until there is one, the edit must not be made. */
  conflicts: Conflict[];
  /** What to tell, one sentence each. */
  notes: string[];
}

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
export function mergeSheets(sides: Sides, decide: Decide, newId: () => number): SheetMerge {
  return new Merging(sides, decide, newId).merge();
}

class Merging {
  readonly #file: Manifest;
  readonly #yours: SheetState;
  readonly #decide: Decide;
  readonly #before: ReadonlyMap<number, ManifestRow>;
  readonly #mine: ReadonlyMap<number, ManifestRow>;
  /** Id of the row of `base` or of the draft that each row of the file is, or a new one. */
  readonly #ids: readonly number[];
  readonly #edit: MeantEdit;
  /** The draft's column of each column of the file. */
  readonly #places: readonly (number | undefined)[];
  readonly #conflicts: Conflict[] = [];
  readonly #notes: string[] = [];
  readonly #counts: { cells: number; added: number; gone: number };

  constructor({ base, yours, file }: Sides, decide: Decide, newId: () => number) {
    this.#file = file;
    this.#yours = yours;
    this.#decide = decide;
    this.#before = rowsById(base);
    this.#mine = rowsById(yours);
    const rows = base.manifest?.rows ?? [];
    const isSame = ({ path, cells }: ManifestRow) => JSON.stringify([path, cells]);
    const found = matchRows(rows, file.rows, [isSame, addressOf, ({ path }) => path]);
    const known = found.map((place) => (place === undefined ? undefined : base.ids[place]));
    const there = new Set(known);
    const gone = [...this.#before.keys()].filter((id) => !there.has(id)).length;
    this.#counts = { cells: 0, added: known.filter((id) => id === undefined).length, gone };
    this.#ids = this.#withNewRows(known).map((id) => id ?? newId());
    this.#edit = new MeantEdit({ manifest: file, ids: this.#ids }, newId);
    this.#places = this.#matchColumns();
  }

  merge(): SheetMerge {
    for (const [at, row] of this.#file.rows.entries()) this.#takeRow(this.#ids[at] ?? 0, row);
    this.#addRows();
    return {
      edit: this.#edit,
      conflicts: this.#conflicts,
      notes: [...this.#counted(), ...this.#notes],
    };
  }

  /** Where the file has a new row of the address of one that is new in the draft, it is that one. */
  #withNewRows(ids: readonly (number | undefined)[]): readonly (number | undefined)[] {
    const others = new Map<string, number>();
    for (const [at, row] of this.#file.rows.entries()) {
      if (ids[at] === undefined) others.set(addressOf(row), at);
    }
    const found = [...ids];
    for (const [id, row] of this.#mine) {
      const at = this.#before.has(id) ? undefined : others.get(addressOf(row));
      if (at === undefined) continue;
      others.delete(addressOf(row));
      found[at] = id;
    }
    return found;
  }

  /** A row that the file has: as the draft has it too, or without. */
  #takeRow(id: number, theirs: ManifestRow): void {
    const was = this.#before.get(id);
    const mine = this.#mine.get(id);
    if (mine) {
      this.#takeCells(id, was?.cells ?? [], mine, theirs);
    } else if (was && this.#isAs(was, theirs)) {
      this.#edit.remove(id);
    } else if (was) {
      this.#notes.push(
        `${theirs.path}: you removed this row, but it was changed in the file; it was kept`,
      );
    }
  }

  /** A column that only the file has was empty in the row that it was. */
  #isAs(was: ManifestRow, theirs: ManifestRow): boolean {
    return this.#places.every((place, at) => {
      const text = place === undefined ? "" : was.cells[place];
      return (theirs.cells[at] ?? "") === (text ?? "");
    });
  }

  #takeCells(id: number, was: readonly string[], mine: ManifestRow, theirs: ManifestRow): void {
    for (const [at, place] of this.#places.entries()) {
      if (place === undefined) continue;
      const texts = {
        was: was[place] ?? "",
        yours: mine.cells[place] ?? "",
        file: theirs.cells[at] ?? "",
      };
      if (this.#isYours(id, mine, place, texts)) this.#edit.set(id, at, texts.yours);
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
      this.#counts.cells += 1;
      return false;
    }
    const header = this.#yours.manifest?.columns[column] ?? "";
    const conflict = { row, column, header, path, ...texts };
    const decision = this.#decide(conflict);
    if (decision === undefined) this.#conflicts.push(conflict);
    return decision === "yours";
  }

  /** Rows that the file has no more, and the draft has changed, and those that are new in the draft. */
  #addRows(): void {
    const there = new Set(this.#ids);
    for (const id of new Set([...this.#before.keys(), ...this.#mine.keys()])) {
      const was = this.#before.get(id);
      const mine = there.has(id) ? undefined : this.#mine.get(id);
      if (!mine) continue;
      if (was && mine.cells.every((cell, at) => cell === (was.cells[at] ?? ""))) continue;
      if (was) {
        this.#notes.push(
          `${mine.path}: you changed this row, but it was removed from the file; it was added again`,
        );
      }
      this.#edit.append(id, this.#inFile(mine.cells));
    }
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
      if (!field) {
        const header = this.#yours.manifest?.columns[place] ?? "";
        const message = `the file has no column '${header}' any more, and you wrote into it`;
        throw new UserError("SAVE_COLUMN_GONE", message, {
          hint: "put the column back into the file, or discard your changes",
        });
      }
      this.#edit.addColumn(field);
      places.push(place);
    }
    return places;
  }

  #isWrittenInto(place: number): boolean {
    return [...this.#mine].some(
      ([id, { cells }]) => (cells[place] ?? "") !== (this.#before.get(id)?.cells[place] ?? ""),
    );
  }

  #counted(): string[] {
    const { cells, added, gone } = this.#counts;
    const told = [
      [cells, "cell", "changed in the file"],
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
