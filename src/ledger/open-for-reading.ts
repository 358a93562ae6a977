import { existsSync } from "node:fs";
import type { JournalMode } from "./check-header.ts";
import { Database, type OpenMode } from "./database.ts";

/** Longer than any reader or writer of ours keeps the file to itself. */
const BUSY_TIMEOUT_MS = 30_000;

/** Opens a ledger so that reading leaves the file and its folder as they are. */
export function openForReading(file: string, journal: JournalMode): Database {
  const database = new Database(file, modeFor(file, journal));
  try {
    database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}; PRAGMA query_only = ON`);
    return database;
  } catch (cause) {
    database.close();
    throw cause;
  }
}

/** How to open a ledger without changing it or its folder. */
export function modeFor(file: string, journal: JournalMode): OpenMode {
  // A run was killed while it switched to WAL mode; only a connection that may write can undo that.
  if (existsSync(`${file}-journal`)) return "rw";
  // Nobody has it open, for a writer would have a WAL; and reading would leave an empty one behind.
  if (journal === "wal" && !existsSync(`${file}-wal`)) return "immutable";
  return "ro";
}
