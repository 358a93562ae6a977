import type { Dirent } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { comparePlaces } from "../files/find-images.ts";
import { readManifestBytes } from "../files/read-file.ts";
import { parseBytes } from "../jobs/open-job.ts";
import { memberOf } from "../jobs/paths.ts";
import { UserError } from "../user-error.ts";
import type { StartDocument } from "./api.ts";
import { readSheetChoice } from "./sheet-choice.ts";

const SHEET = /\.(csv|tsv|xlsx|ya?ml)$/i;
const PICTURE = /\.(png|jpe?g|gif)$/i;

/** It may be run in a home directory: no deeper, and no more files, are looked at. */
const MOST_DEPTH = 4;
const MOST_ENTRIES = 20_000;
const MOST_SHEETS = 100;
/** A larger sheet is listed without its rows. */
const MOST_BYTES = 8 * 1024 * 1024;

interface Found {
  entries: number;
  sheets: string[][];
  pictures: { place: string[]; count: number }[];
}

/** What can be opened in a directory: sheets, and directories with pictures. */
export async function listStart(directory: string): Promise<StartDocument> {
  const found: Found = { entries: 0, sheets: [], pictures: [] };
  await search(directory, [], found);
  const places = found.sheets.sort(comparePlaces).slice(0, MOST_SHEETS);
  const sheets: StartDocument["sheets"] = [];
  for (const place of places) sheets.push(await describe(directory, place.join("/")));
  const isFine = ({ problem }: { problem: string | null }) => (problem === null ? 0 : 1);
  return {
    version: 1,
    sheets: sheets.sort((a, b) => isFine(a) - isFine(b)),
    pictures: found.pictures
      .sort((a, b) => a.place.length - b.place.length || comparePlaces(a.place, b.place))
      .map(({ place, count }) => ({ directory: place.join("/") || ".", count })),
  };
}

async function search(directory: string, place: string[], found: Found): Promise<void> {
  const entries = await entriesOf(join(directory, ...place));
  found.entries += entries.length;
  let pictures = 0;
  for (const entry of entries) {
    const { name } = entry;
    if (name.startsWith(".") || name.startsWith("~$") || name === "node_modules") continue;
    if (entry.isFile() && PICTURE.test(name)) pictures += 1;
    if (entry.isFile() && SHEET.test(name) && memberOf(name).member === "manifest") {
      found.sheets.push([...place, name]);
    }
    const isNear = place.length + 1 < MOST_DEPTH && found.entries < MOST_ENTRIES;
    if (entry.isDirectory() && isNear) await search(directory, [...place, name], found);
  }
  if (pictures > 0) found.pictures.push({ place, count: pictures });
}

/** A directory that may not be read has nothing to offer. */
async function entriesOf(directory: string): Promise<Dirent[]> {
  return readdir(directory, { withFileTypes: true }).catch(() => []);
}

async function describe(directory: string, file: string): Promise<StartDocument["sheets"][number]> {
  const path = join(directory, file);
  try {
    if ((await stat(path)).size > MOST_BYTES) return { file, rows: null, problem: null };
    const sheet = await readSheetChoice(directory, file);
    const bytes = await readManifestBytes(path);
    const { manifest, diagnostics } = await parseBytes(file, bytes, sheet ? { sheet } : {});
    const first = diagnostics.find(({ severity }) => severity === "error");
    return manifest
      ? { file, rows: manifest.rows.length, problem: null }
      : { file, rows: null, problem: first?.message ?? null };
  } catch (error) {
    const problem = error instanceof UserError ? error.message : "cannot be read";
    return { file, rows: null, problem };
  }
}
