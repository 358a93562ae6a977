import { accessSync, constants, readFileSync, type Stats, statSync } from "node:fs";
import { dirname } from "node:path";

/** What stands in the way of using a ledger: something that belongs to another user. */
export interface Foreign {
  file: string;
  /** Who it belongs to; a number where the system tells no name. */
  owner: string;
}

/** What of a ledger, or of the folders it lies in, is another user's and may not be used by this one. */
export function findForeign(ledger: string): Foreign | undefined {
  const files = ENDINGS.map((ending) => ({ file: ledger + ending, use: READ | WRITE }));
  for (const { file, use } of [...foldersAbove(ledger), ...files]) {
    const stats = statOf(file);
    if (!stats || stats.uid === process.getuid?.() || isAllowed(file, use)) continue;
    return { file, owner: nameOf(stats.uid) };
  }
  return undefined;
}

const { R_OK: READ, W_OK: WRITE, X_OK: ENTER } = constants;

const ENDINGS = ["", ".lock", "-wal", "-shm", "-journal"];

/** Something is made in the one that is there and lies nearest; those above it are to be entered. */
function foldersAbove(path: string): { file: string; use: number }[] {
  const folders: { file: string; use: number }[] = [];
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
    const isThere = statOf(folder) !== undefined;
    if (isThere) folders.push({ file: folder, use: folders.length > 0 ? ENTER : READ | WRITE });
  }
  return folders;
}

function statOf(file: string): Stats | undefined {
  try {
    return statSync(file);
  } catch {
    return undefined;
  }
}

/** A disk that is read-only for everyone is not the owner's doing. */
function isAllowed(file: string, use: number): boolean {
  try {
    accessSync(file, use);
    return true;
  } catch (error) {
    return !(error instanceof Error && "code" in error && error.code === "EACCES");
  }
}

/** passwd(5): the name is the first field, the number the third. */
function nameOf(userId: number): string {
  try {
    const users = readFileSync("/etc/passwd", "utf8").split("\n");
    const found = users.find((line) => line.split(":")[2] === String(userId));
    return found?.split(":")[0] ?? `user ${userId}`;
  } catch {
    return `user ${userId}`;
  }
}
