import { type BigIntStats, existsSync, lstatSync, realpathSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { unreadable } from "./refusal.ts";

const open = new Map<string, number>();

/** One file whatever its path: device and inode number. */
function identity({ dev, ino }: BigIntStats): string {
  return `${dev}:${ino}`;
}

/**
 * Whether this process has the file open through SQLite. Then nothing else here may open it: POSIX drops
 * all of a process's locks on a file as soon as the process closes any descriptor of it.
 */
export function isOpenHere(stats: BigIntStats): boolean {
  return open.has(identity(stats));
}

/** Notes that this process has a file open through SQLite; the function returned takes the note back. */
export function markOpenHere(file: string): () => void {
  const key = identity(statSync(file, { bigint: true }));
  open.set(key, (open.get(key) ?? 0) + 1);
  let isMarked = true;
  return () => {
    if (!isMarked) return;
    isMarked = false;
    const others = (open.get(key) ?? 1) - 1;
    if (others === 0) open.delete(key);
    else open.set(key, others);
  };
}

/**
 * Notes which files stand at the given paths now, and returns a check that names the first path where
 * another file or none stands later. SQLite goes on writing to a deleted file without a complaint.
 */
export function watchFiles(paths: readonly string[]): () => string | undefined {
  const before = paths.map((path) => ({ path, file: fileAt(path) }));
  return () => before.find(({ path, file }) => fileAt(path) !== file)?.path;
}

/** A file that cannot be looked at does not stand there: nobody would find there what is written. */
function fileAt(path: string): string | undefined {
  try {
    return identity(statSync(path, { bigint: true }));
  } catch {
    return undefined;
  }
}

/** The file itself where the path is a link, so that one ledger has one lock whatever it is called. */
export function locate(file: string): string {
  const path = resolve(file);
  if (existsSync(path)) return realpathSync(path);
  if (lstatSync(path, { throwIfNoEntry: false })) {
    throw unreadable(file, "it is a link to a file that does not exist");
  }
  return path;
}
