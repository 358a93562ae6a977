import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import type { UserError } from "../user-error.ts";
import {
  holdPlannedAsUnknown,
  type LedgerContents,
  readContents,
  writeContents,
} from "./contents.ts";
import { Database } from "./database.ts";
import { DatabaseFault, IN_MEMORY } from "./driver.ts";
import { readFormat1 } from "./format-1.ts";
import type { LedgerView } from "./ledger.ts";
import {
  checkHeader,
  type LedgerHeader,
  type Lock,
  locate,
  makeTables,
  markOpenHere,
  takeLock,
} from "./ledger-file.ts";
import { viewOf } from "./ledger-view.ts";
import { damaged, locked, refusing, unreadable } from "./refusal.ts";
import { IS_UNSOUND, SCHEMA } from "./schema.ts";

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

/** Whether what a ledger has recorded cannot be read from its tables as they stand. */
export function isToBeRewritten({ format, lacksLog }: LedgerHeader): boolean {
  return format === 1 || lacksLog;
}

/** Reads all that a ledger has recorded, in today's terms, after the same checks. `file` as `locate` gives it. */
export function readFile(file: string, header: LedgerHeader): LedgerContents {
  return whileOpen(file, header, (database) => {
    checkContent(database, file, header);
    const contents = header.format === 1 ? readFormat1(database) : readContents(database);
    if (header.lacksLog) holdPlannedAsUnknown(contents);
    return contents;
  });
}

/** Reads what `fill` writes into an empty ledger in memory; `file` is its name in messages. */
export function viewInMemory(file: string, fill: (database: Database) => void): LedgerView {
  const database = new Database(IN_MEMORY, "rwc");
  makeTables(database, () => fill(database));
  return viewOf(file, database);
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

/** Longer than any reader or writer of ours keeps the file to itself. */
const READ_ONLY = "PRAGMA busy_timeout = 30000; PRAGMA query_only = ON";

/**
 * Opens a ledger so that reading leaves the file and its folder as they are. Without its log it could only be read by
 * making one, and one of format 1 shall be let go at once, for it may be taken over next: then a copy is read.
 */
function openForReading(file: string, header: LedgerHeader): Database {
  if (header.lacksLog || (header.format === 1 && !header.isAtRest)) return openCopy(file);
  // A run was killed while it left a journal; only a connection that may write can undo that.
  return openWith(file, existsSync(`${file}-journal`) ? "rw" : "ro");
}

function openCopy(file: string): Database {
  const folder = mkdtempSync(join(tmpdir(), "qgfx-ledger-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const copy = join(folder, "ledger.db");
    for (const suffix of ["", "-wal", "-journal"]) {
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
    database.exec(READ_ONLY);
    return database;
  } catch (cause) {
    database.close();
    throw cause;
  }
}

const SCHEMA_TEXTS = SCHEMA.map((text) => `'${text.replaceAll("'", "''")}'`).join(", ");

/**
 * Checks give their verdict as an error, because only `exec` surely lets the file go afterwards: `json` takes
 * the `0` of a sound file and throws at anything else.
 */
const verdict = (isSound: string) => `SELECT json(iif(${isSound}, '0', 'unsound'))`;

/** All that this qgfx made is there, and nothing else: no trigger or view of a stranger's. */
const SCHEMA_CHECK = `
${verdict(`(SELECT count(*) FROM sqlite_schema WHERE sql IN (${SCHEMA_TEXTS})) = ${SCHEMA.length}
  AND (SELECT count(*) FROM sqlite_schema WHERE sql IS NOT NULL) = ${SCHEMA.length}`)}`;

/** Each attempt is of a run, and of its library, and holds what it may. */
const ATTEMPTS_CHECK =
  verdict(`NOT EXISTS (SELECT 1 FROM attempts LEFT JOIN runs ON runs.id = run_id
  WHERE (attempts.service, attempts.library) IS NOT (runs.service, runs.library) OR ${IS_UNSOUND})`);

/** Every row is looked up in every index, with up to 64 MiB of pages in memory. */
const PAGE_CHECK = `
PRAGMA cache_size = -65536;
${verdict("integrity_check = 'ok'")} FROM pragma_integrity_check`;

const FORMAT_1_CHECK = verdict(
  "NOT EXISTS (SELECT 1 FROM sqlite_schema WHERE type NOT IN ('table', 'index'))",
);

/**
 * Refuses, with a UserError, a ledger whose tables, pages, indexes or column types do not fit together, or that
 * holds what qgfx did not make. Reads only. 100,000 rows take about a quarter of a second.
 */
export function checkContent(database: Database, file: string, { format }: LedgerHeader): void {
  try {
    database.exec(format === 1 ? FORMAT_1_CHECK : SCHEMA_CHECK);
    database.exec(PAGE_CHECK);
    if (format === 2) database.exec(ATTEMPTS_CHECK);
  } catch (cause) {
    if (cause instanceof DatabaseFault && cause.code === "SQLITE_ERROR") {
      throw damaged(file, "its parts do not fit together");
    }
    throw cause;
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
    const holder = whileOpen(file, checkHeader(file), (database) =>
      database.first(holderSchema, "SELECT user, machine, pid, since FROM holder"),
    );
    return holder && !isGone(holder) ? holder : undefined;
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
