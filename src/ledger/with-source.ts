import { existsSync } from "node:fs";
import { checkContent } from "./check-content.ts";
import { checkHeader } from "./check-header.ts";
import type { OpenMode } from "./database.ts";
import { keepRunsOut } from "./keep-runs-out.ts";
import { locate } from "./locate.ts";
import { modeFor } from "./open-for-reading.ts";
import { markOpenHere } from "./open-here.ts";
import { refusing, unreadable } from "./refusal.ts";

/** A ledger that is only read. */
export interface SourceLedger {
  /** The file itself. */
  file: string;
  mode: OpenMode;
}

/**
 * Lets `work` read a ledger. Throws a UserError as `readLedger` does, and unless it `mayBeHeld` `LEDGER_LOCKED`
 * while a run holds it: the uploads under way would be taken for unknown.
 */
export function withSource<T>(
  file: string,
  { mayBeHeld }: { mayBeHeld: boolean },
  work: (source: SourceLedger) => T,
): T {
  return refusing(file, unreadable, () => {
    const path = locate(file);
    const journal = checkHeader(path);
    checkContent(path, journal);
    // Where no run ever was, none shall leave a lock.
    const lock = mayBeHeld || !existsSync(`${path}.lock`) ? undefined : keepRunsOut(path);
    const unmark = markOpenHere(path);
    try {
      return work({ file: path, mode: modeFor(path, journal) });
    } finally {
      unmark();
      lock?.release();
    }
  });
}
