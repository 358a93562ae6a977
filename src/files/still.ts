import { statSync } from "node:fs";
import { resolve } from "node:path";
import type { FileStamp } from "../manifest/known-image.ts";
import { rawStamp } from "./file-stamp.ts";
import type { ImageLimits } from "./picture-place.ts";

/** Whether a file that was read bears the stamp it bore then; not where it cannot be looked at. */
export function isStill(path: string, { baseDir }: ImageLimits, before: FileStamp): boolean {
  try {
    const now = rawStamp(statSync(resolve(baseDir, path)));
    return (
      now.ctimeMs === before.ctimeMs && now.mtimeMs === before.mtimeMs && now.inode === before.inode
    );
  } catch {
    return false;
  }
}
