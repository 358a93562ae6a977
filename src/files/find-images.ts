import type { Dirent } from "node:fs";
import { open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { showValue } from "../manifest/diagnostic.ts";
import { UserError } from "../user-error.ts";
import { foreignTypeOf, TYPE_BYTES } from "./foreign-type.ts";
import { contentTypeOf } from "./image-shape.ts";
import { errorCode } from "./read-file.ts";

/** A file by its place below the folder that was searched: `["Spring", "tulip.png"]`. */
export type Place = readonly string[];

/** What a folder holds, in the order of `comparePlaces`; files and folders whose names begin with a dot are passed over. */
export interface FoundImages {
  /** PNG, JPEG and GIF by their own bytes. */
  images: FoundImage[];
  leftOut: LeftOut[];
}

interface FoundImage {
  place: Place;
  sizeBytes: number;
}

/** A file, or a folder with all that is in it, that gets no row. */
interface LeftOut {
  place: Place;
  why: string;
  isConvertible: boolean;
}

/** Searches a folder and those in it, links to folders not followed; a `UserError` where it cannot be read. */
export async function findImages(folder: string): Promise<FoundImages> {
  const found: FoundImages = { images: [], leftOut: [] };
  await search(folder, [], found);
  found.images.sort((a, b) => comparePlaces(a.place, b.place));
  found.leftOut.sort((a, b) => comparePlaces(a.place, b.place));
  return found;
}

async function search(root: string, place: Place, found: FoundImages): Promise<void> {
  for (const entry of await entriesOf(root, place, found)) {
    const placeholder = CLOUD_PLACEHOLDER.exec(entry.name)?.[1];
    if (placeholder !== undefined) {
      const why = "only in iCloud: download it to this computer first";
      found.leftOut.push({ place: [...place, placeholder], why, isConvertible: false });
    }
    if (entry.name.startsWith(".")) continue;
    const below = [...place, entry.name];
    if (entry.isDirectory()) await search(root, below, found);
    else await lookAt(join(root, ...below), below, found);
  }
}

/** What macOS keeps in the place of a file that is in the cloud alone. */
const CLOUD_PLACEHOLDER = /^\.(.+)\.icloud$/;

/** A folder below the first that may not be read (`lost+found`) is left out. */
async function entriesOf(root: string, place: Place, { leftOut }: FoundImages): Promise<Dirent[]> {
  const folder = join(root, ...place);
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    const code = errorCode(error);
    if (!code) throw error;
    if (place.length > 0) {
      leftOut.push({ place, why: `a folder that cannot be read (${code})`, isConvertible: false });
      return [];
    }
    throw new UserError("FOLDER_NOT_FOUND", `the folder ${showValue(folder)} cannot be read`, {
      hint:
        code === "ENOTDIR"
          ? "name the folder the images are in, not a file"
          : `name a folder that exists and that you may read (${code})`,
    });
  }
}

async function lookAt(path: string, place: Place, found: FoundImages): Promise<void> {
  const leave = (why: string, isConvertible = false) =>
    void found.leftOut.push({ place, why, isConvertible });
  if (/[\p{Cc}\uFFFD]/u.test(place.at(-1) ?? "")) {
    return leave("its name has a character that a spreadsheet cannot hold");
  }
  try {
    // A pipe would keep whoever opens it waiting.
    const stats = await stat(path);
    if (!stats.isFile()) return leave("not a file");
    if (stats.size === 0) return leave("empty");
    const bytes = await firstBytes(path);
    if (contentTypeOf(bytes)) return void found.images.push({ place, sizeBytes: stats.size });
    const { what, isConvertible } = await foreignTypeOf(bytes);
    leave(what, isConvertible);
  } catch (error) {
    const code = errorCode(error);
    if (!code) throw error;
    leave(code === "ENOENT" ? "a link that leads nowhere" : `cannot be read (${code})`);
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
export function comparePlaces(a: readonly string[], b: readonly string[]): number {
  const shared = Math.min(a.length, b.length) - 1;
  for (let at = 0; at < shared; at += 1) {
    const order = compareNatural(a[at] ?? "", b[at] ?? "");
    if (order !== 0) return order;
  }
  return a.length - b.length || compareNatural(a[shared] ?? "", b[shared] ?? "");
}
