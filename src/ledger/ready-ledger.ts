import { existsSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { holdPlannedAsUnknown, readContents, writeContents } from "./contents.ts";
import { Database } from "./database.ts";
import { keepFormat1 } from "./format-1.ts";
import { checkHeader, checkTexts, makeTables } from "./ledger-file.ts";
import { syncFolder } from "./ledger-folder.ts";
import { isLeftOpen, isToBeRewritten, readFile } from "./read-ledger.ts";

/** Longer than a reader of ours keeps the file: the switch to WAL mode needs it alone for an instant. */
const OPEN_TIMEOUT_MS = 30_000;

/** With up to 16 MiB of pages in memory; the default is 2. */
const BEFORE_TAKING_OVER = `
PRAGMA busy_timeout = ${OPEN_TIMEOUT_MS};
PRAGMA synchronous = FULL;
PRAGMA cache_size = -16384`;

/** Opens a ledger so that it can be written, creating it where there is none; what is there stays as it is so far. */
export function openAtRest(file: string): Database {
  removeDraft(file);
  if (!existsSync(file)) createLedger(file);
  rewriteWhereNeeded(file);
  const wasLeftOpen = isLeftOpen(file, checkHeader(file));
  const database = new Database(file, "rw");
  try {
    database.exec(BEFORE_TAKING_OVER);
    checkTexts(database);
    if (wasLeftOpen) database.transaction(() => holdPlanned(database));
    return database;
  } catch (cause) {
    database.close();
    throw cause;
  }
}

/** Takes over a ledger of format 1, or what is left of one that lacks its log; a crash leaves the old or the new one. */
function rewriteWhereNeeded(file: string): void {
  const header = checkHeader(file);
  if (!isToBeRewritten(header)) return;
  if (header.format === 1) keepFormat1(file, header);
  // Whoever had it open is gone: all that he may have done has been read.
  const contents = { ...readFile(file, header), holder: undefined };
  createLedger(file, (database) => writeContents(database, contents));
}

function holdPlanned(database: Database): void {
  for (const { id, started_at, message } of holdPlannedAsUnknown(readContents(database))) {
    database.update("attempts", id, { started_at, message });
  }
  database.exec("DELETE FROM holder");
}

/**
 * Creates a ledger, empty or with what `fill` writes. Call it with the lock held. It is made whole under another name
 * and then renamed: whoever kills this process leaves what was there before or a complete one.
 */
function createLedger(file: string, fill: (database: Database) => void = () => {}): void {
  const draft = `${file}.new`;
  const database = new Database(draft, "rwc");
  try {
    database.exec("PRAGMA synchronous = FULL");
    makeTables(database, () => fill(database));
  } finally {
    database.close();
  }
  // SQLite would read the log or journal of a ledger that was here before into this one.
  for (const suffix of ["-wal", "-shm", "-journal"]) rmSync(`${file}${suffix}`, { force: true });
  renameSync(draft, file);
  syncFolder(dirname(file));
}

/** What a run that was killed left of one that it made. */
function removeDraft(file: string): void {
  for (const suffix of ["", "-journal"]) rmSync(`${file}.new${suffix}`, { force: true });
}
