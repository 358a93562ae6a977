import { rmSync } from "node:fs";
import { absorb, type Clash, OTHER } from "./absorb.ts";
import { createLedger } from "./create-ledger.ts";
import { Database } from "./database.ts";
import { readManifestKeys } from "./read-manifest-keys.ts";
import { copyWhole, hasLeftovers } from "./whole-copy.ts";
import type { SourceLedger } from "./with-source.ts";

/** Nobody needs a draft after a crash: it is made anew. */
const NOT_DURABLE = "PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY";

/**
 * Makes a ledger of its own from several and gives every clash between them; see `absorb`. `manifest` is the
 * name a manifest shall have in it, see `renamedKeys`.
 */
export class MergeDraft {
  readonly file: string;
  readonly #database: Database;
  #isOpen = true;

  constructor(file: string) {
    this.file = file;
    this.remove();
    createLedger(file);
    this.#database = new Database(file, "rw");
    this.#database.exec(NOT_DURABLE);
  }

  /** Takes over what a ledger knows. */
  add({ file, mode }: SourceLedger, manifest?: string): Clash[] {
    if (!hasLeftovers(file, mode)) return this.#absorb({ file, mode }, manifest);
    const copy = `${this.file}.whole`;
    try {
      copyWhole(file, mode, copy).close();
      return this.#absorb({ file: copy, mode: "immutable" }, manifest);
    } finally {
      rmSync(copy, { force: true });
    }
  }

  #absorb({ file, mode }: SourceLedger, manifest: string | undefined): Clash[] {
    const keys =
      manifest === undefined ? undefined : renamedKeys(readManifestKeys(file, mode), manifest);
    this.#database.attach(file, mode, OTHER);
    this.#database.exec("BEGIN IMMEDIATE");
    const clashes = absorb(this.#database, keys);
    this.#database.exec("COMMIT");
    this.#database.detach(OTHER);
    return clashes;
  }

  close(): void {
    if (this.#isOpen) this.#database.close();
    this.#isOpen = false;
  }

  remove(): void {
    for (const suffix of ["", "-journal", ".whole", ".whole-journal"])
      rmSync(`${this.file}${suffix}`, { force: true });
  }
}

/**
 * How a manifest's name changes on the way: a ledger that lay elsewhere gave it another path. Only where there
 * is no doubt: the ledger does not know the name itself, and knows one manifest with the same file name.
 */
export function renamedKeys(theirs: readonly string[], manifest: string): Map<string, string> {
  const alike = theirs.filter((key) => fileName(key) === fileName(manifest));
  const [key] = alike;
  if (key === undefined || alike.length > 1 || theirs.includes(manifest)) return new Map();
  return new Map([[key, manifest]]);
}

function fileName(key: string): string {
  return key.slice(key.lastIndexOf("/") + 1);
}
