import type { Stats } from "node:fs";
import { type FileStamp, isSettled } from "../manifest/known-image.ts";

/** A file's stamp as it is, however short a time before it changed. */
export function rawStamp({ mtimeMs, ctimeMs, ino }: Stats): FileStamp {
  return { mtimeMs, ctimeMs, inode: ino };
}

/** The stamp by which a file can be known again; undefined where it changed too short a time before `nowMs`. */
export function stampOf(stats: Stats, nowMs: number): FileStamp | undefined {
  const stamp = rawStamp(stats);
  return isSettled(stamp, nowMs) ? stamp : undefined;
}
