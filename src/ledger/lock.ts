import { readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { hostname } from "node:os";
import { performance } from "node:perf_hooks";
import type { z } from "zod";
import { UserError } from "../user-error.ts";
import type { holderSchema } from "./contents.ts";
import { Database } from "./database.ts";
import { DatabaseFault } from "./driver.ts";
import { hasOpenLedger, markOpenHere } from "./ledger-file.ts";

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

/** Who has a ledger open for writing, or died with it open. */
export type Holder = z.infer<typeof holderSchema>;

/** Whether the process that opened the ledger still runs, on this computer. */
export function isLivingHere({ machine, pid, since }: Holder): boolean {
  if (machine !== hostname()) return false;
  // It may have lost a ledger without being able to say in it that it let go.
  if (pid === process.pid && !hasOpenLedger()) return false;
  try {
    process.kill(pid, 0);
  } catch (cause) {
    // EPERM: it is another user's.
    if (cause instanceof Error && "code" in cause && cause.code === "ESRCH") return false;
  }
  const startedMs = startOf(pid);
  // Later: its number was given to another process since.
  return startedMs === undefined || startedMs <= Date.parse(since) + CLOCK_TOLERANCE_MS;
}

/** A clock may have been set meanwhile. */
const CLOCK_TOLERANCE_MS = 10_000;

/** The unit of `/proc/PID/stat`; USER_HZ is 100 on all of Linux. */
const TICK_MS = 10;

/** When a process began, in ms since the epoch; undefined where the system does not say. */
function startOf(pid: number): number | undefined {
  try {
    const upMs = Number(readFileSync("/proc/uptime", "latin1").split(" ")[0]) * 1_000;
    const bootMs = Date.now() - upMs;
    // Some containers have an uptime of their own, and then this process seems to begin after it did.
    const isOdd = bootMs + startMs(process.pid) > performance.timeOrigin + CLOCK_TOLERANCE_MS;
    return isOdd ? undefined : bootMs + startMs(pid);
  } catch {
    return undefined;
  }
}

/** Counted from the system's start: proc_pid_stat(5), field 22. A killed process that nobody asked about never began. */
function startMs(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, "latin1");
  // The name, which may hold anything, ends before field 3, the state.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" ? Number.POSITIVE_INFINITY : Number(fields[19]) * TICK_MS;
}

/**
 * Whether a ledger that was not closed may lack what its run did after the file came here: its run is another
 * computer's, or the file is younger than the run, a copy. A ledger whose run was killed in its place lacks nothing.
 */
export function isStray(file: string, { machine, since }: Holder): boolean {
  if (machine !== hostname()) return true;
  // Some network drives know no birth time; 0 then.
  return Math.floor(statSync(file).birthtimeMs) > Date.parse(since);
}

/** Exit 7: the ledger is a copy of one that a run has open, for the lock beside it was free. */
export function copiedFromRun(file: string, { user, machine, pid, since }: Holder): UserError {
  return new UserError(
    "LEDGER_COPIED",
    `the ledger ${file} is a copy of ${findOriginal(pid) ?? "one"}, which a run of ${user} has open (process ${pid} on ${machine}, since ${since})`,
    {
      hint: "work in the folder it was copied from, or wait until that run ends and copy the whole folder again: both would send the same rows",
      exitCode: 7,
    },
  );
}

/** The ledger that a process has open, where the system tells. */
function findOriginal(pid: number): string | undefined {
  try {
    const folder = `/proc/${pid}/fd`;
    const files = readdirSync(folder).map((name) => readlinkSync(`${folder}/${name}`));
    return files.find((file) => file.endsWith(LOCK))?.slice(0, -LOCK.length);
  } catch {
    return undefined;
  }
}

/** What the lock's name has more than the ledger's. */
const LOCK = ".lock";
