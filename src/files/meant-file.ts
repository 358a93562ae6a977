import { hash } from "node:crypto";
import { realpathSync, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { groupBy } from "../manifest/group-by.ts";
import type { Image, KnownImage } from "../manifest/image.ts";
import {
  type Choose,
  digitsOf,
  fold,
  isAbsolute,
  type Listing,
  readListing,
  readTree,
  sameButSpelling,
  slipOf,
  type Tree,
  unwrap,
} from "./alike-names.ts";
import { foldersOf, type ImageLimits, isUnder } from "./image-place.ts";
import { readRegularFile } from "./read-file.ts";

/** A file that exists and that a path, which does not, was likely meant to be. */
export interface MeantFile {
  /** As the manifest would write it, at least one; several where that is not certain. */
  paths: string[];
  how: "spelling" | "elsewhere" | "bytes";
  /** Whether it is the only one, and no other image could be meant. */
  isSure: boolean;
}

/** What a run knows of its rows and folders; thousands of rows may miss files in one. */
interface Search {
  base: string;
  root: string;
  /** Files that rows name: those are other images. */
  named: ReadonlySet<string>;
  /** How many paths of the manifest end in a name, and in a folder and a name. */
  wanted: ReadonlyMap<string, number>;
  known: ReadonlyMap<string, Image>;
  listings: Map<string, Listing>;
  /** Where folders really lie; undefined: nowhere. */
  realFolders: Map<string, string | undefined>;
  tree: Tree | undefined;
  /** The tree's files by their size; made where bytes are looked for. */
  bySize: ReadonlyMap<number | undefined, readonly string[]> | undefined;
}

/** What is known before any image is missed; most runs miss none. */
interface Expected {
  paths: readonly string[];
  known: readonly KnownImage[];
}

const searches = new WeakMap<ImageLimits, Expected | Search>();

/** Tells what the manifest's rows name, and what was known of its files. */
export function expectImages(limits: ImageLimits, expected: Expected): void {
  searches.set(limits, expected);
}

function searchFor(limits: ImageLimits): Search {
  const expected = searches.get(limits) ?? { paths: [], known: [] };
  const search = "base" in expected ? expected : startSearch(limits, expected);
  searches.set(limits, search);
  return search;
}

function startSearch(limits: ImageLimits, { paths, known }: Expected): Search {
  const { base, root } = foldersOf(limits);
  const wanted = new Map<string, number>();
  for (const path of new Set(paths)) {
    const parts = unwrap(path).split("/").map(fold);
    for (const end of new Set([parts.slice(-1).join("/"), parts.slice(-2).join("/")])) {
      wanted.set(end, (wanted.get(end) ?? 0) + 1);
    }
  }
  return {
    base,
    root,
    named: new Set(paths.map((path) => resolve(base, path))),
    wanted,
    known: new Map(known.map(({ path, image }) => [path, image])),
    listings: new Map(),
    realFolders: new Map(),
    tree: undefined,
    bySize: undefined,
  };
}

/**
 * What a missing path was meant to be, under the root alone: the same but for its spelling, the same name in another
 * folder, the bytes that were uploaded, a slip of the finger; in this order. What another row names is another image,
 * and so is whatever differs in a digit.
 */
export function findMeant(path: string, limits: ImageLimits): MeantFile | undefined {
  const search = searchFor(limits);
  const target = resolve(search.base, unwrap(path));
  const shown = (file: string) => relative(search.base, file).replaceAll(sep, "/");
  const spelt = walk(target, search, sameButSpelling);
  if (spelt && spelt.file !== resolve(search.base, path)) {
    return { paths: [shown(spelt.file)], how: "spelling", isSure: spelt.isSure };
  }
  const found = sameBytes(path, search) ?? sameEnd(path, search) ?? sameName(target, search);
  if (found) return { ...found, paths: found.paths.map(shown) };
  const slip = walk(
    target,
    search,
    (names, name) => sameButSpelling(names, name) ?? slipOf(names, name),
  );
  if (!slip || search.named.has(slip.file)) return undefined;
  return { paths: [shown(slip.file)], how: "spelling", isSure: false };
}

/** Follows a path from the root down, each part of it as `choose` finds it in its folder. */
function walk(
  target: string,
  { root, listings, realFolders }: Search,
  choose: Choose,
): { file: string; isSure: boolean } | undefined {
  if (!isUnder(root, target)) return undefined;
  let at = { file: root, isSure: true };
  for (const segment of relative(root, target).split(sep)) {
    if (!realFolders.has(at.file)) realFolders.set(at.file, realFolder(at.file));
    const folder = realFolders.get(at.file);
    if (folder === undefined || !isUnder(root, folder)) return undefined;
    const listing = listings.get(folder) ?? readListing(folder);
    listings.set(folder, listing);
    const choice = choose(listing, segment);
    if (choice === undefined) return undefined;
    at = { file: join(at.file, choice.name), isSure: at.isSure && choice.isSure };
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

/** Files that one file's bytes are compared with. */
const FILES_READ = 50;

/** The file that has the bytes a run last saw at this path. */
function sameBytes(path: string, search: Search): MeantFile | undefined {
  const image = search.known.get(path);
  if (!image) return undefined;
  const { files, isWhole } = treeOf(search);
  search.bySize ??= groupBy(
    [...files.values()].flat(),
    (file) => statSync(file, { throwIfNoEntry: false })?.size,
  );
  const sized = search.bySize.get(image.sizeBytes) ?? [];
  const alike = sized.filter((file) => !search.named.has(file));
  const same = alike.slice(0, FILES_READ).filter((file) => hashOf(file, image) === image.sha256);
  const isSure = same.length === 1 && isWhole && alike.length <= FILES_READ;
  return same.length === 0 ? undefined : { paths: same, how: "bytes", isSure };
}

function hashOf(file: string, { sizeBytes }: Image): string | undefined {
  try {
    const read = readRegularFile(file, sizeBytes);
    return "bytes" in read ? hash("sha256", read.bytes) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Of a path that begins at a drive or a root, which may be another computer's: the file under the root whose path ends
 * as it does. Sure where one has most of its folders, its own at least, and one row ends so.
 */
function sameEnd(path: string, search: Search): MeantFile | undefined {
  const wantedPath = unwrap(path);
  if (!isAbsolute(wantedPath)) return undefined;
  const parts = wantedPath.split("/").map(fold);
  const { files, isWhole } = treeOf(search);
  const alike = (files.get(parts.at(-1) ?? "") ?? [])
    .filter((file) => !search.named.has(file))
    .map((file) => ({ file, shared: sharedEnd(parts, file.split(sep).map(fold)) }))
    .filter(({ file, shared }) => isOfSeries(parts, file, shared, search.base))
    .sort((a, b) => b.shared - a.shared);
  const [best, next] = alike;
  if (!best) return undefined;
  const end = parts.slice(best.shared > 1 ? -2 : -1).join("/");
  const isSure = isWhole && best.shared !== next?.shared && (search.wanted.get(end) ?? 0) <= 1;
  const found = alike.filter(({ shared }) => shared === best.shared).map(({ file }) => file);
  return { paths: found, how: "elsewhere", isSure };
}

/** How many of their last parts two paths have in common. */
function sharedEnd(a: readonly string[], b: readonly string[]): number {
  let count = 0;
  while (count < a.length && a.at(-1 - count) === b.at(-1 - count)) count += 1;
  return count;
}

/** Whether no digit of a file's folders says that it is of another series than the path's. */
function isOfSeries(parts: readonly string[], file: string, shared: number, base: string): boolean {
  const own = relative(base, dirname(file))
    .split(sep)
    .filter((part) => part !== "");
  if (own.length === 0 && shared > 1) return true;
  const folders = parts.slice(-1 - Math.max(1, own.length), -1);
  return digitsOf(own.join("/")) === digitsOf(folders.join("/"));
}

/** Sure where one file has the name, one row wants it, and other bytes are not what was uploaded. */
function sameName(target: string, search: Search): MeantFile | undefined {
  const { base, named, wanted, known } = search;
  const name = fold(basename(target));
  const { files, isWhole } = treeOf(search);
  const series = digitsOf(relative(base, dirname(target)));
  const alike = (files.get(name) ?? []).filter((file) => {
    const folder = digitsOf(relative(base, dirname(file)));
    return !named.has(file) && (series === "" || folder === series);
  });
  const isAlone = alike.length === 1 && (wanted.get(name) ?? 0) <= 1;
  const isSure = isAlone && isWhole && !known.has(relative(base, target).replaceAll(sep, "/"));
  return alike.length === 0 ? undefined : { paths: alike, how: "elsewhere", isSure };
}

function treeOf(search: Search): Tree {
  search.tree ??= readTree(search.root);
  return search.tree;
}
