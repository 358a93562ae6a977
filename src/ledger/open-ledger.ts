import { existsSync } from "node:fs";
import { dirname } from "node:path";
import type { Database } from "./database.ts";
import { DatabaseFault } from "./driver.ts";
import { writeKnownImages } from "./known-images.ts";
import type { Ledger, Owner } from "./ledger.ts";
import {
  checkContent,
  checkHeader,
  type LedgerHeader,
  locate,
  markOpenHere,
  watchFiles,
} from "./ledger-file.ts";
import { makeLedgerFolder } from "./ledger-folder.ts";
import { viewOf } from "./ledger-view.ts";
import { type Lock, takeLock } from "./lock.ts";
import { mergeLedgers } from "./merge-ledgers.ts";
import { type PlannedRun, planDeletions, planUploads } from "./planned-runs.ts";
import {
  heldByAnother,
  keepRunsOut,
  readFile,
  refuseCopyOfLive,
  whileOpen,
} from "./read-ledger.ts";
import { openAtRest } from "./ready-ledger.ts";
import { GroupCommit, recordRun } from "./recorded-run.ts";
import { LedgerLost, locked, refusalOf, refusing, unreadable, unwritable } from "./refusal.ts";
import { planTakeOver, settleUnknown, withdrawRows } from "./settle.ts";

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
    makeLedgerFolder(dirname(path));
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
  // Whether such a one can be used, its rows say.
  if (header.format === 1 && header.lacksLog) readFile(path, header);
  else whileOpen(path, header, (database) => checkContent(database, path, header));
}

function keepBasis(file: string): Lock | undefined {
  return refusing(file, unreadable, () => keepRunsOut(locate(file)));
}

/** While the lock is held only a stranger's program can be in the way. */
const WRITE_TIMEOUT_MS = 5_000;

/** A reader may stay as long as it likes; then the ledger stays in WAL mode, which the next run ends. */
const CLOSE_TIMEOUT_MS = 100;

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
function openHeldLedger(file: string, owner: Owner, locks: readonly Lock[]): Ledger {
  const database = openAtRest(file);
  const watched = [file, ...locks.map((lock) => lock.file)];
  let findMissing = watchFiles(watched);
  const commits = new GroupCommit(database, file, () => findMissing());
  database.onClose(markOpenHere(file));
  const view = viewOf(file, database);
  /** Ids that came in and are not recorded yet. */
  const arriving = new Set<string>();
  let isAnnounced = false;
  /** Until then the file's bytes stay as they are: a run that changes nothing leaves no trace. */
  const announce = (): void => {
    if (isAnnounced) return;
    const missing = findMissing();
    if (missing !== undefined) throw unwritable(file, `${missing} was moved, deleted or replaced`);
    // Before the switch to WAL mode, so that a file too damaged to take it is left as it was.
    database.transaction(() => recordHolder(database, owner));
    database.exec(AFTER_TAKING_OVER);
    findMissing = watchFiles([`${file}-wal`, ...watched]);
    isAnnounced = true;
  };
  const inOneCommit = <T>(work: () => T): T =>
    beforeSending(file, () => {
      refusing(file, unwritable, announce);
      commits.flush();
      return work();
    });
  const writeNow = <T>(work: () => T): T => inOneCommit(() => commits.commitNow(work));
  /** What a run means to send: not even a copy of the main file alone may lack it. */
  const writePlan = <T>(work: () => T): T => {
    const planned = writeNow(work);
    if (refusing(file, unwritable, () => database.checkpoint())) return planned;
    throw locked(file, "another program", "wait until it is done, or close it");
  };
  const begin = <Item>(plan: () => PlannedRun<Item>) =>
    recordRun(database, commits, writePlan(plan), arriving);
  let isOpen = true;
  return {
    ...view,
    knowsId: (graphicId) => arriving.has(graphicId) || view.knowsId(graphicId),
    announce: () => refusing(file, unwritable, announce),
    startRun: (run, uploads, shared = []) =>
      begin(() => planUploads(database, owner, run, uploads, shared)),
    takeOver: (run, taken) => begin(() => planTakeOver(database, owner, run, taken)),
    startDeletions: (run, deletions) => begin(() => planDeletions(database, owner, run, deletions)),
    withdraw(target, places) {
      writeNow(() => {
        for (const place of places) withdrawRows(database, target, place);
      });
    },
    settle(target, manifest, settlements) {
      writeNow(() => {
        for (const one of settlements) settleUnknown(database, target, manifest, one);
      });
    },
    noteLeftResults: (manifest, { name, sha256 }) =>
      writeNow(() => database.run(NOTE_LEFT_RESULTS, [name, sha256, manifest])),
    rememberImages: (manifest, known) =>
      writeNow(() => writeKnownImages(database, manifest, known)),
    merge: (files, options) =>
      inOneCommit(() => mergeLedgers({ database, commits, file }, files, options)),
    close() {
      if (!isOpen) return;
      isOpen = false;
      commits.close();
      if (isAnnounced) leaveOneFile(database, findMissing);
      database.close();
      for (const lock of locks) lock.release();
    },
  };
}

const NOTE_LEFT_RESULTS = `
UPDATE runs SET results = ?, results_sha256 = ?
WHERE id = (SELECT max(id) FROM runs WHERE manifest = ? AND finished_at IS NULL)`;

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
