import { hash } from "node:crypto";
import { readdir, readFile, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { z } from "zod";
import { replaceFile } from "../files/replace-file.ts";
import { writeRefusal } from "../files/write-refusal.ts";
import { makeLedgerFolder } from "../ledger/ledger-folder.ts";
import { isWorkbookName } from "../manifest/manifest.ts";
import type { Draft } from "./draft.ts";
import type { KeptDraft } from "./sheet-state.ts";

const PRIVATE = 0o600;

/** First line of a kept draft. */
const headSchema = z.strictObject({
  version: z.literal(1),
  /** Whose draft it is, relative to the directory. */
  file: z.string(),
  changedAt: z.string(),
  /** Hash of what the file held when the draft began, in a file of its own: it changes with each save only. */
  base: z.string().regex(/^[0-9a-f]{64}$/),
  /** Hash of the draft's bytes, which stand below. */
  bytes: z.string().regex(/^[0-9a-f]{64}$/),
});

const choiceSchema = z.strictObject({
  version: z.literal(1),
  /** The workbook, relative to the directory. */
  file: z.string(),
  sheet: z.string(),
});

/**
 * Keeps the unsaved changes of one sheet in `.qgfx/open/`, each before it is acknowledged: two files for a sheet, what its
 * file held and what the draft holds, replaced whole; and which sheet of a workbook was chosen. They are for this user alone.
 */
export class Journal {
  readonly #folder: string;
  readonly #file: string;
  readonly #name: string;
  #keptBase: string | undefined;

  /** `file`: the sheet, relative to the directory that is served. */
  constructor(directory: string, file: string) {
    this.#folder = join(directory, ".qgfx", "open");
    this.#file = file;
    this.#name = hash("sha256", file).slice(0, 16);
  }

  /**
   * Makes the draft durable, or forgets it where it holds no changes; a `UserError` where the disk does not let it. Await
   * it before a change is acknowledged.
   */
  async keep(draft: Draft, changedAt = new Date().toISOString()): Promise<void> {
    try {
      await (draft.isChanged ? this.#write(draft, changedAt) : this.forget());
    } catch (error) {
      throw writeRefusal(this.#draftFile, error);
    }
  }

  async #write(draft: Draft, changedAt: string): Promise<void> {
    makeLedgerFolder(this.#folder);
    const base = hash("sha256", draft.base.bytes);
    if (this.#keptBase !== base) await replaceFile(this.#baseFile(base), draft.base.bytes, PRIVATE);
    const { bytes } = draft.now;
    const head = { version: 1, file: this.#file, changedAt, base, bytes: hash("sha256", bytes) };
    await replaceFile(this.#draftFile, [Buffer.from(`${JSON.stringify(head)}\n`), bytes], PRIVATE);
    this.#keptBase = base;
    await this.#removeBases(base);
  }

  /** What an earlier process kept; undefined: nothing that is whole. */
  async read(): Promise<KeptDraft | undefined> {
    try {
      const kept = await readFile(this.#draftFile);
      const line = kept.indexOf("\n");
      const head = headSchema.parse(JSON.parse(kept.toString("utf8", 0, line)));
      const bytes = kept.subarray(line + 1);
      const base = await readFile(this.#baseFile(head.base));
      const isWhole = hash("sha256", bytes) === head.bytes && hash("sha256", base) === head.base;
      if (!isWhole || head.file !== this.#file) return undefined;
      this.#keptBase = head.base;
      return { base, bytes, changedAt: head.changedAt };
    } catch {
      return undefined;
    }
  }

  /** Removes what is kept: it was saved, or thrown away. */
  async forget(): Promise<void> {
    this.#keptBase = undefined;
    await rm(this.#draftFile, { force: true });
    await this.#removeBases(undefined);
  }

  get #draftFile(): string {
    return join(this.#folder, `${this.#name}.draft`);
  }

  #baseFile(base: string): string {
    return join(this.#folder, `${this.#name}.${base.slice(0, 16)}.base`);
  }

  async #removeBases(current: string | undefined): Promise<void> {
    const kept = current === undefined ? undefined : basename(this.#baseFile(current));
    const names = await readdir(this.#folder).catch(() => []);
    for (const name of names) {
      const isOld = name.startsWith(`${this.#name}.`) && name.endsWith(".base") && name !== kept;
      if (isOld) await rm(join(this.#folder, name), { force: true });
    }
  }

  /** Which sheet of a workbook was chosen, in this process or an earlier one; undefined: none was, or the file has none. */
  async readSheetChoice(): Promise<string | undefined> {
    if (!isWorkbookName(this.#file)) return undefined;
    try {
      const kept = choiceSchema.parse(JSON.parse(await readFile(this.#choiceFile, "utf8")));
      return kept.file === this.#file ? kept.sheet : undefined;
    } catch {
      return undefined;
    }
  }

  /** Keeps that choice; a `UserError` where the disk does not let it. */
  async keepSheetChoice(sheet: string): Promise<void> {
    try {
      makeLedgerFolder(this.#folder);
      const choice = JSON.stringify({ version: 1, file: this.#file, sheet });
      await replaceFile(this.#choiceFile, `${choice}\n`, PRIVATE);
    } catch (error) {
      throw writeRefusal(this.#choiceFile, error);
    }
  }

  get #choiceFile(): string {
    return join(this.#folder, `${this.#name}.sheet`);
  }
}
