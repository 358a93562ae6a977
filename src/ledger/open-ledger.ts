import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { checkContent, checkHeader } from "./check-ledger.ts";
import { makeFolder } from "./create-ledger.ts";
import { openHeldLedger } from "./held-ledger.ts";
import type { Ledger } from "./ledger.ts";
import { locate } from "./locate.ts";
import { heldByAnother, keepRunsOut, type Lock, takeLock } from "./lock.ts";
import { openForReading } from "./open-for-reading.ts";
import type { Owner } from "./records.ts";
import { refusing, unreadable, unwritable } from "./refusal.ts";

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
    if (existsSync(path)) checkFile(path);
    const lock = takeLock(`${path}.lock`);
    if (!lock) throw heldByAnother(path);
    const locks = [lock];
    try {
      const kept = basis === undefined ? undefined : keepBasis(basis);
      if (kept) locks.push(kept);
      return openHeldLedger(path, owner, locks);
    } catch (cause) {
      for (const one of locks) one.release();
      throw cause;
    }
  });
}

function checkFile(path: string): void {
  const header = checkHeader(path);
  const { database, close } = openForReading(path, header);
  try {
    checkContent(database, path, header);
  } finally {
    close();
  }
}

function keepBasis(file: string): Lock | undefined {
  return refusing(file, unreadable, () => keepRunsOut(locate(file)));
}
