import { hash } from "node:crypto";
import { closeSync, fstatSync, openSync, readSync, realpathSync } from "node:fs";
import { resolve } from "node:path";
import type { Image } from "../manifest/image.ts";
import type { FileStamp } from "../manifest/known-image.ts";
import { stampOf } from "./file-stamp.ts";
import { shapeProblem } from "./inspect-picture.ts";
import { isUnder, type RealDirs } from "./picture-place.ts";
import { contentTypeOf, readShape } from "./picture-shape.ts";
import { OPEN_FLAGS } from "./read-file.ts";
import type { RealFolders } from "./real-folders.ts";

/** A picture that nothing is wrong with, and the stamp by which its file can be known again, if it has one. */
export interface PictureNow {
  image: Image;
  stamp: FileStamp | undefined;
}

const SHARED_STEP_BYTES = 1024 * 1024;
/** Memory that serves one picture after the other, as large as the largest so far: new memory costs as much as to read. */
let shared = Buffer.alloc(0);

function allocateShared(sizeBytes: number): Buffer<ArrayBuffer> {
  if (sizeBytes > shared.length) {
    const steps = Math.ceil(sizeBytes / SHARED_STEP_BYTES);
    shared = Buffer.allocUnsafeSlow(steps * SHARED_STEP_BYTES);
  }
  return shared.subarray(0, sizeBytes);
}

/**
 * What `inspectPicture` gives of a file that nothing is wrong with, without a turn of the event loop: for threads
 * that do nothing else. Undefined where anything is wrong; `inspectPicture` then says what.
 */
export function readPictureNow(
  path: string,
  dirs: RealDirs,
  maxBytes: number,
): PictureNow | undefined {
  try {
    const place = realPlaceOf(path, dirs);
    return place === undefined ? undefined : readPlace(path, place, maxBytes);
  } catch {
    return undefined;
  }
}

/** The real path of a picture; undefined where it lies outside the root. System errors are thrown. */
export function realPlaceOf(path: string, dirs: RealDirs): string | undefined {
  const target = resolve(dirs.base, path);
  if (!isUnder(dirs.root, target)) return undefined;
  const place = realpathSync.native(target);
  return isUnder(dirs.root, place) ? place : undefined;
}

/** As `readPictureNow` without a look at each part of the path; undefined for a link, too. */
export function seePictureIn(
  folders: RealFolders,
  path: string,
  maxBytes: number,
): PictureNow | undefined {
  const place = folders.placeOf(path);
  if (place === undefined) return undefined;
  try {
    return readPlace(path, place, maxBytes);
  } catch {
    return undefined;
  }
}

/** As `readStampedFile` and what it holds; `place` is a real path. */
function readPlace(path: string, place: string, maxBytes: number): PictureNow | undefined {
  const descriptor = openSync(place, OPEN_FLAGS);
  try {
    const nowMs = Date.now();
    const stats = fstatSync(descriptor);
    if (!stats.isFile() || stats.size > maxBytes) return undefined;
    const bytes = readFully(descriptor, allocateShared(stats.size));
    const image = bytes && describe(path, bytes);
    return image && { image, stamp: stampOf(stats, nowMs) };
  } finally {
    closeSync(descriptor);
  }
}

/** Fills `bytes` from a file; undefined where the file ends before. */
export function readFully(
  descriptor: number,
  bytes: Buffer<ArrayBuffer>,
): Buffer<ArrayBuffer> | undefined {
  let filled = 0;
  while (filled < bytes.length) {
    const count = readSync(descriptor, bytes, filled, bytes.length - filled, null);
    if (count === 0) return undefined;
    filled += count;
  }
  return bytes;
}

function describe(path: string, bytes: Buffer): Image | undefined {
  const contentType = contentTypeOf(bytes);
  if (!contentType) return undefined;
  const shape = readShape(contentType, bytes);
  if (shapeProblem(path, contentType, shape)) return undefined;
  const { widthPx, heightPx } = shape;
  const sha256 = hash("sha256", bytes);
  return { contentType, sizeBytes: bytes.length, sha256, widthPx, heightPx };
}
