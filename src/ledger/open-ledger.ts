import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { checkContent } from "./check-content.ts";
import { checkHeader } from "./check-header.ts";
import { makeFolder } from "./create-ledger.ts";
import { type Ledger, openHeldLedger } from "./held-ledger.ts";
import { heldByAnother, type Owner } from "./holder.ts";
import { keepRunsOut } from "./keep-runs-out.ts";
import { locate } from "./locate.ts";
import { type Lock, takeLock } from "./lock.ts";
import { refusing, unreadable, unwritable } from "./refusal.ts";

export type { DeletionRun } from "./deletion-run.ts";
export type { Ledger } from "./held-ledger.ts";
export type { LedgerView } from "./ledger-view.ts";
export { readLedger } from "./read-ledger.ts";
export type { Run } from "./run.ts";

/**
 * Opens a ledger for one run, creating it and its folder where there are none. Throws a UserError:
 * `LEDGER_LOCKED` (exit 7) while another run holds it, `LEDGER_DAMAGED`, `LEDGER_NEWER`, `LEDGER_NOT_OURS`,
 * `LEDGER_UNREADABLE` or `LEDGER_UNWRITABLE` (exit 2) otherwise; a file that is refused stays as it was.
 *
 * `basis` is another ledger, there or not, that this run relies on: until `close` no run gets hold of it.
 */
export function openLedger(file: string, owner: Owner, basis?: string): Ledger {
  return refusing(file, unwritable, () => {
    const path = locate(file);
    makeFolder(dirname(path));
    // Before the lock, so that not even a lock appears beside a file that is refused.
    const isSealed = existsSync(path) && checkContent(path, checkHeader(path));
    const lock = takeLock(`${path}.lock`);
    if (!lock) throw heldByAnother(path);
    const locks = [lock];
    try {
      const kept = basis === undefined ? undefined : keepBasis(basis);
      if (kept) locks.push(kept);
      return openHeldLedger(path, owner, locks, isSealed);
    } catch (cause) {
      for (const one of locks) one.release();
      throw cause;
    }
  });
}

function keepBasis(file: string): Lock | undefined {
  return refusing(file, unreadable, () => keepRunsOut(locate(file)));
}
