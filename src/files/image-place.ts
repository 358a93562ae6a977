import { realpathSync, statSync } from "node:fs";
import { basename, dirname, join, resolve, sep } from "node:path";
import { showValue } from "../manifest/diagnostic.ts";
import { UserError } from "../user-error.ts";
import { errorCode } from "./read-file.ts";

/** Where images may be read from, and how large they may be. One object serves a whole run. */
export interface ImageLimits {
  /** What relative paths begin at: the manifest's folder. */
  baseDir: string;
  /** Images must lie under it, symlinks resolved (reliability: Security). */
  rootDir: string;
  maxBytes: number;
  /** The ledgers of the job; see `isReserved`. */
  ledger?: string;
  whole?: { ledger: string };
}

/** A run's folders as they really are. */
interface Folders {
  base: string;
  root: string;
  /** The ledgers' own files, there or not. */
  own: readonly string[];
}

/** Looked up once a run: the same limits come with each of its files. */
const known = new WeakMap<ImageLimits, Folders>();

/** A `UserError` where a folder is missing. */
export function foldersOf(limits: ImageLimits): Folders {
  const folders = known.get(limits) ?? {
    base: realDir(limits.baseDir),
    root: realDir(limits.rootDir),
    own: filesOf(limits),
  };
  known.set(limits, folders);
  return folders;
}

function realDir(dir: string): string {
  try {
    return realpathSync.native(dir);
  } catch (error) {
    throw new UserError("FOLDER_NOT_FOUND", `the folder ${showValue(dir)} cannot be looked into`, {
      hint: `name a folder that exists (${errorCode(error)})`,
    });
  }
}

/** Whether a normalized path is a folder or lies under it. */
export function isUnder(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** Made once: of 50,000 files that are not there, each error with a stack of its own takes longer than the look. */
const NOT_THERE = Object.assign(new Error("not there"), { code: "ENOENT", syscall: "stat" });

/**
 * The real path of an image; undefined where it lies outside the root. One that is written to lie outside is refused
 * without a look at the disk: a stranger's manifest must not make us touch other machines' shares. System errors are
 * thrown.
 */
export function locateImage(path: string, limits: ImageLimits): string | undefined {
  const { base, root } = foldersOf(limits);
  const target = resolve(base, path);
  const isInside =
    isUnder(root, target) || isUnder(resolve(limits.rootDir), resolve(limits.baseDir, path));
  if (!isInside) return undefined;
  if (!statSync(target, { throwIfNoEntry: false })) throw NOT_THERE;
  const realPath = realpathSync.native(target);
  return isUnder(root, realPath) ? realPath : undefined;
}

/** The folder of our own beside a manifest. */
const HOME = ".qgfx";

const BESIDE_LEDGER = ["", ".lock", "-wal", "-shm", "-journal"];

/**
 * Whether a file, by its real path, lies in `.qgfx` or is one of the ledger's, by whatever name. Such a file is never
 * opened as an image: as soon as a process closes any descriptor of a file, POSIX drops the locks that it has on it,
 * and a second run could get hold of the ledger. System errors are thrown.
 */
export function isReserved(realPath: string, limits: ImageLimits): boolean {
  const { own } = foldersOf(limits);
  if (realPath.split(sep).includes(HOME) || own.includes(realPath)) return true;
  const stats = statSync(realPath, { bigint: true });
  if (stats.nlink === 1n) return false;
  return own.some((file) => {
    const other = statSync(file, { bigint: true, throwIfNoEntry: false });
    return other?.ino === stats.ino && other.dev === stats.dev;
  });
}

function filesOf({ ledger, whole }: ImageLimits): string[] {
  const ledgers = [ledger, whole?.ledger].flatMap((file) => (file === undefined ? [] : [file]));
  return ledgers.map(realOf).flatMap((file) => BESIDE_LEDGER.map((ending) => `${file}${ending}`));
}

function realOf(file: string): string {
  try {
    return realpathSync.native(file);
  } catch {
    const folder = dirname(file);
    return folder === file ? file : join(realOf(folder), basename(file));
  }
}
