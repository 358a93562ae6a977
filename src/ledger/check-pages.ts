import { statSync } from "node:fs";
import type { JournalMode } from "./check-header.ts";
import { DatabaseFault } from "./database.ts";
import { openForReading } from "./open-for-reading.ts";
import { damaged } from "./refusal.ts";

/** Larger files are not read through at opening; at about 1 GB/s this much takes a quarter of a second. */
const CHECKED_UP_TO_BYTES = 256 * 1024 * 1024;

/**
 * The check's verdict as an error, because only `exec` surely lets the file go afterwards: `json` takes the
 * `0` of a sound file and throws at the description of a damaged one.
 */
const QUICK_CHECK = `
SELECT json(iif(quick_check = 'ok', '0', quick_check)) FROM pragma_quick_check(1)`;

/** Refuses, with a UserError, a ledger whose pages, indexes or column types do not fit together. */
export function checkPages(file: string, journal: JournalMode): void {
  if (statSync(file).size > CHECKED_UP_TO_BYTES) return;
  const database = openForReading(file, journal);
  try {
    database.exec(QUICK_CHECK);
  } catch (cause) {
    if (cause instanceof DatabaseFault && cause.code === "SQLITE_ERROR") {
      throw damaged(file, "its pages do not fit together");
    }
    throw cause;
  } finally {
    database.close();
  }
}
