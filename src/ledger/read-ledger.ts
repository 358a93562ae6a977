import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { UserError } from "../user-error.ts";
import {
  HOLDER,
  holderSchema,
  holdPlannedAsUnknown,
  type LedgerContents,
  readContents,
  writeContents,
} from "./contents.ts";
import { Database, offersLocks } from "./database.ts";
import { DatabaseFault } from "./driver.ts";
import { readFormat1 } from "./format-1.ts";
import type { LedgerView } from "./ledger.ts";
import {
  checkContent,
  checkHeader,
  type LedgerHeader,
  locate,
  markOpenHere,
} from "./ledger-file.ts";
import { viewInMemory, viewOf } from "./ledger-view.ts";
import { copiedFromRun, type Holder, isLivingHere, isStray, type Lock, takeLock } from "./lock.ts";
import { locked, refusing, unreadable, withoutLocks, withoutLog } from "./refusal.ts";

/**
 * Opens a ledger for reading, also while a run holds it; undefined when there is none. Nothing is created or changed.
 * A ledger of format 1 is read into memory: commands that only look must work where nothing may be written, and leave
 * the file to the version that made it. Throws a UserError: `LEDGER_DAMAGED`, `LEDGER_NEWER`, `LEDGER_NOT_OURS` or
 * `LEDGER_UNREADABLE`.
 */
export function readLedger(file: string): LedgerView | undefined {
  return refusing(file, unreadable, () => {
    const path = locate(file);
    if (!existsSync(path)) return undefined;
    const header = checkHeader(path);
    if (isToBeRewritten(header) || isLeftOpen(path, header)) {
      const contents = readFile(path, header);
      return viewInMemory(path, (database) => writeContents(database, contents));
    }
    const database = openForReading(path, header);
    try {
      checkContent(database, path, header);
      database.onClose(markOpenHere(path));
      return viewOf(path, database);
    } catch (cause) {
      database.close();
      throw cause;
    }
  });
}

/** The same; an empty one where there is none. */
export function readLedgerOrNone(file: string): LedgerView {
  return readLedger(file) ?? viewInMemory(file, () => {});
}

/** Whether what a ledger has recorded cannot be read from its tables as they stand. */
export function isToBeRewritten({ format, lacksLog }: LedgerHeader): boolean {
  return format === 1 || lacksLog;
}

/** Reads all that a ledger has recorded, in today's terms, after the same checks. `file` as `locate` gives it. */
export function readFile(file: string, header: LedgerHeader): LedgerContents {
  return whileOpen(file, header, (database) => {
    checkContent(database, file, header);
    const contents = header.format === 1 ? readFormat1(database) : readContents(database);
    if (lacksRun(header, contents)) throw withoutLog(file);
    const { holder } = contents;
    const wasLeftOpen = header.format === 2 && holder !== undefined && isStray(file, holder);
    if (header.lacksLog || wasLeftOpen) holdPlannedAsUnknown(contents);
    return contents;
  });
}

/** Version 0.1 wrote what a run means to send into the log alone: without it nobody knows which rows to hold. */
function lacksRun({ format, lacksLog }: LedgerHeader, { runs, holder }: LedgerContents): boolean {
  const last = runs.find(({ id }) => id === holder?.run_id);
  return format === 1 && lacksLog && holder !== undefined && (!last || last.finished_at !== null);
}

/** Opens a ledger, as it is and unchecked, for as long as `read` takes. */
export function whileOpen<T>(
  file: string,
  header: LedgerHeader,
  read: (database: Database) => T,
): T {
  const database = openForReading(file, header);
  try {
    return read(database);
  } finally {
    database.close();
  }
}

/** A moment, in which most readers get the file. */
const FIRST_TRY = "PRAGMA busy_timeout = 250; SELECT count(*) FROM sqlite_schema";

/** Longer than any reader or writer of ours keeps the file to itself. */
const READ_ONLY = "PRAGMA busy_timeout = 30000; PRAGMA query_only = ON";

/**
 * Opens a ledger so that reading leaves the file and its folder as they are. Without its log it could only be read by
 * making one, and one of format 1 shall be let go at once, for it may be taken over next: then a copy is read.
 */
function openForReading(file: string, header: LedgerHeader): Database {
  if (header.lacksLog) return openCopy(file, ["", "-journal"]);
  if (header.format === 1 && !header.isAtRest) return openCopy(file, ["", "-wal", "-journal"]);
  // A run was killed while it left a journal; only a connection that may write can undo that.
  return openWith(file, existsSync(`${file}-journal`) ? "rw" : "ro");
}

function openCopy(file: string, suffixes: readonly string[]): Database {
  const folder = mkdtempSync(join(tmpdir(), "qgfx-ledger-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const copy = join(folder, "ledger.db");
    for (const suffix of suffixes) {
      if (existsSync(`${file}${suffix}`)) copyFileSync(`${file}${suffix}`, `${copy}${suffix}`);
    }
    const database = openWith(copy, "rw");
    database.onClose(remove);
    return database;
  } catch (cause) {
    remove();
    throw cause;
  }
}

function openWith(file: string, mode: "ro" | "rw"): Database {
  const database = new Database(file, mode);
  try {
    refuseWithoutLocks(database, file);
    database.exec(READ_ONLY);
    return database;
  } catch (cause) {
    database.close();
    throw cause;
  }
}

/** Or whoever reads would wait half a minute on such a drive, for nothing. What else is wrong is found by the checks. */
function refuseWithoutLocks(database: Database, file: string): void {
  try {
    database.exec(FIRST_TRY);
  } catch (cause) {
    const isBusy = cause instanceof DatabaseFault && cause.code.startsWith("SQLITE_BUSY");
    if (isBusy && !offersLocks(file)) throw withoutLocks(file);
  }
}

/**
 * Keeps every run out of a ledger until the lock is released, and nobody else who does the same; there need be no
 * ledger yet. `path` as `locate` gives it. Throws `LEDGER_LOCKED` while a run holds it; undefined where the lock
 * cannot be made, for then no run could have it from here either.
 */
export function keepRunsOut(path: string): Lock | undefined {
  try {
    const lock = takeLock(`${path}.lock`, "shared");
    if (!lock) throw heldByAnother(path);
    return lock;
  } catch (cause) {
    if (cause instanceof DatabaseFault && /^SQLITE_(CANTOPEN|READONLY)/.test(cause.code)) return;
    throw cause;
  }
}

/** Throws `LEDGER_LOCKED` while a run holds a ledger, saying whose. */
export function refuseHeld(file: string): void {
  refusing(file, unreadable, () => keepRunsOut(locate(file))?.release());
}

/** Whether a run holds a ledger now. */
export function isHeld(file: string): boolean {
  try {
    refuseHeld(file);
    return false;
  } catch (cause) {
    if (cause instanceof UserError && cause.code === "LEDGER_LOCKED") return true;
    throw cause;
  }
}

/** Exit 7: says who holds the ledger, where and since when, as far as that can be read. */
export function heldByAnother(file: string): UserError {
  const holder = tryReadHolder(file);
  if (!holder && !offersLocks(file)) return withoutLocks(file);
  if (!holder) return locked(file, "another run", "wait until it ends, or stop it");
  const { user, machine, pid, since } = holder;
  return locked(
    file,
    `a run of ${user} (process ${pid} on ${machine}, since ${since})`,
    `wait until it ends, or stop process ${pid} on ${machine}`,
  );
}

/** Undefined, too, where a run that died left its name and the one that has the lock has not written its own yet. */
function tryReadHolder(file: string): Holder | undefined {
  try {
    const holder = readHolder(file, checkHeader(file));
    const isGone = holder?.machine === hostname() && !isLivingHere(holder);
    return isGone ? undefined : holder;
  } catch {
    // The message does without: that the ledger is held is what matters.
    return undefined;
  }
}

/** Who has a ledger open for writing, or died with it open; undefined where it was closed, and where version 0.1 wrote it. */
function readHolder(file: string, header: LedgerHeader): Holder | undefined {
  if (header.format === 1) return undefined;
  return whileOpen(file, header, (database) => database.first(holderSchema, HOLDER));
}

/** Whether a ledger was not closed and may lack what was done since by who had it open. */
export function isLeftOpen(file: string, header: LedgerHeader): boolean {
  const holder = readHolder(file, header);
  return holder !== undefined && isStray(file, holder);
}

/**
 * Refuses, with exit 7, the copy of a ledger that a run on this computer has open. To be called with the lock of the
 * ledger held, so that the run has another one.
 */
export function refuseCopyOfLive(file: string): void {
  const holder = readHolder(file, checkHeader(file));
  if (holder && isLivingHere(holder)) throw copiedFromRun(file, holder);
}
