import { hostname } from "node:os";
import { z } from "zod";
import { UserError } from "../user-error.ts";
import { checkHeader } from "./check-ledger.ts";
import { Database } from "./database.ts";
import { DatabaseFault } from "./driver.ts";
import { locate } from "./own-files.ts";
import { openForReading } from "./read-ledger.ts";
import { locked, refusing, unreadable } from "./refusal.ts";

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

const holderSchema = z.object({
  user: z.string(),
  machine: z.string(),
  pid: z.int(),
  since: z.string(),
});

/** Exit 7: says who holds the ledger, where and since when, as far as that can be read. */
export function heldByAnother(file: string): UserError {
  const holder = readHolder(file);
  if (!holder) return locked(file, "another run", "wait until it ends, or stop it");
  const { user, machine, pid, since } = holder;
  return locked(
    file,
    `a run of ${user} (process ${pid} on ${machine}, since ${since})`,
    `wait until it ends, or stop process ${pid} on ${machine}`,
  );
}

function readHolder(file: string): z.infer<typeof holderSchema> | undefined {
  try {
    const { database, close } = openForReading(file, checkHeader(file));
    try {
      const holder = database.first(holderSchema, "SELECT user, machine, pid, since FROM holder");
      return holder && !isGone(holder) ? holder : undefined;
    } finally {
      close();
    }
  } catch {
    // The message does without: that the ledger is held is what matters.
    return undefined;
  }
}

/** Whether the name was left by a run that died, the holder not having written its own yet. */
function isGone({ machine, pid }: z.infer<typeof holderSchema>): boolean {
  if (machine !== hostname()) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (cause) {
    return cause instanceof Error && "code" in cause && cause.code === "ESRCH";
  }
}
