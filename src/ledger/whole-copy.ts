import { Database, DatabaseFault, type OpenMode } from "./database.ts";
import { SCHEMA } from "./schema.ts";
import { takeInLeftovers } from "./take-in.ts";

const TABLES = ["runs", "items", "attempts", "graphics", "deletions", "progress"];

/**
 * A copy of a ledger with everything taken in that a run left in `progress`: for those who read while a run
 * goes on, or after one died, and may change nothing. Made in a new file, or in memory.
 */
export function copyWhole(file: string, mode: OpenMode, copyFile: string): Database {
  const copy = new Database(copyFile, "rwc");
  try {
    copy.exec(`PRAGMA synchronous = OFF; ${SCHEMA.join(";")}`);
    copy.attach(file, mode, "durable");
    const each = TABLES.map((table) => `INSERT INTO main.${table} SELECT * FROM durable.${table}`);
    // One transaction, so that all tables are of one moment.
    copy.exec(["BEGIN", ...each, "COMMIT"].join(";"));
    copy.detach("durable");
    takeInLeftovers(copy);
    return copy;
  } catch (cause) {
    copy.close();
    throw cause;
  }
}

/** Fails where a run left something in `progress`: `exec` alone surely lets the file go afterwards. */
const CHECK = "SELECT json(iif(EXISTS (SELECT 1 FROM progress), 'something is left', '0'))";

/** Whether a ledger that nobody writes must be copied to be read whole. */
export function hasLeftovers(file: string, mode: OpenMode): boolean {
  const database = new Database(file, mode);
  try {
    database.exec(CHECK);
    return false;
  } catch (cause) {
    if (cause instanceof DatabaseFault && cause.code === "SQLITE_ERROR") return true;
    throw cause;
  } finally {
    database.close();
  }
}
