import { hash } from "node:crypto";
import { closeSync, fstatSync, openSync, readSync, realpathSync } from "node:fs";
import { resolve } from "node:path";
import type { Picture } from "../manifest/picture.ts";
import { shapeProblem } from "./inspect-picture.ts";
import { isUnder, type RealDirs } from "./picture-place.ts";
import { contentTypeOf, readShape } from "./picture-shape.ts";
import { OPEN_FLAGS } from "./read-file.ts";

/**
 * What `readPicture` gives of a file that nothing is wrong with, without a turn of the event loop: for threads
 * that do nothing else. Undefined where anything is wrong; `readPicture` then says what.
 */
export function readPictureNow(
  path: string,
  dirs: RealDirs,
  maxBytes: number,
): { picture: Picture; bytes: Buffer<ArrayBuffer> } | undefined {
  const target = resolve(dirs.base, path);
  if (!isUnder(dirs.root, target)) return undefined;
  try {
    const realPath = realpathSync.native(target);
    if (!isUnder(dirs.root, realPath)) return undefined;
    const bytes = readNow(realPath, maxBytes);
    const picture = bytes && describe(path, bytes);
    return bytes && picture && { picture, bytes };
  } catch {
    return undefined;
  }
}

/** As `readRegularFile`. */
function readNow(realPath: string, maxBytes: number): Buffer<ArrayBuffer> | undefined {
  const descriptor = openSync(realPath, OPEN_FLAGS);
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile() || stats.size > maxBytes) return undefined;
    // Memory of its own, so that it can be handed to another thread, and not filled with zeros first.
    const bytes = Buffer.allocUnsafeSlow(stats.size);
    let filled = 0;
    while (filled < bytes.length) {
      const count = readSync(descriptor, bytes, filled, bytes.length - filled, null);
      if (count === 0) return undefined;
      filled += count;
    }
    return bytes;
  } finally {
    closeSync(descriptor);
  }
}

function describe(path: string, bytes: Buffer): Picture | undefined {
  const contentType = contentTypeOf(bytes);
  if (!contentType) return undefined;
  const shape = readShape(contentType, bytes);
  if (shapeProblem(path, contentType, shape)) return undefined;
  const { widthPx, heightPx } = shape;
  const sha256 = hash("sha256", bytes);
  return { contentType, sizeBytes: bytes.length, sha256, widthPx, heightPx };
}
