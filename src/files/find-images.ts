import type { Dirent } from "node:fs";
import { open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { showValue } from "../manifest/diagnostic.ts";
import { UserError } from "../user-error.ts";
import { contentTypeOf } from "./image-shape.ts";
import { errorCode } from "./read-file.ts";

/** Bytes that tell an image's type. */
const TYPE_BYTES = 16;

/** A file by its place below the folder that was searched: `["Spring", "tulip.png"]`. */
export type Place = readonly string[];

/** What a folder holds, in the order of `comparePlaces`; files and folders whose names begin with a dot are passed over. */
export interface FoundImages {
  /** PNG, JPEG and GIF by their own bytes. */
  images: Place[];
  leftOut: { place: Place; why: string }[];
}

/** Searches a folder and those in it, links to folders not followed; a `UserError` where it cannot be read. */
export async function findImages(folder: string): Promise<FoundImages> {
  const found: FoundImages = { images: [], leftOut: [] };
  await search(folder, [], found);
  found.images.sort(comparePlaces);
  found.leftOut.sort((a, b) => comparePlaces(a.place, b.place));
  return found;
}

async function search(root: string, place: Place, found: FoundImages): Promise<void> {
  for (const entry of await entriesOf(join(root, ...place))) {
    if (entry.name.startsWith(".")) continue;
    const below = [...place, entry.name];
    if (entry.isDirectory()) await search(root, below, found);
    else {
      const why = await reasonAgainst(join(root, ...below), entry);
      if (why === undefined) found.images.push(below);
      else found.leftOut.push({ place: below, why });
    }
  }
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    const code = errorCode(error);
    if (!code) throw error;
    throw new UserError("FOLDER_NOT_FOUND", `the folder ${showValue(folder)} cannot be read`, {
      hint:
        code === "ENOTDIR"
          ? "name the folder the pictures are in, not a file"
          : `name a folder that exists and that you may read (${code})`,
    });
  }
}

/** Why a file gets no row; undefined: it is an image the service takes. */
async function reasonAgainst(path: string, { name }: Dirent): Promise<string | undefined> {
  if (/[\p{Cc}\uFFFD]/u.test(name)) return "its name holds a character that no sheet takes";
  try {
    // A pipe would keep whoever opens it waiting.
    if (!(await stat(path)).isFile()) return "it is no file";
    return contentTypeOf(await firstBytes(path)) ? undefined : "it is no PNG, JPEG or GIF";
  } catch (error) {
    const code = errorCode(error);
    if (!code) throw error;
    return `it cannot be read (${code})`;
  }
}

async function firstBytes(path: string): Promise<Buffer> {
  const handle = await open(path);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(TYPE_BYTES), 0, TYPE_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

// One collation for everybody: the same folder gives the same sheet on every computer.
const COLLATOR = new Intl.Collator("en", { numeric: true });

/** Orders names as people count: `2.png` before `10.png`, whatever the case; never equal for two names that differ. */
function compareNatural(a: string, b: string): number {
  return COLLATOR.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0);
}

/** Orders files by their folders, then by name; a folder's own files come before those of the folders in it. */
function comparePlaces(a: readonly string[], b: readonly string[]): number {
  const shared = Math.min(a.length, b.length) - 1;
  for (let at = 0; at < shared; at += 1) {
    const order = compareNatural(a[at] ?? "", b[at] ?? "");
    if (order !== 0) return order;
  }
  return a.length - b.length || compareNatural(a[shared] ?? "", b[shared] ?? "");
}
