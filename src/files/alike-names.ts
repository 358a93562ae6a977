import { type Dirent, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { editsBetween } from "../manifest/diagnostic.ts";
import { groupBy } from "../manifest/group-by.ts";

/** What a folder holds. */
export interface Listing {
  names: ReadonlySet<string>;
  byFold: ReadonlyMap<string, readonly string[]>;
}

/** What a folder holds; nothing where it cannot be read. */
export function readListing(folder: string): Listing {
  const names = namesIn(folder);
  return { names: new Set(names), byFold: groupBy(names, fold) };
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/**
 * A name without what people and programs get wrong: case, Unicode form, blanks that are too many or of another
 * kind, invisible characters, curly quotes, `.jpg` for `.jpeg`.
 */
export function fold(name: string): string {
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

/** A path without the quotes and blanks around it, its backslashes turned, written as files are and not as addresses. */
export function unwrap(path: string): string {
  const bare = path
    .trim()
    .replace(/^(["'\u2018-\u201f\u00ab\u00bb])(.*)["'\u2018-\u201f\u00ab\u00bb]$/s, "$2");
  const turned = bare.trim().replaceAll("\\", "/");
  const plain = turned.replace(/^file:\/\/(localhost)?(?=\/)/i, "");
  return /%[0-9a-f]{2}/i.test(plain) ? percentDecoded(plain) : plain;
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A percent sign of its own.
    return text;
  }
}

/** Whether an unwrapped path begins at a drive, a root or a home, which may be another computer's. */
export function isAbsolute(path: string): boolean {
  return /^([a-z]:|\/|~)/i.test(path);
}

interface Choice {
  name: string;
  isSure: boolean;
}
export type Choose = (listing: Listing, wanted: string) => Choice | undefined;

/** Sure where one name alone is the same but for its fold. */
export function sameButSpelling({ names, byFold }: Listing, wanted: string): Choice | undefined {
  if (names.has(wanted)) return { name: wanted, isSure: true };
  const alike = byFold.get(fold(wanted)) ?? [];
  const name = alike.at(-1);
  return name === undefined ? undefined : { name, isSure: alike.length === 1 };
}

/** In larger folders no slips are looked for. */
const NAMES_COMPARED = 300;

/** A name that differs in a letter or two of a long word, and in nothing that tells images of a series apart. */
export function slipOf({ names }: Listing, wanted: string): Choice | undefined {
  if (names.size > NAMES_COMPARED) return undefined;
  const typed = fold(wanted);
  const marks = marksOf(typed);
  const edits = [...names]
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

/** Digits that tell the folders of a series apart. */
export function digitsOf(text: string): string {
  return text.replace(/\P{N}+/gu, " ").trim();
}

/** All files under a folder, by the fold of their names; files and folders that begin with a dot are passed over. */
export interface Tree {
  files: ReadonlyMap<string, string[]>;
  /** False where there were too many to look at. */
  isWhole: boolean;
}

/** Files and folders that are looked at: to look at a drive with millions would take minutes. */
const MOST_ENTRIES = 20_000;

/** Reads what is near the root first. Links to folders are not followed, and what cannot be read is not there. */
export function readTree(root: string): Tree {
  const files: string[] = [];
  const folders = [root];
  let seen = 0;
  for (const folder of folders) {
    const entries = entriesIn(folder);
    seen += entries.length;
    if (seen > MOST_ENTRIES) break;
    for (const entry of entries) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) folders.push(path);
      if (entry.isFile()) files.push(path);
    }
  }
  return { files: groupBy(files, (path) => fold(basename(path))), isWhole: seen <= MOST_ENTRIES };
}

function entriesIn(folder: string): Dirent[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.filter(({ name }) => !name.startsWith(".") && name !== "node_modules");
  } catch {
    return [];
  }
}
