import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LedgerHeader } from "./check-ledger.ts";
import { Database } from "./database.ts";

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
