import { hash } from "node:crypto";
import { readdirSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { editsBetween } from "../manifest/diagnostic.ts";
import type { Image, KnownImage } from "../manifest/image.ts";
import { readTree, type Tree } from "./file-tree.ts";
import { foldersOf, type ImageLimits, isUnder } from "./image-place.ts";
import { readRegularFile } from "./read-file.ts";

/** A file that exists and that a path, which does not, was likely meant to be. */
export interface MeantFile {
  /** As the manifest would write it; several where that is not certain. */
  paths: [string, ...string[]];
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
  /** How many paths of the manifest end in a name. */
  wanted: ReadonlyMap<string, number>;
  known: ReadonlyMap<string, Image>;
  listings: Map<string, readonly string[]>;
  tree: Tree | undefined;
}

const searches = new WeakMap<ImageLimits, Search>();

/** Tells what the manifest's other rows name, and what was known of its files, before any of them is missed. */
export function expectImages(
  limits: ImageLimits,
  paths: readonly string[],
  known: Iterable<KnownImage>,
): void {
  const { base, root } = foldersOf(limits);
  const wanted = new Map<string, number>();
  for (const path of new Set(paths)) {
    const name = fold(basename(unwrap(path)));
    wanted.set(name, (wanted.get(name) ?? 0) + 1);
  }
  searches.set(limits, {
    base,
    root,
    named: new Set(paths.map((path) => resolve(base, path))),
    wanted,
    known: new Map(Array.from(known, ({ path, image }) => [path, image])),
    listings: new Map(),
    tree: undefined,
  });
}

/**
 * What a missing path was meant to be, under the root alone: the same but for its spelling, the same name in another
 * folder, the bytes that were uploaded, a slip of the finger; in this order. What another row names is another image,
 * and so is whatever differs in a digit.
 */
export function findMeant(path: string, limits: ImageLimits): MeantFile | undefined {
  if (!searches.has(limits)) expectImages(limits, [path], []);
  const search = searches.get(limits);
  if (!search) return undefined;
  const target = resolve(search.base, unwrap(path));
  const shown = (file: string) => relative(search.base, file).replaceAll(sep, "/");
  const spelt = walk(target, search, (names, name) => sameButSpelling(names, name));
  if (spelt && spelt.file !== resolve(search.base, path)) {
    return { paths: [shown(spelt.file)], how: "spelling", isSure: spelt.isSure };
  }
  const found = sameBytes(path, search) ?? sameName(target, search);
  if (found) {
    const [first = "", ...more] = found.files.map(shown);
    return { paths: [first, ...more], how: found.how, isSure: found.isSure };
  }
  const slip = walk(
    target,
    search,
    (names, name) => sameButSpelling(names, name) ?? slipOf(names, name),
  );
  if (!slip || search.named.has(slip.file)) return undefined;
  return { paths: [shown(slip.file)], how: "spelling", isSure: false };
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

interface Choice {
  name: string;
  isSure: boolean;
}
type Choose = (names: readonly string[], wanted: string) => Choice | undefined;

/** Follows a path from the root down, each part of it as `choose` finds it in its folder. */
function walk(
  target: string,
  { root, listings }: Search,
  choose: Choose,
): { file: string; isSure: boolean } | undefined {
  if (!isUnder(root, target)) return undefined;
  let at = { file: root, isSure: true };
  for (const segment of relative(root, target).split(sep)) {
    const folder = realFolder(at.file);
    if (folder === undefined || !isUnder(root, folder)) return undefined;
    const names = listings.get(folder) ?? namesIn(folder);
    listings.set(folder, names);
    const choice = choose(names, segment);
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

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Sure where one name alone is the same but for its fold. */
function sameButSpelling(names: readonly string[], wanted: string): Choice | undefined {
  if (names.includes(wanted)) return { name: wanted, isSure: true };
  const folded = fold(wanted);
  const alike = names.filter((name) => fold(name) === folded);
  const name = alike.at(-1);
  return name === undefined ? undefined : { name, isSure: alike.length === 1 };
}

/** In larger folders no slips are looked for. */
const NAMES_COMPARED = 300;

/** A name that differs in a letter or two of a long word, and in nothing that tells images of a series apart. */
function slipOf(names: readonly string[], wanted: string): Choice | undefined {
  if (names.length > NAMES_COMPARED) return undefined;
  const typed = fold(wanted);
  const marks = marksOf(typed);
  const edits = names
    .filter((name) => marksOf(fold(name)) === marks)
    .map((name) => ({ name, edits: editsBetween(typed, fold(name)) }))
    .sort((a, b) => a.edits - b.edits);
  const [best, next] = edits;
  const allowed = typed.length > LONG_NAME ? 2 : 1;
  if (!best || best.edits > allowed || next?.edits === best.edits) return undefined;
  return { name: best.name, isSure: false };
}

const LONG_NAME = 14;

/** What tells images of a series apart: digits, and words of one or two letters (`a`, `f`, `ii`). */
function marksOf(name: string): string {
  const words = name.match(/\p{N}|(?<!\p{L})\p{L}{1,2}(?!\p{L})/gu) ?? [];
  return words.join(" ");
}

interface Found {
  files: string[];
  how: "elsewhere" | "bytes";
  isSure: boolean;
}

/** Files that one file's bytes are compared with. */
const FILES_READ = 50;

/** The file that has the bytes a run last saw at this path. */
function sameBytes(path: string, search: Search): Found | undefined {
  const image = search.known.get(path);
  if (!image) return undefined;
  const { files, isWhole } = treeOf(search);
  const alike = [...files.values()]
    .flat()
    .filter((file) => !search.named.has(file) && sizeOf(file) === image.sizeBytes);
  const same = alike.slice(0, FILES_READ).filter((file) => hashOf(file, image) === image.sha256);
  const isSure = same.length === 1 && isWhole && alike.length <= FILES_READ;
  return same.length === 0 ? undefined : { files: same, how: "bytes", isSure };
}

function sizeOf(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.size;
}

function hashOf(file: string, { sizeBytes }: Image): string | undefined {
  try {
    const read = readRegularFile(file, sizeBytes);
    return "bytes" in read ? hash("sha256", read.bytes) : undefined;
  } catch {
    return undefined;
  }
}

/** Sure where one file has the name, one row wants it, and other bytes are not what was uploaded. */
function sameName(target: string, search: Search): Found | undefined {
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
  return alike.length === 0 ? undefined : { files: alike, how: "elsewhere", isSure };
}

function digitsOf(text: string): string {
  return text.replace(/\P{N}+/gu, " ").trim();
}

function treeOf(search: Search): Tree {
  search.tree ??= readTree(search.root, fold);
  return search.tree;
}
