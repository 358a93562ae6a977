import { UserError } from "../user-error.ts";
import { checkPages } from "./check-content.ts";
import { checkHeader } from "./check-header.ts";
import { checkTexts } from "./check-texts.ts";
import { DatabaseFault } from "./database.ts";
import { openForReading } from "./open-for-reading.ts";
import { describeSystemError } from "./refusal.ts";
import { writeSeal } from "./seal.ts";

/**
 * Checks a ledger that was just closed, as an unsealed one is checked when it is opened for writing, and seals it.
 * One that is not at rest or not sound gets no seal; whoever opens it next finds out why. Call it with the lock.
 */
export function sealLedger(file: string): void {
  try {
    const journal = checkHeader(file);
    writeSeal(file, journal, () => {
      checkPages(file, journal);
      const database = openForReading(file, journal);
      try {
        checkTexts(database);
      } finally {
        database.close();
      }
    });
  } catch (cause) {
    const isKnown = cause instanceof DatabaseFault || cause instanceof UserError;
    if (!isKnown && describeSystemError(cause) === undefined) throw cause;
  }
}
