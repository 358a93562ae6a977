import { type BigIntStats, statSync } from "node:fs";

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
