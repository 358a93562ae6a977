import { basename } from "node:path";
import { UserError } from "../user-error.ts";
import { offersLocks } from "./database.ts";
import { DatabaseFault } from "./driver.ts";
import { findForeign } from "./ledger-folder.ts";

/** The ledger's pages or rows cannot be trusted. */
export function damaged(file: string, detail: string): UserError {
  return new UserError("LEDGER_DAMAGED", `the ledger ${file} is damaged: ${detail}`, {
    hint: "put back a copy; without one, move it away: the next command takes the ids from the results file",
  });
}

/** What its last run sent is in a file that did not come along. */
export function withoutLog(file: string): UserError {
  const message = `the ledger ${file} was copied in the middle of a run, without ${basename(file)}-wal`;
  return new UserError("LEDGER_DAMAGED", message, {
    hint: `copy ${basename(file)}-wal from the same place; if it is lost, move the ledger away: the next command takes the ids from the results file, and uploads what that lacks`,
  });
}

/** The file is something else. */
export function notOurs(file: string, detail: string): UserError {
  return new UserError("LEDGER_NOT_OURS", `${file} is not a ledger of qgfx: ${detail}`, {
    hint: "name the ledger, or a file that does not exist yet, with --ledger",
  });
}

/** A later qgfx wrote it. */
export function newer(file: string, version: number, known: number): UserError {
  return new UserError(
    "LEDGER_NEWER",
    `the ledger ${file} has format ${version}, and this qgfx knows formats up to ${known}`,
    { hint: "update qgfx" },
  );
}

/** The operating system would not let us read it. */
export function unreadable(
  file: string,
  detail: string,
  hint = "check that it is a file you may read, or name another with --ledger",
): UserError {
  const message = `the ledger ${file} cannot be read: ${detail}`;
  return new UserError("LEDGER_UNREADABLE", message, { hint });
}

/** It has another name, a hard link: two runs could hold it at once, each with a lock beside its own name. */
export function linked(file: string): UserError {
  return new UserError("LEDGER_UNREADABLE", `the ledger ${file} has a second name (a hard link)`, {
    hint: "make a copy of it in place of one of the two, so that two runs cannot write it at once",
  });
}

/** The operating system would not let us create or change it. Nothing was sent. */
export function unwritable(
  file: string,
  detail: string,
  hint = "free space or make its folder writable, or name another place with --ledger",
): UserError {
  const message = `the ledger ${file} cannot be written: ${detail}`;
  return new UserError("LEDGER_UNWRITABLE", message, { hint });
}

/** The same where somebody may not use it, who is told whose it is if it is another user's. */
function forbidden(
  file: string,
  failure: typeof unreadable | typeof unwritable,
  detail: string,
): UserError {
  const foreign = findForeign(file);
  if (!foreign) return failure(file, detail);
  const { file: theirs, owner } = foreign;
  return failure(
    file,
    `${theirs} belongs to ${owner}, and you may not use it`,
    `ask ${owner} to run it or to let you write there, or keep a ledger of your own with --ledger`,
  );
}

/** Another program holds it. */
export function locked(file: string, holder: string, hint: string): UserError {
  return new UserError("LEDGER_LOCKED", `${holder} holds the ledger ${file}`, {
    hint,
    exitCode: 7,
  });
}

const ELSEWHERE = "keep the ledger on a disk of this computer: --ledger with a file there";

/** The drive cannot keep a second run out. */
export function withoutLocks(file: string): UserError {
  return unwritable(file, "the drive offers no locks, as some network drives do not", ELSEWHERE);
}

/** How an error code of the operating system reads. */
const SYSTEM_ERRORS: Record<string, string> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  ENOTDIR: "a part of its path is a file",
  EMFILE: "too many files are open",
  ENFILE: "too many files are open",
  ELOOP: "its links lead in a circle",
  EIO: "the disk reported an error",
  ESTALE: "the network drive is gone",
  ENOTCONN: "the network drive is gone",
  ENODEV: "the drive is gone",
  ETIMEDOUT: "the network drive does not answer",
};

/** What an error of `node:fs` says; undefined for any other error. */
export function describeSystemError(cause: unknown): string | undefined {
  if (!(cause instanceof Error) || !("syscall" in cause) || !("code" in cause)) return undefined;
  return SYSTEM_ERRORS[String(cause.code)] ?? String(cause.code);
}

/** Faults of drives that lack what SQLite needs: extended result codes, by the names and numbers that drivers give. */
const LACKS: readonly [RegExp, string][] = [
  [/SHM(OPEN|LOCK|MAP)|\((4618|5130|5386)\)/, "the drive offers no shared memory"],
  [/(RD|UN|RESERVED)?LOCK\b|\((2058|2314|3594|3850)\)/, "the drive offers no locks"],
];

/** What a drive lacks, by the code of an I/O error; undefined where that says something else. */
function lackOf(code: string): string | undefined {
  if (!code.startsWith("SQLITE_IOERR")) return undefined;
  return LACKS.find(([codes]) => codes.test(code))?.[1];
}

/** How an SQLite result code reads. */
export function describeFault({ code, message }: DatabaseFault): string {
  // SHMSIZE (4874): the file of shared memory cannot grow.
  if (/^SQLITE_(FULL|IOERR_SHMSIZE)|\(4874\)/.test(code)) return "the disk is full";
  const lack = lackOf(code);
  if (lack !== undefined) return lack;
  if (code.startsWith("SQLITE_IOERR")) return `the disk reported an error (${code})`;
  if (code.startsWith("SQLITE_READONLY")) return "it is read-only";
  if (code.startsWith("SQLITE_BUSY")) return "another program has kept it locked";
  if (code.startsWith("SQLITE_CANTOPEN")) return "it could not be opened";
  return `${message} (${code})`;
}

/**
 * Does `work` on the ledger and turns what SQLite and the file system refuse into a UserError. A code
 * that is not about access means that the file does not hold what it should.
 */
export function refusing<T>(
  file: string,
  failure: typeof unreadable | typeof unwritable,
  work: () => T,
): T {
  try {
    return work();
  } catch (cause) {
    const system = describeSystemError(cause);
    if (system === "permission denied") throw forbidden(file, failure, system);
    if (system !== undefined) throw failure(file, system);
    if (cause instanceof DatabaseFault) throw refusalOf(file, failure, cause);
    throw cause;
  }
}

/** What a fault of SQLite means to the user when nothing has been sent. */
export function refusalOf(
  file: string,
  failure: typeof unreadable | typeof unwritable,
  fault: DatabaseFault,
): UserError {
  const { code } = fault;
  if (code.startsWith("SQLITE_BUSY")) {
    if (!offersLocks(file)) return withoutLocks(file);
    return locked(file, "another program", "wait until it is done, or close it");
  }
  if (lackOf(code) !== undefined) return failure(file, describeFault(fault), ELSEWHERE);
  if (code.startsWith("SQLITE_FULL")) return unwritable(file, describeFault(fault));
  if (/^SQLITE_(READONLY|CANTOPEN|PERM|AUTH)/.test(code)) {
    return forbidden(file, failure, describeFault(fault));
  }
  if (/^SQLITE_(IOERR|NOMEM|PROTOCOL)/.test(code)) return failure(file, describeFault(fault));
  return damaged(file, describeFault(fault));
}

const GO_ON =
  "save the ids printed here, fix the cause, and run the same command again; then give the ids of unknown rows to `qgfx resolve`";

/**
 * The ledger took no more writes in the middle of a run: a full disk, an I/O error, a file that vanished.
 * Nothing more may be sent, and what was not acknowledged is not recorded.
 */
export class LedgerLost extends UserError {
  /** What happened to it, without the ledger's name. */
  readonly detail: string;

  /** Without a `hint` of its own: the ledger can still be read, so that the same command goes on from it. */
  constructor(file: string, detail: string, cause: unknown, hint = GO_ON) {
    super("LEDGER_LOST", `the ledger ${file} cannot be written any more: ${detail}`, {
      hint,
      exitCode: 3,
    });
    this.name = "LedgerLost";
    this.detail = detail;
    this.cause = cause;
  }
}
