import { rmSync } from "node:fs";
import { Database } from "./database.ts";
import { DatabaseFault } from "./driver.ts";

/**
 * Whether the drive that a file lies on offers locks: SQLite says of one that does not what it says of a lock that
 * somebody else has. Tried on a file that nobody else knows; where that cannot be made, nothing is known against it.
 */
export function offersLocks(beside: string): boolean {
  const trial = `${beside}.trial-${process.pid}`;
  try {
    const database = new Database(trial, "rwc");
    try {
      database.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE; ROLLBACK");
      return true;
    } finally {
      database.close();
    }
  } catch (cause) {
    return !(cause instanceof DatabaseFault && cause.code.startsWith("SQLITE_BUSY"));
  } finally {
    rmSync(trial, { force: true });
  }
}

/** Faults of drives that lack what SQLite needs: extended result codes, by the names and numbers that drivers give. */
const LACKS: readonly [RegExp, string][] = [
  [/SHM(OPEN|SIZE|LOCK|MAP)|\((4618|4874|5130|5386)\)/, "the drive offers no shared memory"],
  [/(RD|UN|RESERVED)?LOCK\b|\((2058|2314|3594|3850)\)/, "the drive offers no locks"],
];

/** What a drive lacks, by the code of an I/O error; undefined where that says something else. */
export function lackOf(code: string): string | undefined {
  if (!code.startsWith("SQLITE_IOERR")) return undefined;
  return LACKS.find(([codes]) => codes.test(code))?.[1];
}
