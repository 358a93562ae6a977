import { statSync } from "node:fs";
import { identity } from "./open-here.ts";

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
