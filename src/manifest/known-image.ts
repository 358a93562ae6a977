import type { Image } from "./image.ts";

/**
 * What shows, without a look into a file, that it is as it was: together with its path and size. Times are
 * doubles: they tell a quarter of a microsecond apart, and no two writes are as near as that.
 */
export interface FileStamp {
  /** Since 1970. */
  mtimeMs: number;
  /** Since 1970; no program can set it. */
  ctimeMs: number;
  inode: number;
}

/** What a file held when it bore this stamp. */
export interface KnownImage {
  /** As the manifest writes it. */
  path: string;
  image: Image;
  stamp: FileStamp;
}

/** The coarsest clock of a file system in use (FAT): two changes so near may bear one time. */
const CLOCK_TICK_MS = 2_000;

/**
 * Whether whatever changes a file after `nowMs`, when it bears this stamp, gives it another. A file changed just
 * before may change once more without a trace ("racy" in git's words).
 */
export function isSettled({ mtimeMs, ctimeMs }: FileStamp, nowMs: number): boolean {
  return Math.max(mtimeMs, ctimeMs) <= nowMs - CLOCK_TICK_MS;
}
