import { readdirSync, realpathSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { nearest } from "../manifest/diagnostic.ts";
import { type ImageLimits, isUnder, type RealDirs, realDirsOf } from "./image-place.ts";

/** Names compared letter by letter; in larger folders only case, accents and blanks are. */
const NAMES_COMPARED = 300;

interface Listing {
  names: ReadonlySet<string>;
  /** Names by what `fold` leaves of them. */
  byFold: ReadonlyMap<string, readonly string[]>;
}

/** A file that exists and was likely meant. */
export interface NearFile {
  /** As the manifest would write it. */
  path: string;
  /** Whether it is the only one, and differs in nothing but what `fold` takes away. */
  isSure: boolean;
}

/** Folders read for hints, once a run: thousands of rows may miss files in one. */
const listings = new WeakMap<ImageLimits, Map<string, Listing>>();

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

function listingOf(limits: ImageLimits, folder: string): Listing {
  const ofRun = listings.get(limits) ?? new Map<string, Listing>();
  listings.set(limits, ofRun);
  const listing = ofRun.get(folder) ?? readListing(folder);
  ofRun.set(folder, listing);
  return listing;
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
  const dirs = realDirsOf(limits);
  const found = walk(resolve(dirs.base, unwrap(path)), limits, dirs);
  if (found === undefined || found.path === resolve(dirs.base, path)) return undefined;
  return { ...found, path: relative(dirs.base, found.path).replaceAll(sep, "/") };
}

function walk(target: string, limits: ImageLimits, { root }: RealDirs): NearFile | undefined {
  if (!isUnder(root, target)) return undefined;
  let at: NearFile = { path: root, isSure: true };
  for (const segment of relative(root, target).split(sep)) {
    const folder = realFolder(at.path);
    if (folder === undefined || !isUnder(root, folder)) return undefined;
    const near = nearestName(listingOf(limits, folder), segment);
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
