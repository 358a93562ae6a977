import { existsSync } from "node:fs";
import { checkContent } from "./check-content.ts";
import { checkHeader } from "./check-header.ts";
import { type LedgerView, viewOf } from "./ledger-view.ts";
import { locate } from "./locate.ts";
import { markOpenHere } from "./open-here.ts";
import { refusing, unreadable } from "./refusal.ts";
import { WholeReader } from "./whole-reader.ts";

/**
 * Opens a ledger for reading, also while a run holds it; undefined when there is none. Nothing is created or
 * changed. Throws a UserError: `LEDGER_DAMAGED`, `LEDGER_NEWER`, `LEDGER_NOT_OURS` or `LEDGER_UNREADABLE`.
 */
export function readLedger(file: string): LedgerView | undefined {
  return refusing(file, unreadable, () => {
    const path = locate(file);
    if (!existsSync(path)) return undefined;
    const journal = checkHeader(path);
    checkContent(path, journal);
    const reader = new WholeReader(path, journal);
    const unmark = markOpenHere(path);
    return {
      ...viewOf(path, () => reader.databaseNow()),
      close() {
        reader.close();
        unmark();
      },
    };
  });
}
