import { hash } from "node:crypto";
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { readManifestBytes } from "../files/read-file.ts";
import type { LedgerView } from "../ledger/ledger.ts";
import { checkPriorIds } from "../manifest/check-manifest.ts";
import type { Diagnostic } from "../manifest/diagnostic.ts";
import { isWorkbookName, type Manifest, type ParsedManifest } from "../manifest/manifest.ts";
import { parseManifest } from "../manifest/parse-manifest.ts";
import { openWorkbook } from "../manifest/workbook-file.ts";
import { addressKey, type FolderAndName } from "../plan/recorded.ts";
import type { Target } from "../plan/service.ts";
import type { FoundResult } from "../plan/take-over.ts";
import { type Host, parseHost } from "../qualtrics/host.ts";
import { UserError } from "../user-error.ts";
import type { Job } from "./open-job.ts";
import type { JobOptions } from "./options.ts";
import { displayManifest, displayPath, keyOf, siblingsOf } from "./paths.ts";

/** The library that a manifest's record is about. */
export type RecordedTarget = Pick<Target, "service" | "library" | "host">;

/** Of a job, what decides which results belong to it; it may need no manifest, or not look into its pictures. */
export type ResultsJob = Pick<Job, "paths" | "options" | "host"> &
  Partial<Pick<Job, "manifest" | "whole" | "wanted">>;

/**
 * The library that the results file is about, where the record does not know; the first row that says so counts. A file
 * leads to Qualtrics, or to the service that the user names (`named`), and nowhere else.
 */
export async function targetOfResults(
  { paths, options }: ResultsJob,
  named: string | undefined,
): Promise<RecordedTarget | undefined> {
  if (!existsSync(paths.results)) return undefined;
  const bytes = await readManifestBytes(paths.results);
  const { manifest } = await parseManifest(paths.results, bytes, { defaultFolder: options.folder });
  for (const { prior } of manifest?.rows ?? []) {
    if (!prior || prior.library === "") continue;
    if (options.sandbox) return { service: "sandbox", host: "sandbox", library: prior.library };
    const found = hostOf(prior.url);
    if (!found || (found.service !== "qualtrics.com" && found.service !== named)) continue;
    const { service, baseUrl } = found;
    return { service, host: new URL(baseUrl).host, library: prior.library };
  }
  return undefined;
}

/** Undefined where a url leads to nothing that could be a service. */
export function hostOf(url: string): Host | undefined {
  if (!URL.canParse(url)) return undefined;
  try {
    return parseHost(new URL(url).origin);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** A results file, read. */
export interface ResultsFile {
  /** As it is shown. */
  file: string;
  sha256: string;
  rows: readonly FoundResult[];
  /** Every row of it, those without a graphic too. */
  places: readonly (FolderAndName & { path: string })[];
}

/** Reads a results file; undefined where it is empty, or just as this record's last run left it. */
export async function readResultsFile(
  job: ResultsJob,
  ledger: LedgerView,
  path: string,
  ownerOf: (graphicId: string) => string | undefined,
): Promise<ResultsFile | undefined> {
  const { paths, options, host } = job;
  const file = displayPath(path, host.cwd);
  const bytes = await readManifestBytes(path);
  if (bytes.length === 0) return undefined;
  const sha256 = hash("sha256", bytes, "hex");
  const runs = ledger.runs();
  const key = path === paths.results ? paths.resultsKey : "";
  const writer = runs.findLast(({ results }) => results === key);
  if (writer?.resultsSha256 === sha256) {
    if (writer.manifest !== paths.manifestKey) throw anotherManifests(job, file, writer.manifest);
    return undefined;
  }
  refuseMergeMarks(file, bytes);
  const isYounger = !runs.some(({ resultsSha256 }) => resultsSha256 === sha256);
  const parts = (await parseResults(file, bytes, options)).map((part) => readPart(file, part));
  const read = {
    file,
    sha256,
    rows: parts.flatMap((part) => rowsWithResults(part, file, isYounger)),
    places: parts.flatMap((part) => part.rows),
  };
  // Without the manifest's rows nobody can tell whose they are.
  if (!job.manifest && siblingsOf(paths.main).length > 0) return undefined;
  await refuseOthers(job, ownerOf, read, writer?.manifest);
  return read;
}

/** Of a workbook each sheet that has results: people put sheets of their own beside ours, with a part of its rows. */
async function parseResults(
  file: string,
  bytes: Uint8Array,
  { folder: defaultFolder }: JobOptions,
): Promise<ParsedManifest[]> {
  const sheets: ParsedManifest[] = [];
  if (isWorkbookName(file)) {
    for await (const { parsed } of parseSheets(file, bytes, defaultFolder)) {
      if (parsed.manifest?.hasResults) sheets.push(parsed);
    }
  }
  return sheets.length > 0 ? sheets : [await parseManifest(file, bytes, { defaultFolder })];
}

/** Each sheet of a workbook, parsed; none where it cannot be read. */
async function* parseSheets(
  file: string,
  bytes: Uint8Array,
  defaultFolder: string | undefined,
): AsyncGenerator<{ sheet: string; parsed: ParsedManifest }> {
  const workbook = openWorkbook(bytes);
  for (const { name: sheet } of typeof workbook === "string" ? [] : workbook.sheets) {
    yield { sheet, parsed: await parseManifest(file, bytes, { defaultFolder, sheet }) };
  }
}

function readPart(file: string, { manifest, diagnostics }: ParsedManifest): Manifest {
  const found = [...diagnostics, ...(manifest ? checkPriorIds(manifest) : [])];
  const first = found.find(({ severity }) => severity === "error");
  if (!manifest || first) throw unreadable(file, first);
  if (manifest.rows.length > 0 && !manifest.hasResults) throw unreadable(file, undefined);
  return manifest;
}

export function rowsWithResults(
  { rows }: Manifest,
  file: string,
  isYounger: boolean,
): FoundResult[] {
  return rows.flatMap(({ prior, folder, name, line, path }) =>
    prior ? [{ file, folder, name, line, path, prior, isYounger }] : [],
  );
}

/** The lines between which git leaves what it could not merge. */
const MERGE_MARK = /^(?:\xef\xbb\xbf)?((?:<{7}|>{7})(?: .*)?)$/m;

/** Refuses a merge that is not finished: which of the two halves' lines count, only people can say. */
function refuseMergeMarks(file: string, bytes: Uint8Array): void {
  if (isWorkbookName(file)) return;
  // Of UTF-16, each second byte is zero.
  const text = Buffer.from(bytes)
    .toString("latin1")
    .replace(/[\0\r]/g, "");
  const found = MERGE_MARK.exec(text);
  if (!found) return;
  const line = text.slice(0, found.index).split("\n").length;
  const message = `${file} has an unfinished git merge: line ${line} is '${found[1]}'`;
  throw new UserError("RESULTS_UNREADABLE", message, {
    hint: "keep the lines of both sides and delete the marks; if an image has two lines, keep the one with the later uploadedAt",
  });
}

function unreadable(file: string, why: Diagnostic | undefined): UserError {
  const what = why
    ? `cannot be read${why.line === null ? "" : `, line ${why.line}`}: ${why.message}`
    : "is not a results file of qgfx: it lacks the columns graphicId and sha256, or one of them";
  return new UserError("RESULTS_UNREADABLE", `${file} ${what}`, {
    hint: "fix it, or put an earlier copy back: its ids are read; where the ledger has them all, move it away or name another file with --results",
  });
}

/**
 * Refuses results that hold the rows of another manifest of the same stem: of the one that recorded their ids, else of
 * the one that has more of their addresses.
 */
async function refuseOthers(
  job: ResultsJob,
  ownerOf: (graphicId: string) => string | undefined,
  { file, rows, places }: ResultsFile,
  writer: string | undefined,
): Promise<void> {
  const { paths, whole } = job;
  const isOwn = (writer ?? paths.manifestKey) === paths.manifestKey;
  const isAlone = isOwn && siblingsOf(paths.main).length === 0;
  // Of a workbook that is alone, only its own sheets can be meant, and who wrote the file last says which.
  const hasSheets = isWorkbookName(paths.main) && writer === undefined;
  if (!whole || (isAlone && !hasSheets)) return;
  const owners = rows.flatMap(({ prior }) => ownerOf(prior.graphicId ?? "") ?? []);
  if (owners.includes(paths.manifestKey)) return;
  const other = isAlone ? undefined : (owners[0] ?? writer);
  if (other !== undefined && other !== paths.manifestKey) throw anotherManifests(job, file, other);
  const count = ({ rows: own }: Pick<Manifest, "rows">) => {
    const keys = new Set(own.map(addressKey));
    return places.filter((row) => keys.has(addressKey(row))).length;
  };
  const ours = count(whole);
  for await (const { key, parsed } of readOthers(job)) {
    if (parsed.manifest && count(parsed.manifest) > ours) throw anotherManifests(job, file, key);
  }
}

/** The manifests that would share a job's results file: those of the same stem, and the sheets of its workbook. */
async function* readOthers({
  paths,
  options,
}: ResultsJob): AsyncGenerator<{ key: string; parsed: ParsedManifest }> {
  const { folder: defaultFolder } = options;
  const keyIn = (path: string) => keyOf(dirname(paths.ledger), path);
  for (const sibling of siblingsOf(paths.main)) {
    const bytes = await readManifestBytes(sibling);
    yield { key: keyIn(sibling), parsed: await parseManifest(sibling, bytes, { defaultFolder }) };
  }
  if (!isWorkbookName(paths.main) || !existsSync(paths.main)) return;
  const bytes = await readManifestBytes(paths.main);
  for await (const { sheet, parsed } of parseSheets(paths.main, bytes, defaultFolder)) {
    yield { key: `${keyIn(paths.main)}#${sheet}`, parsed };
  }
}

function anotherManifests({ paths, host }: ResultsJob, file: string, owner: string): UserError {
  const whose = displayManifest(owner, paths.ledger, host.cwd);
  const main = displayPath(paths.main, host.cwd);
  const own = displayManifest(paths.manifestKey, paths.ledger, host.cwd);
  const message = `${file} holds the results of ${whose}, not of ${own}`;
  return new UserError("RESULTS_OF_ANOTHER_MANIFEST", message, {
    hint: `name another file for the results of ${own}, for example --results ${main}.results.${isWorkbookName(main) ? "xlsx" : "csv"}`,
  });
}
