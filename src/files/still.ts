import { type Stats, statSync } from "node:fs";
import { resolve } from "node:path";
import type { FileStamp } from "../manifest/known-picture.ts";
import type { PictureLimits } from "./picture-place.ts";

/** A file's stamp as it is, however short a time before it changed. */
export function rawStamp({ mtimeMs, ctimeMs, ino }: Stats): FileStamp {
  return { mtimeMs, ctimeMs, inode: ino };
}

/** Whether a file that was read bears the stamp it bore then; not where it cannot be looked at. */
export function isStill(path: string, { baseDir }: PictureLimits, before: FileStamp): boolean {
  try {
    const now = rawStamp(statSync(resolve(baseDir, path)));
    return (
      now.ctimeMs === before.ctimeMs && now.mtimeMs === before.mtimeMs && now.inode === before.inode
    );
  } catch {
    return false;
  }
}
