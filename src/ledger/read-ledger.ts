import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkContent, checkHeader, type LedgerHeader } from "./check-ledger.ts";
import {
  holdPlannedAsUnknown,
  type LedgerContents,
  readContents,
  writeContents,
} from "./contents.ts";
import { makeTables } from "./create-ledger.ts";
import { Database } from "./database.ts";
import { IN_MEMORY } from "./driver.ts";
import { readFormat1 } from "./format-1.ts";
import type { LedgerView } from "./ledger.ts";
import { viewOf } from "./ledger-view.ts";
import { locate, markOpenHere } from "./own-files.ts";
import { refusing, unreadable } from "./refusal.ts";

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
    if (isToBeRewritten(header)) {
      const contents = readFile(path, header);
      return viewInMemory(path, (database) => writeContents(database, contents));
    }
    const { database, close } = openForReading(path, header);
    try {
      checkContent(database, path, header);
      const unmark = markOpenHere(path);
      return viewUntilClosed(path, database, () => {
        close();
        unmark();
      });
    } catch (cause) {
      close();
      throw cause;
    }
  });
}

/** Whether what a ledger has recorded cannot be read from its tables as they stand. */
export function isToBeRewritten({ format, lacksLog }: LedgerHeader): boolean {
  return format === 1 || lacksLog;
}

/** Reads all that a ledger has recorded, in today's terms, after the same checks. `file` as `locate` gives it. */
export function readFile(file: string, header: LedgerHeader): LedgerContents {
  const { database, close } = openForReading(file, header);
  try {
    checkContent(database, file, header);
    const contents = header.format === 1 ? readFormat1(database) : readContents(database);
    if (header.lacksLog) holdPlannedAsUnknown(contents);
    return contents;
  } finally {
    close();
  }
}

/** Reads what `fill` writes into an empty ledger in memory; `file` is its name in messages. */
export function viewInMemory(file: string, fill: (database: Database) => void): LedgerView {
  const database = new Database(IN_MEMORY, "rwc");
  makeTables(database, () => fill(database));
  return viewUntilClosed(file, database, () => database.close());
}

function viewUntilClosed(file: string, database: Database, close: () => void): LedgerView {
  let isOpen = true;
  return {
    ...viewOf(file, database),
    close() {
      if (isOpen) close();
      isOpen = false;
    },
  };
}

/** Longer than any reader or writer of ours keeps the file to itself. */
const READ_ONLY = "PRAGMA busy_timeout = 30000; PRAGMA query_only = ON";

/** A database that is read, and what to call when that is done. */
export interface OpenedForReading {
  database: Database;
  close(): void;
}

/**
 * Opens a ledger so that reading leaves the file and its folder as they are. Without its log it could only be read by
 * making one, and one of format 1 shall be let go at once, for it may be taken over next: then a copy is read.
 */
export function openForReading(file: string, header: LedgerHeader): OpenedForReading {
  if (header.lacksLog || (header.format === 1 && !header.isAtRest)) return openCopy(file);
  // A run was killed while it left a journal; only a connection that may write can undo that.
  return openWith(file, existsSync(`${file}-journal`) ? "rw" : "ro");
}

function openCopy(file: string): OpenedForReading {
  const folder = mkdtempSync(join(tmpdir(), "qgfx-ledger-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const copy = join(folder, "ledger.db");
    for (const suffix of ["", "-wal", "-journal"]) {
      if (existsSync(`${file}${suffix}`)) copyFileSync(`${file}${suffix}`, `${copy}${suffix}`);
    }
    const { database, close } = openWith(copy, "rw");
    const closeAndRemove = () => {
      close();
      remove();
    };
    return { database, close: closeAndRemove };
  } catch (cause) {
    remove();
    throw cause;
  }
}

function openWith(file: string, mode: "ro" | "rw"): OpenedForReading {
  const database = new Database(file, mode);
  const close = () => database.close();
  try {
    database.exec(READ_ONLY);
    return { database, close };
  } catch (cause) {
    close();
    throw cause;
  }
}
