import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from "node:fs";
import type { FileStamp } from "../manifest/image.ts";

/** Read only, no symlink followed, no waiting for the writer of a FIFO; Windows knows neither of the last two. */
export const OPEN_FLAGS =
  constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** Why `readRegularFile` gives no bytes; system errors are thrown instead. */
export type Unread =
  | { reason: "not-a-file"; kind: string }
  | { reason: "too-large"; sizeBytes: number }
  | { reason: "changed" };

/** A file's bytes and the stamp it bore before it was read, so that no later change goes unseen. */
export interface ReadFile {
  bytes: Buffer<ArrayBuffer>;
  /** Undefined where the file changed too short a time before to be known again by its stamp. */
  stamp: FileStamp | undefined;
}

/**
 * Opens a file once and reads it whole from that handle, so that what was checked is what was read. `path` is a real
 * path: a symlink in its last part is an ELOOP error. `memoryFor` gives the memory for so many bytes.
 */
export function readRegularFile(
  path: string,
  maxBytes: number,
  memoryFor: (sizeBytes: number) => Buffer<ArrayBuffer> = Buffer.allocUnsafe,
): ReadFile | Unread {
  const descriptor = openSync(path, OPEN_FLAGS);
  try {
    const nowMs = Date.now();
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) return { reason: "not-a-file", kind: kindOf(stats) };
    if (stats.size > maxBytes) return { reason: "too-large", sizeBytes: stats.size };
    const bytes = memoryFor(stats.size);
    return isFilled(bytes, descriptor) ? { bytes, stamp: stampOf(stats, nowMs) } : CHANGED;
  } finally {
    closeSync(descriptor);
  }
}

const CHANGED: Unread = { reason: "changed" };

/** False where the file ends before `bytes` do. */
function isFilled(bytes: Buffer<ArrayBuffer>, descriptor: number): boolean {
  for (let filled = 0; filled < bytes.length; ) {
    const count = readSync(descriptor, bytes, filled, bytes.length - filled, null);
    if (count === 0) return false;
    filled += count;
  }
  return true;
}

function stampOf({ mtimeMs, ctimeMs, ino }: Stats, nowMs: number): FileStamp | undefined {
  const stamp = { mtimeMs, ctimeMs, inode: ino };
  return isSettled(stamp, nowMs) ? stamp : undefined;
}

/** The coarsest clock of a file system in use (FAT): two changes so near may bear one time. */
const CLOCK_TICK_MS = 2_000;

/**
 * Whether whatever changes a file after `nowMs`, when it bears this stamp, gives it another. A file changed just
 * before may change once more without a trace ("racy" in git's words).
 */
export function isSettled({ mtimeMs, ctimeMs }: FileStamp, nowMs: number): boolean {
  return Math.max(mtimeMs, ctimeMs) <= nowMs - CLOCK_TICK_MS;
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return "a folder";
  if (stats.isFIFO()) return "a named pipe";
  return stats.isSocket() ? "a socket" : "a device";
}

/** The code of a system error, such as `ENOENT`, or of one of Node's own; undefined: neither. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
