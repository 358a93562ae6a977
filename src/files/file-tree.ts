import { type Dirent, readdirSync } from "node:fs";
import { join } from "node:path";

/** All files under a folder, by a key of their names; files and folders that begin with a dot are passed over. */
export interface Tree {
  files: ReadonlyMap<string, string[]>;
  /** False where there were too many to look at. */
  isWhole: boolean;
}

/** Files and folders that are looked at: a drive with millions keeps nobody waiting. */
const MOST_ENTRIES = 20_000;

/** Reads what is near the root first. Links to folders are not followed, and what cannot be read is not there. */
export function readTree(root: string, keyOf: (name: string) => string): Tree {
  const files = new Map<string, string[]>();
  const folders = [root];
  let seen = 0;
  for (const folder of folders) {
    const entries = entriesIn(folder);
    seen += entries.length;
    if (seen > MOST_ENTRIES) return { files, isWhole: false };
    for (const entry of entries) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) folders.push(path);
      if (!entry.isFile()) continue;
      const key = keyOf(entry.name);
      const alike = files.get(key);
      if (alike) alike.push(path);
      else files.set(key, [path]);
    }
  }
  return { files, isWhole: true };
}

function entriesIn(folder: string): Dirent[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.filter(({ name }) => !name.startsWith(".") && name !== "node_modules");
  } catch {
    return [];
  }
}
