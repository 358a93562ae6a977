import { existsSync } from "node:fs";
import type { KnownImage } from "../manifest/known-image.ts";
import type { PlannedRow } from "../plan/planned-row.ts";
import type { Shared } from "../plan/share-bytes.ts";
import type { TargetKey } from "../plan/target.ts";
import { checkHeader } from "./check-header.ts";
import { checkTexts } from "./check-texts.ts";
import { createLedger } from "./create-ledger.ts";
import { Database, DatabaseFault, LARGE_CACHE } from "./database.ts";
import {
  type DeletionRun,
  deletionRun,
  type ReleasedGraphic,
  recordDeletionRun,
} from "./deletion-run.ts";
import { GroupCommit, rollBack } from "./group-commit.ts";
import { clearHolder, type Owner, recordHolder } from "./holder.ts";
import { KnownIds } from "./known-ids.ts";
import { LedgerLost } from "./ledger-lost.ts";
import { type LedgerView, viewOf } from "./ledger-view.ts";
import type { Lock } from "./lock.ts";
import { type LedgerMerge, type MergeOptions, mergeLedgers } from "./merge-ledgers.ts";
import { markOpenHere } from "./open-here.ts";
import { UNANSWERED } from "./read-row-records.ts";
import { refusalOf, refusing, unreadable, unwritable } from "./refusal.ts";
import { RecordedProgress, type Run } from "./run.ts";
import { watchFiles } from "./same-files.ts";
import { breakSeal } from "./seal.ts";
import { sealLedger } from "./seal-ledger.ts";
import { type Settlement, settleUnknown } from "./settle-unknown.ts";
import { takeInLeftovers } from "./take-in.ts";
import { recordUnanswered } from "./write-attempts.ts";
import { type AdoptedGraphic, type RunStart, recordRun } from "./write-items.ts";
import { writeKnownPictures } from "./write-known-pictures.ts";
import { recordSharing } from "./write-shared.ts";

/** A ledger that this process alone may write. */
export interface Ledger extends LedgerView {
  /**
   * Records a run with every row it means to send (`not-run` so far) and every graphic it adopts, durably
   * and at once. Throws a UserError when that cannot be done; then nothing may be sent.
   */
  startRun(
    run: RunStart,
    uploads: readonly PlannedRow[],
    adopted: Iterable<AdoptedGraphic>,
    shared?: readonly Shared[],
  ): Run;
  /** Settles unknown uploads as the user found them, all or none, durably; see `settleUnknown`. */
  settle(target: TargetKey, manifest: string, settlements: readonly Settlement[]): void;
  /** Records a run that deletes, and at once the addresses that let go of their ids; see `startRun`. */
  startDeletions(run: RunStart, released: readonly ReleasedGraphic[]): DeletionRun;
  /** Notes what a manifest's files hold, for `readKnownPictures`; see `writeKnownPictures`. */
  rememberPictures(manifest: string, known: Iterable<KnownImage>): void;
  /** Takes in what other ledgers know; see `mergeLedgers`. */
  merge(files: readonly string[], options: MergeOptions): LedgerMerge;
}

/** Longer than a reader of ours keeps the file: the switch to WAL mode needs it alone for an instant. */
const OPEN_TIMEOUT_MS = 30_000;
/** While the lock is held only a stranger's program can be in the way. */
const WRITE_TIMEOUT_MS = 5_000;
/** A reader may stay as long as it likes; then the ledger stays in WAL mode, which the next run ends. */
const CLOSE_TIMEOUT_MS = 100;

const BEFORE_TAKING_OVER = `
PRAGMA busy_timeout = ${OPEN_TIMEOUT_MS};
PRAGMA synchronous = FULL;
${LARGE_CACHE}`;

/** The empty transaction brings the write-ahead log into being, if it is not there. */
const AFTER_TAKING_OVER = `
PRAGMA journal_mode = WAL;
BEGIN IMMEDIATE;
ROLLBACK;
PRAGMA busy_timeout = ${WRITE_TIMEOUT_MS}`;

/**
 * Gives back what recording a run needed, and keeps 4 MiB of pages: from then on it touches few again and again, and
 * what else it came by would only fill the memory in the course of a run.
 */
const GIVE_BACK = "PRAGMA cache_size = -4096; PRAGMA shrink_memory";

const BACK_TO_ONE_FILE = `
PRAGMA busy_timeout = ${CLOSE_TIMEOUT_MS};
PRAGMA synchronous = FULL;
PRAGMA wal_checkpoint(TRUNCATE);
PRAGMA journal_mode = DELETE`;

/**
 * Opens a ledger for writing, creating it where there is none; `close` releases the locks, its own and those it
 * relies on. In-flight rows of a run that died are settled as `unknown`. `isSealed` as `checkContent` found it.
 */
export function openHeldLedger(
  file: string,
  owner: Owner,
  locks: readonly Lock[],
  isSealed: boolean,
): Ledger {
  const database = openForWriting(file, owner, isSealed);
  const findMissing = watchFiles([file, `${file}-wal`, ...locks.map((lock) => lock.file)]);
  const commits = new GroupCommit(database, file, findMissing);
  const unmark = markOpenHere(file);
  const knownIds = new KnownIds(database);
  let run: RecordedProgress | undefined;
  const takeIn = () => run?.takeIn();
  const view = viewOf(file, () => {
    takeIn();
    return database;
  });
  /** Writes that are no part of a run stand on what runs did before. */
  const writeNow = <T>(work: () => T): T =>
    beforeSending(file, () => {
      takeIn();
      knownIds.forget();
      return commits.commitNow(work);
    });
  let isOpen = true;
  return {
    ...view,
    knowsId: (graphicId) => refusing(file, unreadable, () => knownIds.has(graphicId)),
    startRun(start, uploads, adopted, shared = []) {
      const recorded = writeNow(() => {
        const recordedRun = recordRun(database, owner, start, uploads, adopted);
        recordSharing(database, start, recordedRun.runId, uploads, shared);
        return recordedRun;
      });
      database.exec(GIVE_BACK);
      run = new RecordedProgress(database, commits, recorded, knownIds);
      return run;
    },
    settle(target, manifest, settlements) {
      writeNow(() => {
        for (const one of settlements) settleUnknown(database, target, manifest, one);
      });
    },
    startDeletions(start, released) {
      const runId = writeNow(() => recordDeletionRun(database, owner, start, released));
      return deletionRun(database, commits, start, runId);
    },
    rememberPictures: (manifest, known) =>
      writeNow(() => writeKnownPictures(database, manifest, known)),
    merge: (files, options) =>
      beforeSending(file, () => {
        takeIn();
        knownIds.forget();
        return mergeLedgers({ database, commits, file }, files, options);
      }),
    close() {
      if (!isOpen) return;
      isOpen = false;
      commits.flush();
      const isOneFile = leaveOneFile(database, commits, findMissing, takeIn);
      commits.close();
      database.close();
      unmark();
      if (isOneFile) sealLedger(file);
      for (const lock of locks) lock.release();
    },
  };
}

function openForWriting(file: string, owner: Owner, isSealed: boolean): Database {
  if (!existsSync(file)) createLedger(file);
  checkHeader(file);
  const database = new Database(file, "rw");
  try {
    database.exec(BEFORE_TAKING_OVER);
    if (!isSealed) checkTexts(database);
    breakSeal(file);
    takeOver(database, owner);
    database.exec(AFTER_TAKING_OVER);
    return database;
  } catch (cause) {
    database.close();
    throw cause;
  }
}

/**
 * Takes in what a dead run did, settles what it left in flight and notes the new holder. This comes before the
 * switch to WAL mode, so that a file too damaged to take it is left as it was.
 */
function takeOver(database: Database, owner: Owner): void {
  database.exec("BEGIN IMMEDIATE");
  try {
    takeInLeftovers(database);
    recordUnanswered(database, UNANSWERED);
    recordHolder(database, owner, new Date().toISOString());
    database.exec("COMMIT");
  } catch (cause) {
    rollBack(database);
    throw cause;
  }
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
 * of a reader or a lost ledger, the write-ahead log stays beside it, and nothing is missing from the two. Tells
 * whether it went well.
 */
function leaveOneFile(
  database: Database,
  commits: GroupCommit,
  findMissing: () => string | undefined,
  takeIn: () => void,
): boolean {
  // SQLite deletes the log by its name: not where the name may belong to another ledger by now.
  if (findMissing() !== undefined) return false;
  try {
    takeIn();
    commits.commitNow(() => clearHolder(database));
    // It lets go of the log, which SQLite deletes now.
    commits.close();
    database.exec(BACK_TO_ONE_FILE);
    return true;
  } catch (cause) {
    if (!(cause instanceof DatabaseFault) && !(cause instanceof LedgerLost)) throw cause;
    return false;
  }
}
