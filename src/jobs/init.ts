import { existsSync } from "node:fs";
import { basename, dirname, extname, relative, resolve, sep } from "node:path";
import { type FoundImages, findImages } from "../files/find-images.ts";
import { readManifestBytes } from "../files/read-manifest.ts";
import { replaceFile } from "../files/replace-file.ts";
import { hasErrors } from "../manifest/diagnostic.ts";
import type { InitDocument } from "../manifest/documents.ts";
import { formatNewCsv, newTable } from "../manifest/edit/edit-csv.ts";
import { editManifest } from "../manifest/edit/edit-manifest.ts";
import { formatNewYaml } from "../manifest/edit/edit-yaml.ts";
import type { NewRow } from "../manifest/edit/manifest-edit.ts";
import type { Manifest } from "../manifest/manifest.ts";
import { formatTableWorkbook } from "../report/results-workbook.ts";
import { EXIT } from "../report/summary.ts";
import { UserError } from "../user-error.ts";
import { INVALID, parseBytes } from "./open-job.ts";
import type { JobHost, JobResult } from "./watcher.ts";

export interface InitOptions {
  /** The sheet to write or to add to. */
  out: string;
  /** Library folder of the images that lie in no sub-directory. */
  folder?: string;
  sheet?: string;
}

/** An image of the directory and the row it would get. */
interface Candidate {
  /** Absolute. */
  file: string;
  row: NewRow;
}

/** What is to be done with a sheet. */
type Merge = Pick<InitDocument, "added" | "kept" | "vanished">;

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
  const created = !existsSync(out);
  const merge = created
    ? await createSheet(out, directory, candidates)
    : await addToSheet(out, root, candidates, options, host);
  if (!merge) return INVALID;
  const leftOut = found.leftOut
    .filter(({ place }) => !belongsToSheet(resolve(root, ...place), out))
    .map(({ place, why }) => ({ path: place.join("/"), why }));
  const document = { version: 1, manifest: options.out, created, ...merge, leftOut } as const;
  return { exitCode: EXIT.done, document };
}

function checkName(out: string): void {
  if (/\.(csv|ya?ml|xlsx)$/i.test(out)) return;
  const message = `${out} names no format, expected .csv, .xlsx, .yaml or .yml`;
  throw new UserError("INIT_FORMAT", message, {
    hint: "give the sheet's name one of these endings, for example -o summer.csv",
  });
}

function candidatesOf(
  { images }: FoundImages,
  root: string,
  out: string,
  rootFolder: string,
): Candidate[] {
  return images.map((place) => {
    const file = resolve(root, ...place);
    const folder = place.slice(0, -1).join("/") || rootFolder;
    return { file, row: rowOf(file, folder, out) };
  });
}

/** A cell that begins like a formula is written so that no spreadsheet computes it. */
function rowOf(file: string, folder: string, out: string): NewRow {
  const path = relative(dirname(out), file).split(sep).join("/");
  const name = basename(file);
  const isLikeFormula = /^[=+\-@]/;
  return {
    path: isLikeFormula.test(path) ? `./${path}` : path,
    name: isLikeFormula.test(name) ? "" : name,
    folder,
  };
}

async function createSheet(
  out: string,
  directory: string,
  candidates: readonly Candidate[],
): Promise<Merge> {
  const added = candidates.map(({ row }) => row);
  if (added.length === 0) {
    throw new UserError("INIT_NO_PICTURES", `there is no PNG, JPEG or GIF in ${directory}`, {
      hint: "name the folder the pictures are in",
    });
  }
  await replaceFile(out, await formatNew(out, added));
  return { added, kept: 0, vanished: [] };
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
  const merge = mergeWith(manifest, dirname(out), root, candidates);
  if (merge.added.length === 0) return merge;
  const edited = editManifest(manifest, bytes, { cells: [], rows: [], added: merge.added });
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
): Merge {
  const fileOf = (path: string) => resolve(baseDir, path);
  const present = new Set(candidates.map(({ file }) => file));
  const listed = new Set(rows.map(({ path }) => fileOf(path)));
  // A name that a Mac has stored in another Unicode form is the same image.
  const elsewhere = new Set(
    [...listed].filter((file) => !present.has(file)).map((file) => file.normalize()),
  );
  const isListed = (file: string) => listed.has(file) || elsewhere.has(file.normalize());
  const added = candidates.filter(({ file }) => !isListed(file)).map(({ row }) => row);
  const presentForms = new Set([...present].map((file) => file.normalize()));
  const vanished: Merge["vanished"] = [];
  for (const { line, path } of rows) {
    const file = fileOf(path);
    const isBelow = file.startsWith(root + sep) && !presentForms.has(file.normalize());
    if (isBelow && !existsSync(file)) vanished.push({ line, path });
  }
  return { added, kept: rows.length, vanished };
}

/** The sheet itself, its results, retries and backups. */
function belongsToSheet(file: string, out: string): boolean {
  const stem = basename(out, extname(out));
  return dirname(file) === dirname(out) && basename(file).startsWith(`${stem}.`);
}
