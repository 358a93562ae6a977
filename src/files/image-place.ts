import { readdirSync, realpathSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { nearest, showValue } from "../manifest/diagnostic.ts";
import { UserError } from "../user-error.ts";
import { errorCode } from "./read-file.ts";

/** Where images may be read from, and how large they may be. One object serves a whole run. */
export interface ImageLimits {
  /** What relative paths begin at: the manifest's folder. */
  baseDir: string;
  /** Images must lie under it, symlinks resolved (reliability: Security). */
  rootDir: string;
  maxBytes: number;
}

/** A run's folders as they really are, and those read for hints: thousands of rows may miss files in one. */
interface Folders {
  base: string;
  root: string;
  listings: Map<string, Listing>;
}

/** Looked up once a run: the same limits come with each of its files. */
const known = new WeakMap<ImageLimits, Folders>();

/** A `UserError` where a folder is missing. */
function foldersOf(limits: ImageLimits): Folders {
  const folders = known.get(limits) ?? {
    base: realDir(limits.baseDir),
    root: realDir(limits.rootDir),
    listings: new Map(),
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

/** Whether a normalised path is a folder or lies under it. */
export function isUnder(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

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
  const realPath = realpathSync.native(target);
  return isUnder(root, realPath) ? realPath : undefined;
}

/** Names compared letter by letter; in larger folders only case, accents and blanks are. */
const NAMES_COMPARED = 300;

interface Listing {
  names: ReadonlySet<string>;
  /** Names by what `fold` leaves of them. */
  byFold: ReadonlyMap<string, readonly string[]>;
}

/** A file that exists and was likely meant. */
interface NearFile {
  /** As the manifest would write it. */
  path: string;
  /** Whether it is the only one, and differs in nothing but what `fold` takes away. */
  isSure: boolean;
}

/**
 * A name without what people and programs get wrong: case, Unicode form, blanks that are too many or of another
 * kind, invisible characters, curly quotes, `.jpg` for `.jpeg`.
 */
function fold(name: string): string {
  return name
    .normalize("NFC")
    .replace(/[\p{Cc}\p{Cf}]/gu, "")
    .replace(/\s+/g, " ")
    .trim()
    .replace(/[\u2018-\u201b\u2032]/g, "'")
    .replace(/[\u201c-\u201f\u2033]/g, '"')
    .toLowerCase()
    .replace(/\.jpeg$/, ".jpg");
}

/** A path without the quotes and blanks around it, its backslashes turned. */
function unwrap(path: string): string {
  const bare = path
    .trim()
    .replace(/^(["'\u2018-\u201f\u00ab\u00bb])(.*)["'\u2018-\u201f\u00ab\u00bb]$/s, "$2");
  return bare.trim().replaceAll("\\", "/");
}

function readListing(folder: string): Listing {
  const names = namesIn(folder);
  const byFold = new Map<string, string[]>();
  for (const name of names) {
    const alike = byFold.get(fold(name));
    if (alike) alike.push(name);
    else byFold.set(fold(name), [name]);
  }
  return { names: new Set(names), byFold };
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** The name in a folder that is nearest to the one wanted; sure where it alone is the same but for its fold. */
function nearestName(
  { names, byFold }: Listing,
  wanted: string,
): { name: string; isSure: boolean } | undefined {
  if (names.has(wanted)) return { name: wanted, isSure: true };
  const alike = byFold.get(fold(wanted)) ?? [];
  const isTooMany = names.size > NAMES_COMPARED;
  const name = alike.at(-1) ?? (isTooMany ? undefined : nearest(wanted, [...names]));
  return name === undefined ? undefined : { name, isSure: alike.length === 1 };
}

/** A path that exists and that `path`, which does not, was likely meant to be. Looks under the root only. */
export function nearestFile(path: string, limits: ImageLimits): NearFile | undefined {
  const folders = foldersOf(limits);
  const { base } = folders;
  const found = walk(resolve(base, unwrap(path)), folders);
  if (found === undefined || found.path === resolve(base, path)) return undefined;
  return { ...found, path: relative(base, found.path).replaceAll(sep, "/") };
}

function walk(target: string, { root, listings }: Folders): NearFile | undefined {
  if (!isUnder(root, target)) return undefined;
  let at: NearFile = { path: root, isSure: true };
  for (const segment of relative(root, target).split(sep)) {
    const folder = realFolder(at.path);
    if (folder === undefined || !isUnder(root, folder)) return undefined;
    const listing = listings.get(folder) ?? readListing(folder);
    listings.set(folder, listing);
    const near = nearestName(listing, segment);
    if (near === undefined) return undefined;
    at = { path: join(at.path, near.name), isSure: at.isSure && near.isSure };
  }
  return at;
}

function realFolder(folder: string): string | undefined {
  try {
    return realpathSync.native(folder);
  } catch {
    return undefined;
  }
}
