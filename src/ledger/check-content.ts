import { statSync } from "node:fs";
import type { JournalMode } from "./check-header.ts";
import { DatabaseFault, LARGE_CACHE } from "./database.ts";
import { openForReading } from "./open-for-reading.ts";
import { damaged } from "./refusal.ts";
import { SCHEMA } from "./schema.ts";
import { isSealed } from "./seal.ts";

const MIB = 1024 * 1024;
/** Up to this size every row is looked up in every index: about half a second for 100 MB. */
const THOROUGH_UP_TO_BYTES = 64 * MIB;
/** Up to this size every page and every value's type is read: about a tenth of a second for 100 MB. */
const QUICK_UP_TO_BYTES = 256 * MIB;

const SCHEMA_TEXTS = SCHEMA.map((text) => `'${text.replaceAll("'", "''")}'`).join(", ");

/**
 * Checks give their verdict as an error, because only `exec` surely lets the file go afterwards: `json` takes
 * the `0` of a sound file and throws at anything else.
 */
const SCHEMA_CHECK = `SELECT json(iif(count(*) = ${SCHEMA.length}, '0', 'tables are missing'))
FROM sqlite_schema WHERE sql IN (${SCHEMA_TEXTS})`;
const pageCheck = (pragma: string) =>
  `SELECT json(iif(${pragma} = 'ok', '0', ${pragma})) FROM pragma_${pragma}(1)`;

/**
 * Refuses, with a UserError, a ledger whose tables, pages, indexes or column types do not fit together. Reads
 * only. Tells whether it is sealed: then it was found sound before, texts and all, not a bit has changed, and only
 * the tables' definitions are compared with this qgfx's.
 */
export function checkContent(file: string, journal: JournalMode): boolean {
  const sealed = isSealed(file, journal);
  runChecks(file, journal, sealed ? [SCHEMA_CHECK] : checksFor(statSync(file).size));
  return sealed;
}

/** The same whatever its seal says; in very large files it looks at the tables' definitions alone. */
export function checkPages(file: string, journal: JournalMode): void {
  runChecks(file, journal, checksFor(statSync(file).size));
}

function runChecks(file: string, journal: JournalMode, checks: readonly string[]): void {
  const database = openForReading(file, journal);
  try {
    for (const check of checks) database.exec(check);
  } catch (cause) {
    if (cause instanceof DatabaseFault && cause.code === "SQLITE_ERROR") {
      throw damaged(file, "its parts do not fit together");
    }
    throw cause;
  } finally {
    database.close();
  }
}

function checksFor(sizeBytes: number): string[] {
  // Only the thorough check goes back and forth in the file.
  if (sizeBytes <= THOROUGH_UP_TO_BYTES) {
    return [SCHEMA_CHECK, LARGE_CACHE, pageCheck("integrity_check")];
  }
  if (sizeBytes <= QUICK_UP_TO_BYTES) return [SCHEMA_CHECK, pageCheck("quick_check")];
  return [SCHEMA_CHECK];
}
