import type { Stats } from "node:fs";
import { type FileStamp, isSettled } from "../manifest/known-picture.ts";

/** The stamp by which a file can be known again; undefined where it changed too short a time before `nowMs`. */
export function stampOf({ mtimeMs, ctimeMs, ino }: Stats, nowMs: number): FileStamp | undefined {
  const stamp = { mtimeMs, ctimeMs, inode: ino };
  return isSettled(stamp, nowMs) ? stamp : undefined;
}
