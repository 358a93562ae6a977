import { realpathSync } from "node:fs";
import { stat } from "node:fs/promises";
import { relative, resolve, sep } from "node:path";
import { isUnder } from "../files/image-place.ts";
import { readManifestBytes } from "../files/read-file.ts";
import type { JobOptions } from "../jobs/options.ts";
import { displayPath } from "../jobs/paths.ts";
import type { Draft as JobDraft } from "../jobs/watcher.ts";
import type { Inspection } from "../manifest/image.ts";
import type { ManifestRow } from "../manifest/manifest.ts";
import { UserError } from "../user-error.ts";
import { Draft } from "./draft.ts";
import { Journal } from "./journal.ts";
import { type Decision, DraftSaver } from "./save-draft.ts";
import type { SaveConflicts, SheetChange, SheetDocument } from "./sheet-api.ts";

/** Where a sheet is. */
interface SheetPlace {
  /** Absolute. */
  path: string;
  /** As the user would name it, relative to the directory that is served. */
  file: string;
  /** As jobs are given it, relative to the working directory. */
  given: string;
}

/** The sheet that all pages show: its draft, what is kept of it on disk, and its file. */
export class OpenSheet {
  readonly place: SheetPlace;
  /** See `JobDraft.inspections`. */
  readonly inspections = new Map<string, Inspection>();
  /** To look at; it changes in `change` alone. */
  readonly draft: Readonly<Pick<Draft, "revision" | "now" | "head" | "document">>;
  readonly #draft: Draft;
  readonly #journal: Journal;
  readonly #saver: DraftSaver;
  /** One change after the other: each is kept before the next begins. */
  readonly #turns = new Turns();
  /** Of the file when it was last looked at. */
  #stamp: string;

  private constructor(place: SheetPlace, draft: Draft, journal: Journal, stamp: string) {
    this.place = place;
    this.draft = draft;
    this.#draft = draft;
    this.#journal = journal;
    this.#saver = new DraftSaver(draft, place.path);
    this.#stamp = stamp;
  }

  /** Reads a sheet, with the changes that an earlier process left; a `UserError` where it cannot be read at all. */
  static async open(place: SheetPlace, directory: string): Promise<OpenSheet> {
    const stamp = await stampOf(place.path);
    const bytes = await readManifestBytes(place.path);
    const journal = new Journal(directory, place.file);
    const kept = await journal.read();
    const isLeft = kept && Buffer.compare(kept.bytes, bytes) !== 0;
    const sheet = await journal.readSheetChoice();
    const draft = await Draft.open(place.file, bytes, { sheet }, isLeft ? { kept } : {});
    return new OpenSheet(place, draft, journal, stamp);
  }

  /** What jobs get of it. */
  get jobDraft(): JobDraft {
    return { path: this.place.path, bytes: this.draft.now.bytes, inspections: this.inspections };
  }

  /** Ids of the rows, by the lines where they start. */
  rowIds(): Map<number, number> {
    const { manifest, ids } = this.draft.now;
    return new Map(manifest?.rows.map(({ line }, index) => [line, ids[index] ?? 0]));
  }

  rowById(id: number): ManifestRow | undefined {
    const { manifest, ids } = this.draft.now;
    return manifest?.rows[ids.indexOf(id)];
  }

  /** Changes the draft; the change is durable when it is given, and not made at all where it cannot be made so. */
  change<Change extends SheetChange | SheetDocument>(
    work: (draft: Draft) => Change | Promise<Change>,
  ): Promise<Change> {
    return this.#turns.take(async () => {
      const takeBack = this.#draft.mark();
      const change = await work(this.#draft);
      try {
        await this.#journal.keep(this.#draft);
      } catch (error) {
        takeBack();
        if (!(error instanceof UserError)) throw error;
        const { code, message, hint } = error;
        throw new UserError(code, `the change was not made: ${message}`, hint ? { hint } : {});
      }
      return change;
    });
  }

  /** Looks at the draft while it does not change. */
  look<T>(work: (draft: Draft) => Promise<T>): Promise<T> {
    return this.#turns.take(() => work(this.#draft));
  }

  /** Writes the draft to the file; see `DraftSaver.save`. */
  save(base: number, decisions: readonly Decision[]): Promise<SheetChange | SaveConflicts> {
    return this.#turns.take(async () => {
      const saved = await this.#saver.save(base, decisions);
      if ("conflicts" in saved) return saved;
      this.#stamp = await stampOf(this.place.path);
      await this.#journal.keep(this.#draft);
      return saved;
    });
  }

  /** Takes what the file holds now for the draft; of a workbook that sheet, now and from then on. */
  async reload(sheet?: string): Promise<SheetDocument> {
    const stamp = await stampOf(this.place.path);
    const bytes = await readManifestBytes(this.place.path);
    if (sheet !== undefined) await this.#journal.keepSheetChoice(sheet);
    const document = await this.change((draft) =>
      draft.reload(bytes, sheet === undefined ? draft.options : { sheet }),
    );
    this.#stamp = stamp;
    return document;
  }

  /** What jobs are told of it, besides where uploads go. */
  jobOptions<Options extends JobOptions>(target: Options): Options {
    const { sheet } = this.#draft.options;
    return sheet === undefined ? target : { ...target, sheet };
  }

  /** Looks whether the file is another than the draft began with; true where that is news. */
  lookAtFile(): Promise<boolean> {
    return this.#turns.take(async () => {
      const stamp = await stampOf(this.place.path);
      if (stamp === this.#stamp) return false;
      const bytes = await readManifestBytes(this.place.path).catch(() => undefined);
      this.#stamp = stamp;
      return this.#draft.noteDisk(bytes);
    });
  }
}

/** Changes when the file does; empty where it is not there. */
async function stampOf(path: string): Promise<string> {
  const stats = await stat(path, { bigint: true }).catch(() => undefined);
  return stats ? `${stats.ino} ${stats.size} ${stats.mtimeNs} ${stats.ctimeNs}` : "";
}

/** A sheet or directory that a page names (`directory` is absolute, its links resolved); a `UserError` where it is not there, or not below the served directory. */
export function locateServed(directory: string, cwd: string, name: string): SheetPlace {
  const path = resolve(directory, name);
  const file = relative(directory, path).split(sep).join("/") || ".";
  if (name.includes("\0") || !isUnder(directory, path) || isOurs(file)) throw outside(name);
  const real = realOf(path);
  if (real === undefined) {
    throw new UserError("NOT_FOUND", `there is no '${file}' any more`, {
      hint: "choose another",
    });
  }
  if (!isUnder(directory, real) || isOurs(relative(directory, real))) throw outside(name);
  return { path, file, given: displayPath(path, cwd) };
}

/** A file in `.qgfx` is not a sheet. */
function isOurs(file: string): boolean {
  return file.split(/[\\/]/).includes(".qgfx");
}

function realOf(path: string): string | undefined {
  try {
    return realpathSync.native(path);
  } catch {
    return undefined;
  }
}

function outside(name: string): UserError {
  return new UserError("OUTSIDE", `'${name}' is not in the folder that was opened`, {
    hint: "run `qgfx open` in the folder where it is",
  });
}

/** Lets jobs that use a manifest's record go one after the other. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs `work` once those before it have ended, however they did. */
  take<T>(work: () => T | Promise<T>): Promise<T> {
    const turn = this.#last.then(work, work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
