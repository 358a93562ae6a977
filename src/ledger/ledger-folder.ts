import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  realpathSync,
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
