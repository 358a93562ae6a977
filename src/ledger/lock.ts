import { UserError } from "../user-error.ts";
import { Database } from "./database.ts";
import { DatabaseFault } from "./driver.ts";
import { markOpenHere } from "./ledger-file.ts";

/** A lock that the kernel releases when its process ends, however it ends. */
export interface Lock {
  file: string;
  release(): void;
}

/**
 * Two processes that try in the same instant can turn each other away; whoever waits this long gets it. A
 * run keeps it for seconds or hours, so that waiting longer would not help. Whoever tries in vain for an exclusive
 * lock keeps new shared ones out meanwhile: they wait until it has given up.
 */
const RACE_MS = { exclusive: 250, shared: 500 };

/** Reading is what takes a shared lock (SQLite, File Locking, 3.0). */
const BEGIN = {
  exclusive: "BEGIN EXCLUSIVE",
  shared: "BEGIN; SELECT count(*) FROM sqlite_schema",
};

/**
 * Takes the lock that makes a run the ledger's only writer: an SQLite file of its own, held by an exclusive
 * transaction, so that the ledger itself can be read meanwhile. The file is never removed: removing it would
 * let two runs lock two files. A shared one only keeps exclusive ones out. Undefined when it cannot be had now.
 */
export function takeLock(
  file: string,
  kind: "exclusive" | "shared" = "exclusive",
): Lock | undefined {
  const database = new Database(file, "rwc");
  try {
    // In memory: the lock needs no journal, and a killed run shall leave none.
    database.exec(`
      PRAGMA busy_timeout = ${RACE_MS[kind]};
      PRAGMA journal_mode = MEMORY;
      ${BEGIN[kind]}`);
  } catch (cause) {
    database.close();
    if (!(cause instanceof DatabaseFault)) throw cause;
    if (cause.code.startsWith("SQLITE_BUSY")) return undefined;
    throw cause.code === "SQLITE_NOTADB" ? notALock(file) : cause;
  }
  database.onClose(markOpenHere(file, "lock"));
  return {
    file,
    release() {
      database.exec("ROLLBACK");
      database.close();
    },
  };
}

function notALock(file: string): UserError {
  return new UserError("LEDGER_UNWRITABLE", `${file} is in the way: it is not a lock of qgfx`, {
    hint: `move ${file} away`,
  });
}
