import { isUtf8 } from "node:buffer";
import {
  type BigIntStats,
  closeSync,
  existsSync,
  lstatSync,
  openSync,
  readSync,
  realpathSync,
  statSync,
} from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import type { UserError } from "../user-error.ts";
import type { Database } from "./database.ts";
import { DatabaseFault } from "./driver.ts";
import { refuseLeadingOut } from "./ledger-folder.ts";
import { damaged, linked, newer, notOurs, unreadable } from "./refusal.ts";
import { APPLICATION_ID, FORMAT_VERSION, IS_UNSOUND, SCHEMA } from "./schema.ts";

/** How often this process has a ledger, or a lock, open through SQLite. */
const open = { ledger: new Map<string, number>(), lock: new Map<string, number>() };

/** One file whatever its path: device and inode number. */
function identity({ dev, ino }: BigIntStats): string {
  return `${dev}:${ino}`;
}

/**
 * Whether this process has the file open through SQLite. Then nothing else here may open it: POSIX drops
 * all of a process's locks on a file as soon as the process closes any descriptor of it.
 */
export function isOpenHere(stats: BigIntStats): boolean {
  const key = identity(stats);
  return ((open.ledger.get(key) ?? 0) || (open.lock.get(key) ?? 0)) > 0;
}

/** Whether this process has any ledger open. */
export function hasOpenLedger(): boolean {
  return [...open.ledger.values()].some((count) => count > 0);
}

/** Notes that this process has a file open through SQLite; the function returned takes the note back. */
export function markOpenHere(file: string, kind: keyof typeof open = "ledger"): () => void {
  const key = identity(statSync(file, { bigint: true }));
  const counts = open[kind];
  counts.set(key, (counts.get(key) ?? 0) + 1);
  return () => counts.set(key, (counts.get(key) ?? 1) - 1);
}

/**
 * Notes which files stand at the given paths now, and returns a check that names the first path where
 * another file or none stands later. SQLite goes on writing to a deleted file without a complaint.
 */
export function watchFiles(paths: readonly string[]): () => string | undefined {
  const before = paths.map((path) => ({ path, file: fileAt(path) }));
  return () => before.find(({ path, file }) => fileAt(path) !== file)?.path;
}

/** A file that cannot be looked at does not stand there: nobody would find there what is written. */
function fileAt(path: string): string | undefined {
  try {
    return identity(statSync(path, { bigint: true }));
  } catch {
    return undefined;
  }
}

/** The file itself where the path is a link, so that one ledger has one lock whatever it is called. */
export function locate(file: string): string {
  const path = resolve(file);
  refuseLeadingOut(path);
  if (existsSync(path)) return realpathSync(path);
  if (lstatSync(path, { throwIfNoEntry: false })) {
    throw unreadable(file, "it is a link to a file that does not exist");
  }
  return path;
}

/** SQLite file format, 1.3: the database header. */
export const HEADER_BYTES = 100;

const MAGIC = Buffer.from("SQLite format 3\0", "latin1");
const READ_VERSION_OFFSET = 19;
const WAL_VERSION = 2;
const USER_VERSION_OFFSET = 60;
const APPLICATION_ID_OFFSET = 68;

/** What a ledger's first bytes and the files beside it say of it. */
export interface LedgerHeader {
  format: 1 | 2;
  /** Whether nobody has it open, nor died with it open: all of it is in the one file. */
  isAtRest: boolean;
  /**
   * Whether it was copied in the middle of a run, or found after one, without its write-ahead log, or put in the place
   * of another whose log is still there: what that run did is not in it, and the log is not its own.
   */
  lacksLog: boolean;
}

/**
 * Refuses, with a UserError, a file that is not a ledger this qgfx can read. It reads the header itself, so
 * that SQLite never touches a file that is refused.
 */
export function checkHeader(file: string): LedgerHeader {
  const stats = statSync(file, { bigint: true });
  if (!stats.isFile()) throw unreadable(file, "it is not a regular file");
  if (stats.nlink > 1n) throw linked(file);
  // In this process only ledgers of today's format stay open.
  if (isOpenHere(stats)) return { format: FORMAT_VERSION, isAtRest: false, lacksLog: false };
  const header = readHeader(file);
  const problem = headerProblem(file, header);
  if (problem) throw problem;
  const isWal = header[READ_VERSION_OFFSET] === WAL_VERSION;
  return {
    format: header.readUInt32BE(USER_VERSION_OFFSET) === 1 ? 1 : 2,
    isAtRest: !isWal && !existsSync(`${file}-journal`),
    lacksLog: isWal ? logBytes(file) === undefined : (logBytes(file) ?? 0) > 0,
  };
}

/** Undefined where there is no log. */
function logBytes(file: string): number | undefined {
  return statSync(`${file}-wal`, { throwIfNoEntry: false })?.size;
}

/** Whether the first `HEADER_BYTES` of a file are those of a ledger, of whatever format. */
export function isLedgerHeader(bytes: Buffer): boolean {
  if (bytes.length < HEADER_BYTES || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) return false;
  return bytes.readUInt32BE(APPLICATION_ID_OFFSET) === APPLICATION_ID;
}

function headerProblem(file: string, header: Buffer): UserError | undefined {
  if (header.length === 0) return damaged(file, "it is empty");
  const magic = header.subarray(0, MAGIC.length);
  if (!magic.equals(MAGIC.subarray(0, magic.length))) return notOurs(file, "not an SQLite file");
  if (header.length < HEADER_BYTES) return damaged(file, "its header is cut off");
  const applicationId = header.readUInt32BE(APPLICATION_ID_OFFSET);
  if (applicationId !== APPLICATION_ID) return notOurs(file, "an SQLite file of another program");
  const version = header.readUInt32BE(USER_VERSION_OFFSET);
  if (version > FORMAT_VERSION) return newer(file, version, FORMAT_VERSION);
  if (version < 1) return damaged(file, `there is no format ${version}`);
  return undefined;
}

function readHeader(file: string): Buffer {
  const buffer = Buffer.alloc(HEADER_BYTES);
  const descriptor = openSync(file, "r");
  try {
    return buffer.subarray(0, readSync(descriptor, buffer, 0, HEADER_BYTES, 0));
  } finally {
    closeSync(descriptor);
  }
}

/** Makes an empty ledger in an empty database, in one transaction with what `fill` writes. */
export function makeTables(database: Database, fill: () => void): void {
  database.exec(
    `PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${FORMAT_VERSION}`,
  );
  database.transaction(() => {
    database.exec(SCHEMA.join(";"));
    fill();
  });
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

/** Whether a column holds what no id has: ids are shown, and put into addresses. */
const isNoId = (id: string) => `${id} NOT GLOB 'IM_*' OR ${id} GLOB '*[^a-zA-Z0-9_]*'`;

/** Each attempt is of a run, and of its library, and holds what it may. */
const ATTEMPTS_CHECK =
  verdict(`NOT EXISTS (SELECT 1 FROM attempts LEFT JOIN runs ON runs.id = run_id
  WHERE (attempts.service, attempts.library) IS NOT (runs.service, runs.library) OR ${IS_UNSOUND}
    OR ${isNoId("graphic_id")} OR ${isNoId("replaces")})`);

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

const columnSchema = z.object({ name: z.string() });

/** Refuses text that is not UTF-8: SQLite's own checks pass over it, and whoever reads it would find it too late. */
export function checkTexts(database: Database): void {
  for (const table of ["runs", "attempts"]) {
    const columns = database.all(columnSchema, `SELECT name FROM pragma_table_info('${table}')`);
    // Between two texts something must stand, or halves of characters could become whole ones.
    const row = columns.map(({ name }) => `coalesce(${name}, '')`).join(" || char(10) || ");
    const all = database.bytes(`SELECT CAST(group_concat(${row}, char(10)) AS BLOB) FROM ${table}`);
    if (isUtf8(all)) continue;
    throw new DatabaseFault("SQLITE_CORRUPT", "a row holds text that is not UTF-8");
  }
}
