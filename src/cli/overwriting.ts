import { realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { Manifest } from "../manifest/manifest.ts";
import type { Paths } from "./paths.ts";

/** What the ledger keeps beside itself: SQLite's log, index and journal, the lock, the seal. */
const BESIDE_LEDGER = /^(-wal|-shm|-journal|\.lock|\.seal)?$/;

/** Files of a manifest that some output must leave alone. */
type Kept = Partial<Pick<Paths, "manifest" | "ledger" | "results" | "retry">>;

/** Which of the files an output would replace; undefined where none. Links are followed, as whoever writes does. */
export function overwrittenBy(output: string, kept: Kept): keyof Kept | undefined {
  const real = realPathOf(output);
  const isKept = (file: string | undefined) => file !== undefined && realPathOf(file) === real;
  if (isKept(kept.manifest)) return "manifest";
  if (kept.ledger !== undefined && isOfLedger(real, realPathOf(kept.ledger))) return "ledger";
  if (isKept(kept.results)) return "results";
  return isKept(kept.retry) ? "retry" : undefined;
}

function isOfLedger(path: string, ledger: string): boolean {
  return path.startsWith(ledger) && BESIDE_LEDGER.test(path.slice(ledger.length));
}

/**
 * Where a file would really go that is named after a manifest and by nobody: a link there may lead out of the folder,
 * in a folder that a stranger packed. Undefined where it stays in the folder.
 */
export function leadsOut(file: string): string | undefined {
  const real = realPathOf(file);
  return dirname(real) === realPathOf(dirname(file)) ? undefined : real;
}

/** The line of a row whose picture an output would replace. */
export function pictureOverwrittenBy(
  output: string,
  { rows }: Manifest,
  baseDir: string,
): number | undefined {
  const real = realPathOf(output);
  const names = [basename(output), basename(real)];
  // Of a million rows few are looked up.
  const row = rows.find(
    ({ path }) =>
      names.some((name) => path.endsWith(name)) && realPathOf(resolve(baseDir, path)) === real,
  );
  return row?.line;
}

/** The path that a file has, or would have, where all links are followed; spelt as the disk spells it. */
function realPathOf(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    const folder = dirname(path);
    return folder === path ? path : join(realPathOf(folder), basename(path));
  }
}
