import { hash } from "node:crypto";
import { closeSync, fstatSync, openSync } from "node:fs";
import type { FileStamp } from "../manifest/known-image.ts";
import type { BufferPool } from "./buffer-pool.ts";
import { rawStamp } from "./file-stamp.ts";
import type { RealDirs } from "./picture-place.ts";
import type { ExpectedFile, ReadBytes } from "./picture-threads.ts";
import { OPEN_FLAGS } from "./read-file.ts";
import { readFully, realPlaceOf } from "./read-picture-now.ts";

/** Enough for the parts of a form around a picture, unless its names are very long. */
const ROOM_BYTES = 1_024;

/**
 * Reads files that were looked into before, one after the other, into one piece of memory: it can be handed to
 * another thread at once, and each file has room around it. Undefined for a file that has another size by now or
 * cannot be read; whether it holds the same bytes is for the caller to see.
 */
export function readPicturesTogether(
  files: readonly ExpectedFile[],
  dirs: RealDirs,
  pool: BufferPool,
): { memory: ArrayBuffer; read: (ReadBytes | undefined)[] } {
  const sizeBytes = files.reduce((sum, { bytes }) => sum + bytes + 2 * ROOM_BYTES, 0);
  const all = pool.take(sizeBytes);
  let end = 0;
  const read = files.map(({ path, bytes }) => {
    const start = end + ROOM_BYTES;
    end = start + bytes + ROOM_BYTES;
    return readInto(all.subarray(start, start + bytes), path, dirs);
  });
  return { memory: all.buffer, read };
}

function readInto(bytes: Buffer<ArrayBuffer>, path: string, dirs: RealDirs): ReadBytes | undefined {
  try {
    const place = realPlaceOf(path, dirs);
    const stamp = place === undefined ? undefined : fill(bytes, place);
    if (!stamp) return undefined;
    const room = { beforeBytes: ROOM_BYTES, afterBytes: ROOM_BYTES };
    return { sha256: hash("sha256", bytes), bytes, room, stamp };
  } catch {
    return undefined;
  }
}

/** Undefined where the file is not as large as `bytes`. */
function fill(bytes: Buffer<ArrayBuffer>, place: string): FileStamp | undefined {
  const descriptor = openSync(place, OPEN_FLAGS);
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile() || stats.size !== bytes.length) return undefined;
    return readFully(descriptor, bytes) && rawStamp(stats);
  } finally {
    closeSync(descriptor);
  }
}
