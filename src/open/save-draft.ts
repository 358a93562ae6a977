import { existsSync } from "node:fs";
import { readManifestBytes } from "../files/read-file.ts";
import { replaceFile } from "../files/replace-file.ts";
import { UserError } from "../user-error.ts";
import type { Draft } from "./draft.ts";
import { type Decide, mergeSheets } from "./merge-sheets.ts";
import type { SaveConflicts, SaveWanted, SheetChange } from "./sheet-api.ts";
import { parseSheet, type SheetState } from "./sheet-state.ts";

type Conflict = SaveConflicts["conflicts"][number];

/** What the user decided on a cell that was changed here and in the file. */
export type Decision = SaveWanted["conflicts"][number];

/** What is to be written, or what must be decided first. */
type Plan = { state: SheetState; notes: string[] } | { conflicts: Conflict[] };

const MOST_TRIES = 5;

/**
 * Saves a draft over the bytes that it began with, and merges it with whatever else the file holds by now
 * (`mergeSheets`): nothing that others wrote is ever overwritten.
 */
export class DraftSaver {
  readonly #draft: Draft;
  readonly #path: string;
  #hasToldOfFormulas = false;
  #shown: readonly Conflict[] = [];

  /** `path`: of the file, absolute. */
  constructor(draft: Draft, path: string) {
    this.#draft = draft;
    this.#path = path;
  }

  /**
   * Writes the draft. Where the same cells were changed in the file, nothing is written and they are given; call it again with
   * the decisions. A decision counts for the conflict that was shown, not for one whose texts have changed since. The
   * draft must not change meanwhile. `UserError`s: `STALE`; `SAVE_FILE_UNREADABLE`,
   * `SAVE_COLUMN_GONE`, `EDIT_…` where the file cannot be merged with; `WRITE_…` of `replaceFile`.
   */
  async save(
    base: number,
    decisions: readonly Decision[] = [],
  ): Promise<SheetChange | SaveConflicts> {
    this.#draft.expectRevision(base);
    const decide: Decide = (conflict) => this.#decided(conflict, decisions);
    for (let attempt = 1; attempt <= MOST_TRIES; attempt += 1) {
      const disk = await this.#read();
      const plan = await this.#plan(disk, decide);
      if ("conflicts" in plan) {
        this.#shown = plan.conflicts;
        return { version: 1, conflicts: plan.conflicts };
      }
      if (!isEqual(disk, await this.#read())) continue;
      const isWritten = !isEqual(disk, plan.state.bytes);
      if (isWritten) await replaceFile(this.#path, plan.state.bytes);
      this.#shown = [];
      const notes = isWritten ? [...plan.notes, ...this.#formulaNotes(plan.state)] : plan.notes;
      return this.#draft.saved(base, plan.state, notes);
    }
    throw new UserError("SAVE_CHANGING", "another program keeps changing the file", {
      hint: "wait until it has ended, then save again",
    });
  }

  /** Once: what formulas give of the cells that changed is not known here. */
  #formulaNotes({ manifest }: SheetState): string[] {
    if (!manifest?.workbook?.hasFormulas || this.#hasToldOfFormulas) return [];
    this.#hasToldOfFormulas = true;
    return [
      "formulas show what they gave before your changes: in Excel, press Ctrl+Alt+F9 and save (LibreOffice: Ctrl+Shift+F9)",
    ];
  }

  #decided(conflict: Conflict, decisions: readonly Decision[]): Decision["keep"] | undefined {
    const { row, column, file } = conflict;
    const isCell = (one: { row: number; column: number }) =>
      one.row === row && one.column === column;
    const shown = this.#shown.find(isCell);
    return shown?.file === file ? decisions.find(isCell)?.keep : undefined;
  }

  /** Undefined: the file is gone. */
  async #read(): Promise<Uint8Array | undefined> {
    return existsSync(this.#path) ? readManifestBytes(this.#path) : undefined;
  }

  async #plan(disk: Uint8Array | undefined, decide: Decide): Promise<Plan> {
    const { now, base } = this.#draft;
    if (!disk) return { state: now, notes: ["the file was missing and was written again"] };
    if (isEqual(disk, base.bytes) || isEqual(disk, now.bytes)) return { state: now, notes: [] };
    const { manifest: file } = await parseSheet(this.#draft.file, disk, this.#draft.options);
    if (!file || !base.manifest) {
      const message =
        "the file was changed by another program, and cannot be merged with your changes";
      throw new UserError("SAVE_FILE_UNREADABLE", message, {
        hint: "correct the file in that program, or discard your changes here",
      });
    }
    const merge = mergeSheets({ base, yours: now, file }, decide, this.#draft.newId);
    if (merge.conflicts.length > 0) return { conflicts: merge.conflicts };
    const { state, notes } = await merge.edit.make(disk, this.#draft.options);
    return { state, notes: [...merge.notes, ...notes] };
  }
}

function isEqual(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a && b ? Buffer.compare(a, b) === 0 : a === b;
}
