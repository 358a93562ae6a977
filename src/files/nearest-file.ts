import { readdir, realpath } from "node:fs/promises";
import { join, relative, resolve, sep } from "node:path";
import { nearest } from "../manifest/nearest.ts";
import { isUnder, type PictureLimits, type RealDirs, realDirsOf } from "./picture-place.ts";

/** Names compared letter by letter; in larger folders only case, accents and blanks are. */
const NAMES_COMPARED = 300;

interface Listing {
  names: ReadonlySet<string>;
  byFold: ReadonlyMap<string, string>;
}

/** Folders read for hints, once a run: thousands of rows may miss files in one. */
const listings = new WeakMap<PictureLimits, Map<string, Promise<Listing>>>();

/** A name without what people get wrong and systems tell apart: case, Unicode form, blanks at the edges. */
function fold(name: string): string {
  return name.trim().normalize("NFC").toLowerCase();
}

async function readListing(folder: string): Promise<Listing> {
  const names = await readdir(folder).catch(() => []);
  return { names: new Set(names), byFold: new Map(names.map((name) => [fold(name), name])) };
}

function listingOf(limits: PictureLimits, folder: string): Promise<Listing> {
  const ofRun = listings.get(limits) ?? new Map<string, Promise<Listing>>();
  listings.set(limits, ofRun);
  const listing = ofRun.get(folder) ?? readListing(folder);
  ofRun.set(folder, listing);
  return listing;
}

function nearestName({ names, byFold }: Listing, wanted: string): string | undefined {
  const folded = byFold.get(fold(wanted));
  if (folded !== undefined || names.size > NAMES_COMPARED) return folded;
  return nearest(wanted, [...names]);
}

/**
 * A path that exists and that `path`, which does not, was likely meant to be; as the manifest would write it.
 * Looks under the root only.
 */
export async function nearestFile(
  path: string,
  limits: PictureLimits,
): Promise<string | undefined> {
  const dirs = await realDirsOf(limits);
  const slashed = path.replaceAll("\\", "/");
  const found = await walk(resolve(dirs.base, slashed), limits, dirs);
  if (found === undefined || found === resolve(dirs.base, path)) return undefined;
  return relative(dirs.base, found).replaceAll(sep, "/");
}

async function walk(
  target: string,
  limits: PictureLimits,
  { root }: RealDirs,
): Promise<string | undefined> {
  if (!isUnder(root, target)) return undefined;
  let at = root;
  for (const segment of relative(root, target).split(sep)) {
    const folder = await realpath(at).catch(() => undefined);
    if (folder === undefined || !isUnder(root, folder)) return undefined;
    const listing = await listingOf(limits, folder);
    const name = listing.names.has(segment) ? segment : nearestName(listing, segment);
    if (name === undefined) return undefined;
    at = join(at, name);
  }
  return at;
}
