import { lstatSync } from "node:fs";
import type { Inspection } from "../manifest/image.ts";
import type { KnownImage } from "../manifest/known-image.ts";
import { type ImageLimits, realDirsOf } from "./picture-place.ts";
import { RealFolders } from "./real-folders.ts";

/**
 * Fills in the files that are as they were when they were known: size, mtime, ctime and inode are the same, and
 * they may still be read (`PictureLimits`). Whatever else there is about a file leaves it to be looked into.
 */
export async function recognizePictures(
  known: Iterable<KnownImage>,
  byPath: Map<string, Inspection | undefined>,
  limits: ImageLimits,
): Promise<void> {
  const folders = new RealFolders(await realDirsOf(limits));
  for (const { path, image, stamp } of known) {
    if (!byPath.has(path) || image.sizeBytes > limits.maxBytes) continue;
    const place = folders.placeOf(path);
    if (place !== undefined && isUnchanged(place, image.sizeBytes, stamp)) {
      byPath.set(path, { image, stamp });
    }
  }
}

function isUnchanged(
  place: string,
  sizeBytes: number,
  { mtimeMs, ctimeMs, inode }: KnownImage["stamp"],
): boolean {
  try {
    const stats = lstatSync(place, { throwIfNoEntry: false });
    if (!stats?.isFile()) return false;
    return (
      stats.size === sizeBytes &&
      stats.mtimeMs === mtimeMs &&
      stats.ctimeMs === ctimeMs &&
      stats.ino === inode
    );
  } catch {
    // Whoever looks into it says what is wrong.
    return false;
  }
}
