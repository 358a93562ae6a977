import { isUtf8 } from "node:buffer";
import { closeSync, existsSync, openSync, readSync, statSync } from "node:fs";
import type { UserError } from "../user-error.ts";
import type { Database } from "./database.ts";
import { DatabaseFault } from "./driver.ts";
import { isOpenHere } from "./own-files.ts";
import { damaged, linked, newer, notOurs, unreadable } from "./refusal.ts";
import { APPLICATION_ID, FORMAT_VERSION, SCHEMA } from "./schema.ts";

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
   * Whether it was copied in the middle of a run, or found after one, without its write-ahead log: what that run did
   * is not in it.
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
    lacksLog: isWal && !existsSync(`${file}-wal`),
  };
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

/** Up to this size every row is looked up in every index; of a larger file every page and value is read. */
const THOROUGH_UP_TO_BYTES = 128 * 1024 * 1024;

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

/** Each attempt is of a run, and of its library. */
const RUNS_CHECK = verdict(`NOT EXISTS (SELECT 1 FROM attempts LEFT JOIN runs ON runs.id = run_id
  WHERE (attempts.service, attempts.library) IS NOT (runs.service, runs.library))`);

const FORMAT_1_CHECK = verdict(
  "NOT EXISTS (SELECT 1 FROM sqlite_schema WHERE type NOT IN ('table', 'index'))",
);

/**
 * Refuses, with a UserError, a ledger whose tables, pages, indexes or column types do not fit together, or that
 * holds what qgfx did not make. Reads only. 100,000 rows take about a quarter of a second.
 */
export function checkContent(database: Database, file: string, { format }: LedgerHeader): void {
  const isSmall = statSync(file).size <= THOROUGH_UP_TO_BYTES;
  const pragma = isSmall ? "integrity_check" : "quick_check";
  const pageCheck = `${verdict(`${pragma} = 'ok'`)} FROM pragma_${pragma}`;
  try {
    database.exec(format === 1 ? FORMAT_1_CHECK : SCHEMA_CHECK);
    database.exec(`PRAGMA cache_size = -65536; ${pageCheck}`);
    if (format === 2) database.exec(RUNS_CHECK);
  } catch (cause) {
    if (cause instanceof DatabaseFault && cause.code === "SQLITE_ERROR") {
      throw damaged(file, "its parts do not fit together");
    }
    throw cause;
  }
}

/** The columns of text that are read back, beside those that may only hold certain words. */
const TEXTS = {
  runs: "uid manifest shard host service library user machine started_at finished_at",
  attempts: `service library folder name path content_type sha256 action reason replaces manifest
    started_at finished_at error_code message request_id graphic_id url`,
};

/**
 * Refuses, with a `DatabaseFault`, a ledger that holds text which is not UTF-8: SQLite's own checks pass over
 * it, and whoever reads the row would find it only after the ledger was written to. Reads only.
 */
export function checkTexts(database: Database): void {
  for (const [table, names] of Object.entries(TEXTS)) {
    // Between two texts something must stand, or halves of characters could become whole ones.
    const row = names
      .split(/\s+/)
      .map((name) => `coalesce(${name}, '')`)
      .join(" || char(10) || ");
    const all = database.bytes(`SELECT CAST(group_concat(${row}, char(10)) AS BLOB) FROM ${table}`);
    if (!isUtf8(all)) {
      throw new DatabaseFault("SQLITE_CORRUPT", "a row holds text that is not UTF-8");
    }
  }
}
