import { lstatSync } from "node:fs";
import type { KnownPicture } from "../manifest/known-picture.ts";
import type { Inspection } from "../manifest/picture.ts";
import { type PictureLimits, realDirsOf } from "./picture-place.ts";
import { RealFolders } from "./real-folders.ts";

/**
 * Fills in the files that are as they were when they were known: size, mtime, ctime and inode are the same, and
 * they may still be read (`PictureLimits`). Whatever else there is about a file leaves it to be looked into.
 */
export async function recognizePictures(
  known: Iterable<KnownPicture>,
  byPath: Map<string, Inspection | undefined>,
  limits: PictureLimits,
): Promise<void> {
  const folders = new RealFolders(await realDirsOf(limits));
  for (const { path, picture, stamp } of known) {
    if (!byPath.has(path) || picture.sizeBytes > limits.maxBytes) continue;
    const place = folders.placeOf(path);
    if (place !== undefined && isUnchanged(place, picture.sizeBytes, stamp)) {
      byPath.set(path, { picture, stamp });
    }
  }
}

function isUnchanged(
  place: string,
  sizeBytes: number,
  { mtimeMs, ctimeMs, inode }: KnownPicture["stamp"],
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
