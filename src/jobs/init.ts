import { existsSync } from "node:fs";
import { basename, dirname, extname, relative, resolve, sep } from "node:path";
import { type FoundImages, findImages } from "../files/find-images.ts";
import { isUnder } from "../files/image-place.ts";
import { readManifestBytes } from "../files/read-file.ts";
import { replaceFile } from "../files/replace-file.ts";
import { hasErrors } from "../manifest/diagnostic.ts";
import { formatNewCsv, newTable } from "../manifest/edit/edit-csv.ts";
import { editManifest } from "../manifest/edit/edit-manifest.ts";
import { formatNewYaml } from "../manifest/edit/edit-yaml.ts";
import { type NewRow, newRowCells } from "../manifest/edit/manifest-edit.ts";
import type { Manifest } from "../manifest/manifest.ts";
import type { InitDocument } from "../report/manifest-documents.ts";
import { formatTableWorkbook } from "../report/results-workbook.ts";
import { EXIT } from "../report/summary.ts";
import { UserError } from "../user-error.ts";
import { type Candidate, candidatesOf, convertAll, noteOffered, readOffered } from "./init-rows.ts";
import { INVALID, parseBytes } from "./open-job.ts";
import { DEFAULT_MAX_BYTES } from "./options.ts";
import { displayPath } from "./paths.ts";
import type { JobHost, JobResult } from "./watcher.ts";

export interface InitOptions {
  /** The sheet to write or to add to. */
  out: string;
  /** Library folder of the images that lie in no sub-directory. */
  folder?: string;
  sheet?: string;
  /** Folder into which images of other types, or too large, are converted. */
  convert?: string;
  /** Whether images whose rows were taken out of the sheet are added, too. */
  again?: boolean;
}

/** What is to be done with a sheet. */
type Merge = Pick<InitDocument, "added" | "kept" | "vanished"> & {
  /** Images whose rows were taken out on purpose. */
  takenOut: readonly Candidate[];
};

/** Makes a sheet of a directory's images, or adds the new ones to a sheet that is there. */
export async function init(
  directory: string,
  options: InitOptions,
  host: JobHost,
): Promise<JobResult<InitDocument>> {
  const out = resolve(host.cwd, options.out);
  checkName(options.out);
  const root = resolve(host.cwd, directory);
  const found = await findImages(root);
  const candidates = candidatesOf(found, root, out, options.folder ?? "");
  if (options.convert !== undefined)
    await convertAll(options.convert, found, candidates, { root, out, options, host });
  const created = !existsSync(out);
  const merge = created
    ? await createSheet(out, directory, candidates, found.leftOut)
    : await addToSheet(out, root, candidates, options, host);
  if (!merge) return INVALID;
  const { takenOut, ...rows } = merge;
  const wanted = candidates.filter((one) => !takenOut.includes(one));
  await noteOffered(out, new Set([...readOffered(out), ...candidates.map(({ row }) => row.path)]));
  const document = {
    version: 1 as const,
    manifest: options.out,
    created,
    ...rows,
    leftOut: leftOutOf(found, takenOut, root, out),
    tooLarge: wanted.filter(({ sizeBytes }) => sizeBytes > DEFAULT_MAX_BYTES).map(sizeOf),
    root: rootAbove(out, root, host.cwd),
  };
  return { exitCode: EXIT.done, document };
}

function sizeOf({ row, sizeBytes }: Candidate): InitDocument["tooLarge"][number] {
  return { path: row.path, bytes: sizeBytes };
}

const TAKEN_OUT = "its row was taken out of the sheet (--again adds it)";

function leftOutOf(
  found: FoundImages,
  takenOut: readonly Candidate[],
  root: string,
  out: string,
): InitDocument["leftOut"] {
  const others = found.leftOut
    .filter(({ place }) => !belongsToSheet(resolve(root, ...place), out))
    .map(({ place, why }) => ({ path: place.join("/"), why }));
  const known = takenOut.map(({ file }) => relative(root, file).split(sep).join("/"));
  return [...others, ...known.map((path) => ({ path, why: TAKEN_OUT }))];
}

/** The nearest folder above the sheet's and the images', for `--root`; null where the sheet's own is it. */
function rootAbove(out: string, images: string, cwd: string): string | null {
  let folder = dirname(out);
  if (isUnder(folder, images)) return null;
  while (!isUnder(folder, images) && dirname(folder) !== folder) folder = dirname(folder);
  return folder === cwd ? "." : displayPath(folder, cwd);
}

function checkName(out: string): void {
  if (/\.(csv|ya?ml|xlsx)$/i.test(out)) return;
  const message = `${out} names no format, expected .csv, .xlsx, .yaml or .yml`;
  throw new UserError("INIT_FORMAT", message, {
    hint: "give the sheet's name one of these endings, for example -o summer.csv",
  });
}

async function createSheet(
  out: string,
  directory: string,
  candidates: readonly Candidate[],
  leftOut: FoundImages["leftOut"],
): Promise<Merge> {
  const added = candidates.map(({ row }) => row);
  if (added.length === 0) throw noImages(directory, leftOut);
  await replaceFile(out, await formatNew(out, added));
  return { added, kept: 0, vanished: [], takenOut: [] };
}

const NAMED = 3;

function noImages(directory: string, leftOut: FoundImages["leftOut"]): UserError {
  const named = leftOut.slice(0, NAMED).map(({ place, why }) => `${place.join("/")} (${why})`);
  const more = leftOut.length > NAMED ? ` and ${leftOut.length - NAMED} more` : "";
  const others = named.length === 0 ? "" : `; left out: ${named.join(", ")}${more}`;
  return new UserError("INIT_NO_PICTURES", `no PNG, JPEG or GIF in ${directory}${others}`, {
    hint: leftOut.some(({ isConvertible }) => isConvertible)
      ? "give --convert DIR to make JPEG or PNG of them, or name another folder"
      : "name the folder the images are in",
  });
}

async function formatNew(out: string, rows: NewRow[]): Promise<string | Uint8Array> {
  const extension = extname(out).toLowerCase();
  if (extension === ".xlsx") return formatTableWorkbook(newTable(rows));
  return extension === ".csv" ? formatNewCsv(rows) : formatNewYaml(rows);
}

/** Undefined: the sheet has errors, and nothing was written. */
async function addToSheet(
  out: string,
  root: string,
  candidates: readonly Candidate[],
  options: InitOptions,
  { watcher }: JobHost,
): Promise<Merge | undefined> {
  const bytes = await readManifestBytes(out);
  const sheet = options.sheet === undefined ? {} : { sheet: options.sheet };
  const { manifest, diagnostics } = await parseBytes(options.out, bytes, sheet);
  if (!manifest || hasErrors(diagnostics)) {
    watcher.tell({ kind: "diagnostics", found: diagnostics });
    watcher.tell({ kind: "warning", text: `${options.out} was left as it is` });
    return undefined;
  }
  const before = options.again === true ? new Set<string>() : readOffered(out);
  const merge = mergeWith(manifest, dirname(out), root, candidates, before);
  if (merge.added.length === 0) return merge;
  const added = merge.added.map((row) => newRowCells(manifest.columns, row));
  const edited = editManifest(manifest, bytes, { added });
  const after = edited && (await parseBytes(options.out, edited, sheet)).manifest;
  if (!edited || after?.rows.length !== manifest.rows.length + merge.added.length) {
    const message = `no rows can be added to ${options.out} as it is written`;
    throw new UserError("INIT_CANNOT_ADD", message, {
      hint: "in YAML, write each image on lines of its own below 'graphics:'",
    });
  }
  await replaceFile(out, edited);
  return merge;
}

function mergeWith(
  { rows }: Manifest,
  baseDir: string,
  root: string,
  candidates: readonly Candidate[],
  offered: ReadonlySet<string>,
): Merge {
  const fileOf = (path: string) => resolve(baseDir, path);
  const present = new Set(candidates.map(({ file }) => file));
  const listed = new Set(rows.map(({ path }) => fileOf(path)));
  // A name that a Mac has stored in another Unicode form is the same image.
  const elsewhere = new Set(
    [...listed].filter((file) => !present.has(file)).map((file) => file.normalize()),
  );
  const isListed = (file: string) => listed.has(file) || elsewhere.has(file.normalize());
  const unlisted = candidates.filter(({ file }) => !isListed(file));
  const takenOut = unlisted.filter(({ row }) => offered.has(row.path));
  const added = unlisted.filter(({ row }) => !offered.has(row.path)).map(({ row }) => row);
  const presentForms = new Set([...present].map((file) => file.normalize()));
  const vanished: Merge["vanished"] = [];
  for (const { line, path } of rows) {
    const file = fileOf(path);
    const isBelow = file.startsWith(root + sep) && !presentForms.has(file.normalize());
    if (isBelow && !existsSync(file)) vanished.push({ line, path });
  }
  return { added, kept: rows.length, vanished, takenOut };
}

/** The sheet itself, its results, retries and backups. */
function belongsToSheet(file: string, out: string): boolean {
  const stem = basename(out, extname(out));
  return dirname(file) === dirname(out) && basename(file).startsWith(`${stem}.`);
}
