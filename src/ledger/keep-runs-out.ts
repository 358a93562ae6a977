import { DatabaseFault } from "./database.ts";
import { heldByAnother } from "./holder.ts";
import { locate } from "./locate.ts";
import { type Lock, takeLock } from "./lock.ts";
import { refusing, unreadable } from "./refusal.ts";

/**
 * Keeps every run out of a ledger until the lock is released, and nobody else who does the same; there need be no
 * ledger yet. `path` as `locate` gives it. Throws `LEDGER_LOCKED` while a run holds it; undefined where the lock
 * cannot be made, for then no run could have it from here either.
 */
export function keepRunsOut(path: string): Lock | undefined {
  try {
    const lock = takeLock(`${path}.lock`, "shared");
    if (!lock) throw heldByAnother(path);
    return lock;
  } catch (cause) {
    if (cause instanceof DatabaseFault && /^SQLITE_(CANTOPEN|READONLY)/.test(cause.code)) return;
    throw cause;
  }
}

/** Throws `LEDGER_LOCKED` while a run holds a ledger, saying whose. */
export function refuseHeld(file: string): void {
  refusing(file, unreadable, () => keepRunsOut(locate(file))?.release());
}
