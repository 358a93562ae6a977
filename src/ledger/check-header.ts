import { closeSync, openSync, readSync, statSync } from "node:fs";
import type { UserError } from "../user-error.ts";
import { isOpenHere } from "./open-here.ts";
import { damaged, newer, notOurs, unreadable } from "./refusal.ts";
import { APPLICATION_ID, FORMAT_VERSION } from "./schema.ts";

/** SQLite file format, 1.3: the database header. */
export const HEADER_BYTES = 100;
const MAGIC = Buffer.from("SQLite format 3\0", "latin1");
const READ_VERSION_OFFSET = 19;
const WAL_VERSION = 2;
const USER_VERSION_OFFSET = 60;
const APPLICATION_ID_OFFSET = 68;

/**
 * How a ledger takes writes: in WAL mode while a run holds it, with a rollback journal at rest; not looked
 * at when this very process has it open.
 */
export type JournalMode = "wal" | "rollback" | "open-here";

/**
 * Refuses, with a UserError, a file that is not a ledger this qgfx can read. It reads the header itself, so
 * that SQLite never touches a file that is refused.
 */
export function checkHeader(file: string): JournalMode {
  const stats = statSync(file, { bigint: true });
  if (!stats.isFile()) throw unreadable(file, "it is not a regular file");
  if (isOpenHere(stats)) return "open-here";
  const header = readHeader(file);
  const problem = headerProblem(file, header);
  if (problem) throw problem;
  return header[READ_VERSION_OFFSET] === WAL_VERSION ? "wal" : "rollback";
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
  if (version < FORMAT_VERSION) return damaged(file, `there is no format ${version}`);
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
