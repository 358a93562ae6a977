import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  type Stats,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { UserError } from "../user-error.ts";

/** The folder beside a manifest that everything lies in which nobody names. */
const HOME = ".qgfx";

/** Only who made it may look into it. */
const PRIVATE = 0o700;

/** The `.qgfx` folder that a path is or lies in. */
function homeOf(path: string): string | undefined {
  const parts = path.split(sep);
  const at = parts.lastIndexOf(HOME);
  return at === -1 ? undefined : parts.slice(0, at + 1).join(sep);
}

/** Refuses a file in a `.qgfx` folder that is a link out of the folder it stands in: a stranger may have packed it. */
export function refuseLeadingOut(file: string): void {
  const home = homeOf(dirname(file));
  if (home === undefined) return;
  const real = realPathOf(dirname(file));
  const base = realPathOf(dirname(home));
  if (real === undefined || base === undefined) return;
  if (real.startsWith(base.endsWith(sep) ? base : base + sep)) return;
  const message = `${home} is a link that leads to ${real}, out of its folder`;
  throw new UserError("LINK_LEADS_OUT", message, {
    hint: `remove the link; where the ledger is meant to be there, name it: --ledger ${join(real, "ledger.db")}`,
  });
}

/** Undefined where there is nothing, or nothing that can be looked at. */
function realPathOf(folder: string): string | undefined {
  try {
    return realpathSync(folder);
  } catch {
    return undefined;
  }
}

/** Keeps a folder out of git, itself included. */
const IGNORE_ALL = "*\n";

/**
 * Creates a folder and those above it, so that a power cut cannot take them away again. A `.qgfx` folder is this user's
 * alone, and no part of a git repository.
 */
export function makeLedgerFolder(folder: string): void {
  const home = homeOf(folder);
  if (home === undefined) {
    makeDurably(folder);
    return;
  }
  makeDurably(dirname(home));
  const isNew = makeDurably(home, PRIVATE);
  makeDurably(folder);
  if (isNew) writeFileSync(join(home, ".gitignore"), IGNORE_ALL, { flag: "wx" });
}

/** Gives whether it was not there. */
function makeDurably(folder: string, mode?: number): boolean {
  const first = makeAll(folder, mode);
  if (first === undefined) return false;
  const depth = relative(dirname(first), folder).split(sep).length;
  let made = folder;
  for (let level = 0; level < depth; level += 1) {
    made = dirname(made);
    syncFolder(made);
  }
  return true;
}

/** The first folder it made; undefined where all were there. */
function makeAll(folder: string, mode: number | undefined): string | undefined {
  try {
    return mkdirSync(folder, { recursive: true, mode });
  } catch (cause) {
    // On a read-only disk Node's recursive mkdir says ENOENT; the plain one tells the truth.
    let missing = folder;
    while (!existsSync(dirname(missing))) missing = dirname(missing);
    mkdirSync(missing);
    throw cause;
  }
}

/** Makes durable which files stand in a folder. */
export function syncFolder(folder: string): void {
  // Windows opens no folders; there the file system keeps names without being asked.
  if (process.platform === "win32") return;
  try {
    syncFile(folder);
  } catch (cause) {
    // Some network drives cannot flush a folder, and need not.
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    if (code !== "EINVAL" && code !== "EPERM" && code !== "ENOTSUP") throw cause;
  }
}

/** Makes durable what is in a file, or which files stand in a folder. */
export function syncFile(file: string): void {
  const descriptor = openSync(file, process.platform === "win32" ? "r+" : "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** What of a ledger, or of the folders it lies in, is another user's and may not be used by this one. */
export function findForeign(ledger: string): { file: string; owner: string } | undefined {
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

/** passwd(5): the name is the first field, the number the third. A number where the system tells no name. */
function nameOf(userId: number): string {
  try {
    const users = readFileSync("/etc/passwd", "utf8").split("\n");
    const found = users.find((line) => line.split(":")[2] === String(userId));
    return found?.split(":")[0] ?? `user ${userId}`;
  } catch {
    return `user ${userId}`;
  }
}
