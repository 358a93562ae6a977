import type { ManifestOptions } from "../manifest/manifest.ts";
import { UserError } from "../user-error.ts";
import { MeantEdit, notKept } from "./draft-edit.ts";
import { refusalOf } from "./hints.ts";
import type { Edits, SheetChange, SheetDocument, SheetHead } from "./sheet-api.ts";
import {
  carryIds,
  changesBetween,
  formatOf,
  gridOf,
  type KeptDraft,
  type ParsedSheet,
  parseSheet,
  type SheetState,
} from "./sheet-state.ts";
import { UndoStack } from "./undo-stack.ts";

/**
 * The open sheet: the file's bytes and what was changed since, in memory. Rows have ids that stay, whatever is inserted,
 * removed or undone. Nothing here reads or writes files. Methods that change it take the revision they are meant for:
 * a `UserError` `STALE` where it is another; they change all that they say, or throw a `UserError` and change nothing.
 */
export class Draft {
  /** As the user named it, relative to the directory. */
  readonly file: string;
  options: ManifestOptions;
  /** Whether the file on disk is another than the draft began with: see `noteDisk`. */
  isChangedOnDisk = false;
  /** When the recovered changes were made; null: there were none, or they are saved or thrown away. */
  recoveredAt: string | null = null;
  /** The sheet as it is now: `bytes` would be saved; `ids[i]` belongs to `manifest.rows[i]`. Set here alone. */
  now: SheetState;
  /** The sheet as the file was when the draft began, or was saved last. Set here alone. */
  base: SheetState;
  /** Counts the changes; the first is 1. */
  revision = 1;
  #lastRevision = 1;
  #lastId = 0;
  #sheets: readonly string[] = [];
  readonly #undo: UndoStack;

  private constructor(file: string, options: ManifestOptions, undo: UndoStack) {
    this.file = file;
    this.options = options;
    this.#undo = undo;
    this.now = { bytes: new Uint8Array(), manifest: undefined, ids: [], problem: null };
    this.base = this.now;
  }

  /**
   * Opens a sheet by the bytes of its file; where no rows can be made out, `document().problem` says why. With `kept`
   * the draft is what an earlier process left, and begins with what the file held then.
   */
  static async open(
    file: string,
    bytes: Uint8Array,
    options: ManifestOptions = {},
    { kept, undo = new UndoStack() }: { kept?: KeptDraft; undo?: UndoStack } = {},
  ): Promise<Draft> {
    const draft = new Draft(file, options, undo);
    draft.now = draft.#carried(await parseSheet(file, kept?.base ?? bytes, options));
    draft.base = draft.now;
    if (kept) {
      draft.now = draft.#carried(await parseSheet(file, kept.bytes, options));
      draft.recoveredAt = kept.changedAt;
      draft.noteDisk(bytes);
    }
    return draft;
  }

  get isChanged(): boolean {
    return Buffer.compare(this.now.bytes, this.base.bytes) !== 0;
  }

  head(): SheetHead {
    return {
      file: this.file,
      format: this.now.manifest?.format ?? formatOf(this.file),
      revision: this.revision,
      isChanged: this.isChanged,
      undo: this.#undo.undoLabel,
      redo: this.#undo.redoLabel,
      recoveredAt: this.recoveredAt,
      isChangedOnDisk: this.isChangedOnDisk,
    };
  }

  document(): SheetDocument {
    return {
      version: 1,
      head: this.head(),
      ...gridOf(this.now, this.#sheets),
      problem: this.now.problem && refusalOf(this.now.problem),
    };
  }

  /**
   * Makes edits, one entry of undo. `UserError`s: `STALE`; `CELL_FORMULA`, `CELL_MERGED` name a cell; `EDIT_…` where the
   * file or its encoding does not take the change.
   */
  async apply({ base, label, ops }: Edits): Promise<SheetChange> {
    this.expectRevision(base);
    const { manifest, ids, bytes } = this.now;
    if (!manifest) throw notKept();
    const edit = new MeantEdit({ manifest, ids }, this.newId);
    for (const op of ops) edit.take(op);
    const { state, notes } = await edit.make(bytes, this.options);
    return this.#become(base, state, notes, label);
  }

  /** Takes back the last action; `UserError` `UNDO_NOTHING` where there is none. */
  undo(base: number): SheetChange {
    return this.#restore(base, (state) => this.#undo.undo(state));
  }

  /** Makes the action again that was undone last; `UserError` `UNDO_NOTHING` where there is none. */
  redo(base: number): SheetChange {
    return this.#restore(base, (state) => this.#undo.redo(state));
  }

  /** Puts other bytes in the place of all, as repairs do, one entry of undo; rows keep their ids as far as they are known. */
  async replace(base: number, bytes: Uint8Array, label: string): Promise<SheetChange> {
    this.expectRevision(base);
    const read = await parseSheet(this.file, bytes, this.options);
    if (read.problem) throw read.problem;
    return this.#become(base, this.#carried(read), [], label);
  }

  /** Takes the file as it is now, perhaps read in another way, for the draft, which is thrown away; undo ends there. */
  async reload(bytes: Uint8Array, options = this.options): Promise<SheetDocument> {
    this.options = options;
    this.now = this.#carried(await parseSheet(this.file, bytes, this.options));
    this.#began();
    this.#undo.clear();
    this.#countUp();
    return this.document();
  }

  /** Gives what puts all back as it is now, for a change that cannot be kept. Its revision is not given again: a page may have seen it. */
  mark(): () => void {
    const { now, base, revision, isChangedOnDisk, recoveredAt, options } = this;
    const putUndoBack = this.#undo.mark();
    return () => {
      Object.assign(this, { now, base, revision, isChangedOnDisk, recoveredAt, options });
      putUndoBack();
    };
  }

  /** Compares the file on disk with what the draft began with; undefined: it is gone. Gives whether `head` is another now. */
  noteDisk(bytes: Uint8Array | undefined): boolean {
    const before = this.isChangedOnDisk;
    this.isChangedOnDisk = !bytes || Buffer.compare(bytes, this.base.bytes) !== 0;
    return before !== this.isChangedOnDisk;
  }

  /** What was written to the file: the draft as it is, or merged with what the file held. A merge ends undo. */
  saved(base: number, written: SheetState, notes: readonly string[]): SheetChange {
    this.expectRevision(base);
    const isMerged = Buffer.compare(written.bytes, this.now.bytes) !== 0;
    if (isMerged) this.#undo.clear();
    const before = this.now;
    if (isMerged) this.now = written;
    this.#began();
    return this.#change(before, notes);
  }

  /** An id that no row has had. */
  readonly newId = (): number => {
    this.#lastId += 1;
    return this.#lastId;
  };

  /** Rows that were read anew have the ids of those that they are taken for. */
  #carried(read: ParsedSheet): SheetState {
    this.#sheets = read.sheets ?? this.#sheets;
    return { ...read, ids: carryIds(this.now, read.manifest, this.newId) };
  }

  /** Throws `STALE` where the revision is another. */
  expectRevision(base: number): void {
    if (base === this.revision) return;
    throw new UserError("STALE", "the sheet has changed since", {
      hint: "look at it as it is now, then do it again",
    });
  }

  #restore(base: number, step: (now: SheetState) => SheetState | undefined): SheetChange {
    this.expectRevision(base);
    const before = this.now;
    const kept = step(before);
    if (!kept) {
      throw new UserError("UNDO_NOTHING", "there is nothing to undo or redo", {
        hint: "qgfx remembers no other change",
      });
    }
    this.now = kept;
    return this.#change(before, []);
  }

  #become(base: number, state: SheetState, notes: readonly string[], label: string): SheetChange {
    this.expectRevision(base);
    const before = this.now;
    if (Buffer.compare(before.bytes, state.bytes) === 0) return this.#change(before, notes, false);
    this.#undo.push(label, before, state);
    this.now = state;
    return this.#change(before, notes);
  }

  #countUp(): void {
    this.#lastRevision += 1;
    this.revision = this.#lastRevision;
  }

  #began(): void {
    this.base = this.now;
    this.recoveredAt = null;
    this.isChangedOnDisk = false;
  }

  #change(before: SheetState, notes: readonly string[], isNew = true): SheetChange {
    const base = this.revision;
    if (isNew) this.#countUp();
    const changes = changesBetween(before, this.now);
    return { version: 1, head: this.head(), base, ...changes, notes: [...notes] };
  }
}
