import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename } from "node:path";
import type { JournalMode } from "./check-header.ts";
import { describeSystemError } from "./refusal.ts";

const MIB = 1024 * 1024;

/** A larger ledger has no seal: reading it all takes longer than the little that is checked of it. */
const SEALED_UP_TO_BYTES = 256 * MIB;
const MOST_SEAL_BYTES = 4_096;

/**
 * A ledger's seal is a file beside it with the ledger's SHA-256, as `sha256sum` writes it. It says that the ledger
 * was found sound with these very bytes, so that they need not be checked again. What the ledger holds never
 * depends on it: a seal that does not fit counts as none.
 */
function sealOf(file: string): string {
  return `${file}.seal`;
}

/** Whether a ledger lies there, at rest, as it was when it was sealed. Creates nothing. */
export function isSealed(file: string, journal: JournalMode): boolean {
  return withoutTrouble(() => {
    if (!isAtRest(file, journal)) return false;
    const stats = statSync(sealOf(file), { throwIfNoEntry: false });
    if (!stats?.isFile() || stats.size > MOST_SEAL_BYTES) return false;
    return readFileSync(sealOf(file), "utf8") === lineOf(file);
  });
}

/**
 * Seals a ledger at rest that `check` finds sound; `check` throws where it does not. The digest is taken first:
 * what changes meanwhile does not fit it. A seal that cannot be written is left out.
 */
export function writeSeal(file: string, journal: JournalMode, check: () => void): void {
  if (!isAtRest(file, journal)) return;
  const line = lineOf(file);
  check();
  withoutTrouble(() => {
    breakSeal(file);
    writeFileSync(sealOf(file), line, { flag: "wx" });
    return true;
  });
}

/** Takes the seal away, before the first write. */
export function breakSeal(file: string): void {
  withoutTrouble(() => {
    rmSync(sealOf(file), { force: true });
    return true;
  });
}

/** One file, and nobody has more of it in a log beside it or, in this process, in memory. */
function isAtRest(file: string, journal: JournalMode): boolean {
  if (journal !== "rollback" || statSync(file).size > SEALED_UP_TO_BYTES) return false;
  return !existsSync(`${file}-wal`) && !existsSync(`${file}-journal`);
}

function lineOf(file: string): string {
  return `${digestOf(file)}  ${basename(file)}\n`;
}

/** Only while this process does not have the file open through SQLite; see `isOpenHere`. */
function digestOf(file: string): string {
  const digest = createHash("sha256");
  const buffer = Buffer.allocUnsafe(MIB);
  const descriptor = openSync(file, "r");
  try {
    for (;;) {
      const count = readSync(descriptor, buffer, 0, buffer.length, null);
      if (count === 0) return digest.digest("hex");
      digest.update(buffer.subarray(0, count));
    }
  } finally {
    closeSync(descriptor);
  }
}

/** A seal is a help and no more: what the system refuses leaves the ledger to be checked. */
function withoutTrouble(work: () => boolean): boolean {
  try {
    return work();
  } catch (cause) {
    if (describeSystemError(cause) === undefined) throw cause;
    return false;
  }
}
