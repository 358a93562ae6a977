import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { z } from "zod";
import { comparePlaces, type FoundImages, type Place } from "../files/find-images.ts";
import { errorCode } from "../files/read-file.ts";
import { replaceFile } from "../files/replace-file.ts";
import type { NewRow } from "../manifest/edit/manifest-edit.ts";
import { DEFAULT_MAX_BYTES } from "./options.ts";
import type { JobHost } from "./watcher.ts";

/** An image of the directory and the row it would get. */
export interface Candidate {
  place: Place;
  /** Absolute. */
  file: string;
  sizeBytes: number;
  row: NewRow;
}

/** The rows of all images that were found. */
export function candidatesOf(
  { images }: FoundImages,
  root: string,
  out: string,
  rootFolder: string,
): Candidate[] {
  return images.map(({ place, sizeBytes }) => ({
    ...candidateOf(resolve(root, ...place), place, out, rootFolder),
    sizeBytes,
  }));
}

function candidateOf(file: string, place: Place, out: string, rootFolder: string): Candidate {
  const folder = place.slice(0, -1).join("/").normalize() || rootFolder;
  return { place, file, sizeBytes: 0, row: rowOf(file, folder, out) };
}

/**
 * The path as the disk has it, name and folder in the form that everybody else types (NFC): a Mac may give another. A
 * cell that begins like a formula is written so that no spreadsheet computes it. */
function rowOf(file: string, folder: string, out: string): NewRow {
  const path = relative(dirname(out), file).split(sep).join("/");
  const name = basename(file).normalize();
  const isLikeFormula = /^[=+\-@]/;
  return {
    path: isLikeFormula.test(path) ? `./${path}` : path,
    name: isLikeFormula.test(name) ? "" : name,
    folder,
  };
}

interface Conversion {
  root: string;
  out: string;
  options: { folder?: string };
  host: JobHost;
}

/** Lets what was converted take the place of what was found; the row's folder stays that of the source. */
export async function convertAll(
  folder: string,
  found: FoundImages,
  candidates: Candidate[],
  { root, out, options, host }: Conversion,
): Promise<void> {
  const { Converter, placeBelow } = await import("./convert.ts");
  const converter = new Converter(folder, DEFAULT_MAX_BYTES, host);
  // What an earlier run has put there is not a source.
  const sources = candidates.filter(({ file }) => !converter.holds(file));
  candidates.splice(0, candidates.length, ...sources);
  for (const { place, isConvertible } of [...found.leftOut]) {
    const file = resolve(root, ...place);
    if (!isConvertible || converter.holds(file)) continue;
    const made = await converter.convert(file, placeBelow(root, file));
    if (made === undefined) continue;
    found.leftOut = found.leftOut.filter((one) => one.place !== place);
    candidates.push(candidateOf(made, place, out, options.folder ?? ""));
  }
  for (const [index, { place, file, sizeBytes, row }] of candidates.entries()) {
    if (sizeBytes <= DEFAULT_MAX_BYTES) continue;
    const made = await converter.convert(file, placeBelow(root, file));
    if (made === undefined) continue;
    candidates[index] = { place, file: made, sizeBytes: 0, row: rowOf(made, row.folder, out) };
  }
  candidates.sort((a, b) => comparePlaces(a.place, b.place));
}

/**
 * What init once gave a row, by sheet: a row that is gone since then was taken out on purpose. It is no more than a
 * help: where the file is missing or odd, every image without a row is new.
 */
const offeredSchema = z.strictObject({
  version: z.literal(1).describe("Version of this format"),
  sheets: z
    .record(z.string(), z.array(z.string()))
    .describe("Paths as the sheet names them, by the sheet's file name"),
});

function fileOf(sheet: string): string {
  return join(dirname(sheet), ".qgfx", "init.json");
}

function read(sheet: string): z.infer<typeof offeredSchema> {
  try {
    return offeredSchema.parse(JSON.parse(readFileSync(fileOf(sheet), "utf8")));
  } catch (error) {
    const isOdd = error instanceof SyntaxError || error instanceof z.ZodError;
    if (!isOdd && errorCode(error) === undefined) throw error;
    return { version: 1, sheets: {} };
  }
}

/** The paths that a sheet was given, then or earlier. */
export function readOffered(sheet: string): ReadonlySet<string> {
  const { sheets } = read(sheet);
  return new Set(Object.hasOwn(sheets, basename(sheet)) ? sheets[basename(sheet)] : []);
}

/** Notes them for the next time. A folder that takes no files keeps nothing, and that is no error. */
export async function noteOffered(sheet: string, paths: Iterable<string>): Promise<void> {
  const { sheets } = read(sheet);
  const noted = { version: 1, sheets: { ...sheets, [basename(sheet)]: [...paths] } };
  const file = fileOf(sheet);
  try {
    if (mkdirSync(dirname(file), { recursive: true, mode: 0o700 }) !== undefined) {
      writeFileSync(join(dirname(file), ".gitignore"), "*\n");
    }
    await replaceFile(file, `${JSON.stringify(noted, null, 1)}\n`);
  } catch (error) {
    if (errorCode(error) === undefined && !(error instanceof Error && "hint" in error)) throw error;
  }
}
