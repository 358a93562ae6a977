import { copyFileSync, existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, parse } from "node:path";
import type { LedgerHeader } from "./check-ledger.ts";
import { syncFile, syncFolder } from "./create-ledger.ts";
import { Database } from "./database.ts";

/** Longer than a reader keeps the file. */
const ONE_FILE = `
PRAGMA busy_timeout = 30000;
PRAGMA synchronous = FULL;
PRAGMA wal_checkpoint(TRUNCATE);
PRAGMA journal_mode = DELETE`;

/**
 * Keeps a ledger of format 1 as it was, durably, in a file beside it: `ledger.v1.db`. Call it with the lock held,
 * before the ledger is made anew in today's format. The ledger itself stays usable throughout.
 */
export function keepFormat1(file: string, { lacksLog }: LedgerHeader): void {
  // A log that stayed beside the new file would be taken for the new file's own.
  if (!lacksLog) bringToOneFile(file);
  // That is how version 0.1 knew its ledger again.
  rmSync(`${file}.seal`, { force: true });
  const kept = nameFor(file);
  if (kept === undefined) return;
  copyFileSync(file, `${kept}.new`);
  syncFile(`${kept}.new`);
  renameSync(`${kept}.new`, kept);
  syncFolder(dirname(file));
}

/** With `exec` alone, so that the file is surely let go. */
function bringToOneFile(file: string): void {
  const database = new Database(file, "rw");
  try {
    database.exec(ONE_FILE);
  } finally {
    database.close();
  }
}

/** The first name that is free; undefined where this very file is kept already, by a run that was killed then. */
function nameFor(file: string): string | undefined {
  const { dir, name, ext } = parse(file);
  const bytes = readFileSync(file);
  for (let count = 1; ; count += 1) {
    const kept = `${dir}/${name}.v1${count === 1 ? "" : `-${count}`}${ext}`;
    if (!existsSync(kept)) return kept;
    if (readFileSync(kept).equals(bytes)) return undefined;
  }
}
