import { statSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { comparePlaces } from "../files/find-images.ts";
import { readManifestBytes } from "../files/read-file.ts";
import { init } from "../jobs/init.ts";
import { parseBytes } from "../jobs/open-job.ts";
import { displayPath, memberOf } from "../jobs/paths.ts";
import { UserError } from "../user-error.ts";
import { CollectingWatcher } from "./collecting-watcher.ts";
import { Journal } from "./journal.ts";
import { locateServed } from "./open-sheet.ts";
import type { SheetDocument, StartDocument } from "./sheet-api.ts";
import type { Workspace } from "./workspace.ts";

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
  const here = join(directory, ...place);
  // One that may not be read has nothing to offer.
  const entries = await readdir(here, { withFileTypes: true }).catch(() => []);
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

async function describe(directory: string, file: string): Promise<StartDocument["sheets"][number]> {
  const path = join(directory, file);
  try {
    if ((await stat(path)).size > MOST_BYTES) return { file, rows: null, problem: null };
    const sheet = await new Journal(directory, file).readSheetChoice();
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

/**
 * Makes a sheet of a directory's pictures, or adds the new ones to the sheet that it has, and opens it. It lies beside the
 * directory, so that all pictures are below it.
 */
export async function makeSheet(workspace: Workspace, name: string): Promise<SheetDocument> {
  workspace.refuseBusy();
  const { directory, surroundings } = workspace;
  const { cwd } = surroundings;
  const { path, given } = locateServed(directory, cwd, name);
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    throw new UserError("NOT_A_FOLDER", `'${name}' is not a folder`, { hint: "choose another" });
  }
  const beside = path === directory ? path : dirname(path);
  const out = join(beside, `${basename(path) || "pictures"}.csv`);
  const watcher = new CollectingWatcher();
  const host = { ...workspace.jobHost, watcher };
  const { document } = await init(given, { out: displayPath(out, cwd) }, host);
  if (document) {
    const isOpen = workspace.openPath === out;
    const opened = await workspace.open(out);
    // The new rows are in the file: where it is open already and unchanged, it is read again.
    return isOpen && !opened.head.isChanged ? workspace.reload() : opened;
  }
  const [first] = watcher.diagnostics;
  throw new UserError("SHEET_HAS_ERRORS", first?.message ?? `nothing was added to ${out}`, {
    hint: "open the sheet and repair it first",
  });
}
