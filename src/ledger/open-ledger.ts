import { existsSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { checkContent, checkTexts } from "./check-ledger.ts";
import { holdPlannedAsUnknown, readContents, writeContents } from "./contents.ts";
import { Database } from "./database.ts";
import { DatabaseFault } from "./driver.ts";
import { keepFormat1 } from "./format-1.ts";
import { writeKnownImages } from "./known-images.ts";
import type { Ledger, Owner } from "./ledger.ts";
import {
  checkHeader,
  type LedgerHeader,
  locate,
  makeTables,
  markOpenHere,
  watchFiles,
} from "./ledger-file.ts";
import { makeFolder, syncFolder } from "./ledger-folder.ts";
import { viewOf } from "./ledger-view.ts";
import { type Lock, takeLock } from "./lock.ts";
import { mergeLedgers } from "./merge-ledgers.ts";
import { planDeletions, planUploads } from "./planned-runs.ts";
import {
  findStray,
  heldByAnother,
  isToBeRewritten,
  keepRunsOut,
  readFile,
  refuseCopyOfLive,
  whileOpen,
} from "./read-ledger.ts";
import { GroupCommit, recordRun } from "./recorded-run.ts";
import { LedgerLost, locked, refusalOf, refusing, unreadable, unwritable } from "./refusal.ts";
import { settleUnknown } from "./write-attempts.ts";

/**
 * Opens a ledger for one run, creating it and its folder where there are none. Throws a UserError:
 * `LEDGER_LOCKED` (exit 7) while another run holds it, `LEDGER_DAMAGED`, `LEDGER_NEWER`, `LEDGER_NOT_OURS`,
 * `LEDGER_UNREADABLE` or `LEDGER_UNWRITABLE` (exit 2) otherwise; a file that is refused stays as it was.
 *
 * `basis` is another ledger, there or not, that this run relies on: until `close` no run gets hold of it.
 */
export function openLedger(file: string, owner: Owner, basis?: string): Ledger {
  return refusing(file, unwritable, () => {
    const path = locate(file);
    makeFolder(dirname(path));
    // Before the lock, so that not even a lock appears beside a file that is refused.
    if (existsSync(path)) checkFile(path, checkHeader(path));
    const lock = takeLock(`${path}.lock`);
    if (!lock) throw heldByAnother(path);
    const locks = [lock];
    try {
      const kept = basis === undefined ? undefined : keepBasis(basis);
      if (kept) locks.push(kept);
      if (existsSync(path)) refuseCopyOfLive(path);
      return openHeldLedger(path, owner, locks);
    } catch (cause) {
      for (const one of locks) one.release();
      throw cause;
    }
  });
}

function checkFile(path: string, header: LedgerHeader): void {
  whileOpen(path, header, (database) => checkContent(database, path, header));
}

function keepBasis(file: string): Lock | undefined {
  return refusing(file, unreadable, () => keepRunsOut(locate(file)));
}

/** Longer than a reader of ours keeps the file: the switch to WAL mode needs it alone for an instant. */
const OPEN_TIMEOUT_MS = 30_000;

/** While the lock is held only a stranger's program can be in the way. */
const WRITE_TIMEOUT_MS = 5_000;

/** A reader may stay as long as it likes; then the ledger stays in WAL mode, which the next run ends. */
const CLOSE_TIMEOUT_MS = 100;

/** With up to 16 MiB of pages in memory; the default is 2. */
const BEFORE_TAKING_OVER = `
PRAGMA busy_timeout = ${OPEN_TIMEOUT_MS};
PRAGMA synchronous = FULL;
PRAGMA cache_size = -16384`;

/** The empty transaction brings the write-ahead log into being, if it is not there. */
const AFTER_TAKING_OVER = `
PRAGMA journal_mode = WAL;
BEGIN IMMEDIATE;
ROLLBACK;
PRAGMA busy_timeout = ${WRITE_TIMEOUT_MS}`;

const BACK_TO_ONE_FILE = `
PRAGMA busy_timeout = ${CLOSE_TIMEOUT_MS};
PRAGMA synchronous = FULL;
PRAGMA wal_checkpoint(TRUNCATE);
PRAGMA journal_mode = DELETE`;

/**
 * Opens a ledger for writing, creating it where there is none; `close` releases the locks, its own and those it
 * relies on.
 */
export function openHeldLedger(file: string, owner: Owner, locks: readonly Lock[]): Ledger {
  const database = openForWriting(file, owner);
  const findMissing = watchFiles([file, `${file}-wal`, ...locks.map((lock) => lock.file)]);
  const commits = new GroupCommit(database, file, findMissing);
  database.onClose(markOpenHere(file));
  const view = viewOf(file, database);
  /** Ids that came in and are not recorded yet. */
  const arriving = new Set<string>();
  const writeNow = <T>(work: () => T): T =>
    beforeSending(file, () => {
      commits.flush();
      return commits.commitNow(work);
    });
  /** What a run means to send: not even a copy of the main file alone may lack it. */
  const writePlan = <T>(work: () => T): T => {
    const planned = writeNow(work);
    if (refusing(file, unwritable, () => database.checkpoint())) return planned;
    throw locked(file, "another program", "wait until it is done, or close it");
  };
  let isOpen = true;
  return {
    ...view,
    knowsId: (graphicId) => arriving.has(graphicId) || view.knowsId(graphicId),
    startRun(run, uploads, adopted, shared = []) {
      const plan = () => planUploads(database, owner, run, uploads, adopted, shared);
      return recordRun(database, commits, writePlan(plan), arriving);
    },
    startDeletions(run, deletions) {
      const plan = () => planDeletions(database, owner, run, deletions);
      return recordRun(database, commits, writePlan(plan), arriving);
    },
    settle(target, manifest, settlements) {
      writeNow(() => {
        for (const one of settlements) settleUnknown(database, target, manifest, one);
      });
    },
    rememberImages: (manifest, known) =>
      writeNow(() => writeKnownImages(database, manifest, known)),
    merge: (files, options) =>
      beforeSending(file, () => {
        commits.flush();
        return mergeLedgers({ database, commits, file }, files, options);
      }),
    close() {
      if (!isOpen) return;
      isOpen = false;
      commits.close();
      leaveOneFile(database, findMissing);
      database.close();
      for (const lock of locks) lock.release();
    },
  };
}

function openForWriting(file: string, owner: Owner): Database {
  removeDraft(file);
  if (!existsSync(file)) createLedger(file);
  rewriteWhereNeeded(file);
  const isStray = findStray(file, checkHeader(file)) !== undefined;
  const database = new Database(file, "rw");
  try {
    database.exec(BEFORE_TAKING_OVER);
    checkTexts(database);
    // Before the switch to WAL mode, so that a file too damaged to take it is left as it was.
    database.transaction(() => {
      if (isStray) holdPlanned(database);
      recordHolder(database, owner);
    });
    database.exec(AFTER_TAKING_OVER);
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
  // Nobody has the new file open, and it is younger than its last run.
  const contents = { ...readFile(file, header), holder: undefined };
  createLedger(file, (database) => writeContents(database, contents));
}

function holdPlanned(database: Database): void {
  for (const { id, started_at, message } of holdPlannedAsUnknown(readContents(database))) {
    database.update("attempts", id, { started_at, message });
  }
}

/** Without a run so far; see `holder` in the schema. */
function recordHolder(database: Database, { user, machine, pid }: Owner): void {
  const since = new Date().toISOString();
  const sql = "INSERT OR REPLACE INTO holder VALUES (1, ?, ?, ?, ?, NULL)";
  database.run(sql, [user, machine, pid, since]);
}

/** A ledger lost before anything was sent is a refusal like any other at the start. */
function beforeSending<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof LedgerLost)) throw cause;
    if (cause.cause instanceof DatabaseFault) throw refusalOf(file, unwritable, cause.cause);
    throw unwritable(file, cause.detail);
  }
}

/**
 * At rest the ledger is one plain file, which can be copied and read from anywhere. Where that fails, because
 * of a reader or a lost ledger, the write-ahead log stays beside it, and nothing is missing from the two.
 */
function leaveOneFile(database: Database, findMissing: () => string | undefined): void {
  try {
    // Of a lost ledger, too: what its run did is recorded as far as it can be.
    database.transaction(() => database.exec("DELETE FROM holder"));
    // SQLite deletes the log by its name: not where the name may belong to another ledger by now.
    if (findMissing() === undefined) database.exec(BACK_TO_ONE_FILE);
  } catch (cause) {
    if (!(cause instanceof DatabaseFault)) throw cause;
  }
}

/**
 * Creates a ledger, empty or with what `fill` writes. Call it with the lock held. It is made whole under another name
 * and then renamed: whoever kills this process leaves what was there before or a complete one.
 */
export function createLedger(file: string, fill: (database: Database) => void = () => {}): void {
  const draft = `${file}.new`;
  const database = new Database(draft, "rwc");
  try {
    database.exec("PRAGMA synchronous = FULL");
    makeTables(database, () => fill(database));
  } finally {
    database.close();
  }
  renameSync(draft, file);
  syncFolder(dirname(file));
}

/** What a run that was killed left of one that it made. */
function removeDraft(file: string): void {
  for (const suffix of ["", "-journal"]) rmSync(`${file}.new${suffix}`, { force: true });
}
