import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import type { FileStamp } from "../manifest/known-image.ts";
import { stampOf } from "./file-stamp.ts";

/** Read only, no symlink followed, no waiting for the writer of a FIFO; Windows knows neither of the last two. */
export const OPEN_FLAGS =
  constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** Why `readRegularFile` gives no bytes; system errors are thrown instead. */
export type Unread =
  | { reason: "not-a-file"; kind: string }
  | { reason: "too-large"; sizeBytes: number }
  | { reason: "changed" };

/**
 * Opens a file once and reads it whole from that handle, so that what was checked is what was read.
 * `path` is a real path: a symlink in its last part is an ELOOP error.
 */
export async function readRegularFile(path: string, maxBytes: number): Promise<Buffer | Unread> {
  const read = await readStampedFile(path, maxBytes);
  return "bytes" in read ? read.bytes : read;
}

/** The same with the stamp the file bore before it was read, so that no later change goes unseen. */
export async function readStampedFile(
  path: string,
  maxBytes: number,
): Promise<{ bytes: Buffer; stamp: FileStamp | undefined } | Unread> {
  const handle = await open(path, OPEN_FLAGS);
  try {
    const nowMs = Date.now();
    const stats = await handle.stat();
    if (!stats.isFile()) return { reason: "not-a-file", kind: kindOf(stats) };
    if (stats.size > maxBytes) return { reason: "too-large", sizeBytes: stats.size };
    const bytes = await readFully(handle, stats.size);
    return Buffer.isBuffer(bytes) ? { bytes, stamp: stampOf(stats, nowMs) } : bytes;
  } finally {
    await handle.close();
  }
}

async function readFully(handle: FileHandle, sizeBytes: number): Promise<Buffer | Unread> {
  const bytes = Buffer.allocUnsafe(sizeBytes);
  let filled = 0;
  while (filled < sizeBytes) {
    const { bytesRead } = await handle.read(bytes, filled, sizeBytes - filled, null);
    if (bytesRead === 0) return { reason: "changed" };
    filled += bytesRead;
  }
  return bytes;
}

/** The kinds a `Stats` tells apart, as messages name them. */
interface Kinds {
  isDirectory(): boolean;
  isFIFO(): boolean;
  isSocket(): boolean;
}

function kindOf(stats: Kinds): string {
  if (stats.isDirectory()) return "a folder";
  if (stats.isFIFO()) return "a named pipe";
  return stats.isSocket() ? "a socket" : "a device";
}
