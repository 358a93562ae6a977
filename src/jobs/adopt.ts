import { resolve } from "node:path";
import { readManifestBytes } from "../files/read-manifest.ts";
import type { Ledger } from "../ledger/open-ledger.ts";
import { hasErrors } from "../manifest/diagnostic.ts";
import type { Image } from "../manifest/image.ts";
import type { ManifestRow } from "../manifest/manifest.ts";
import { type IdList, idsOfManifest, parseIdList } from "../plan/id-list.ts";
import { type IdMatch, matchIds } from "../plan/match-ids.ts";
import { graphicUrl } from "../qualtrics/host.ts";
import {
  type AdoptedRow,
  type Adoption,
  decideAdoption,
  summarizeAdoption,
} from "../report/adoption.ts";
import { EXIT } from "../report/exit-code.ts";
import { summarizeRun } from "../report/summary.ts";
import { UserError } from "../user-error.ts";
import { type Comparison, compareGraphics } from "./compare-graphic.ts";
import { JobEnd, writeResults } from "./end-job.ts";
import { openWholeLedger } from "./job-ledger.ts";
import { INVALID, type Job, openJob } from "./open-job.ts";
import type { JobOptions } from "./options.ts";
import { withGraphics } from "./service.ts";
import type { JobHost, JobResult } from "./watcher.ts";

export interface AdoptOptions extends JobOptions {
  /** A JSON map or CSV that holds the ids; the manifest itself without. */
  from?: string;
  /** Also ids whose graphic differs or is recorded otherwise. */
  force?: boolean;
}

/** Takes ids of an earlier script into the record after a check. */
export async function adopt(
  file: string,
  options: AdoptOptions,
  host: JobHost,
): Promise<JobResult<Adoption>> {
  const job = await openJob(file, options, host);
  if (!job) return INVALID;
  const from = options.from ?? file;
  const { entries, diagnostics } = await readIds(job);
  const matched = matchIds(job.manifest.rows, entries, from);
  const found = [...diagnostics, ...matched.diagnostics];
  host.watcher.tell({ kind: "diagnostics", found });
  if (hasErrors(found)) return INVALID;
  if (entries.length === 0) throw noIds(from);
  const ledger = openWholeLedger(job.paths.ledger);
  try {
    const rows = await decideRows(job, matched.matches, ledger);
    const end = new JobEnd(job);
    await record(job, rows, ledger, end);
    end.tell();
    const { host: name, library } = job.target;
    const document: Adoption = {
      version: 1,
      manifest: job.manifest.file,
      from,
      target: { host: name, library },
      summary: summarizeAdoption(rows),
      rows,
    };
    return { exitCode: end.exitCodeAfter(exitCodeOf(rows)), document, defect: end.defect };
  } finally {
    ledger.close();
  }
}

async function readIds({ options, manifest, host }: Job<AdoptOptions>): Promise<IdList> {
  const { from } = options;
  if (from === undefined) return { entries: idsOfManifest(manifest), diagnostics: [] };
  return parseIdList(from, await readManifestBytes(resolve(host.cwd, from)));
}

function noIds(from: string): UserError {
  return new UserError("ADOPT_NO_IDS", `${from} holds no ids`, {
    hint: "give the manifest a graphicId column, or name a JSON map or an old results file with --from",
  });
}

async function decideRows(
  job: Job<AdoptOptions>,
  matches: readonly IdMatch[],
  ledger: Ledger,
): Promise<AdoptedRow[]> {
  const recordOf = ledger.rowRecords(job.target, job.paths.manifestKey);
  const recordedIds = matches.map(({ row }) => recordOf(row).graphicId ?? undefined);
  const checked = await checkIds(job, matches);
  return checked.map(({ row, graphicId, url, verdict, message }, index) => {
    const recordedId = recordedIds[index];
    const isKnown = ledger.knowsId(graphicId);
    const check = { graphicId, recordedId, isKnown, verdict, message };
    const decision = decideAdoption(check, { force: job.options.force === true });
    const { line, path, name, folder } = row;
    const isRecorded = decision.status === "already-recorded";
    const told = isRecorded ? null : verdict;
    return { line, path, name, folder, graphicId, url, verdict: told, ...decision };
  });
}

/** Fetches each id's graphic from the job's service, without a token, and compares it with the row's file. */
async function checkIds(
  job: Job<AdoptOptions>,
  matches: readonly IdMatch[],
): Promise<(IdMatch & Comparison & { url: string })[]> {
  const imageOf = imageFinder(job);
  return withGraphics(job.paths, job.target, async (baseUrl) => {
    const expected = matches.map(({ row, graphicId }) => {
      const image = imageOf(row);
      const url = graphicUrl(baseUrl, graphicId);
      return { url, sha256: image?.sha256 ?? "", image: async () => image };
    });
    const comparisons = await compareGraphics(expected, job.options);
    return comparisons.flatMap((comparison, index) => {
      const [match, wanted] = [matches[index], expected[index]];
      return match && wanted ? { ...match, ...comparison, url: wanted.url } : [];
    });
  });
}

function imageFinder({
  manifest,
  images,
}: Job): (row: Pick<ManifestRow, "line">) => Image | undefined {
  const imageAt = new Map(manifest.rows.map(({ line }, index) => [line, images[index]]));
  return ({ line }) => imageAt.get(line);
}

/** The bytes recorded are the file's: what was adopted counts as this row's image from now on. */
async function record(
  job: Job,
  rows: readonly AdoptedRow[],
  ledger: Ledger,
  end: JobEnd,
): Promise<void> {
  const { manifest, target, paths } = job;
  const { service, library, host } = target;
  const startedAt = new Date().toISOString();
  const imageOf = imageFinder(job);
  const adopted = rows.flatMap((row) => {
    const image = imageOf(row);
    if (row.status !== "adopted" || !image) return [];
    const { line, path, name, folder, graphicId, url } = row;
    const where = { line, path, name, folder, graphicId, url: host === "sandbox" ? "" : url };
    const { contentType, sha256, sizeBytes: bytes } = image;
    return { ...where, contentType, sha256, bytes, uploadedAt: startedAt };
  });
  if (adopted.length === 0) return;
  const start = { command: "adopt", manifest: paths.manifestKey, service, library, host } as const;
  const run = ledger.startRun({ ...start, startedAt }, [], adopted);
  const recordOf = ledger.rowRecords(target, paths.manifestKey);
  await end.writeResults(() => writeResults(paths.results, manifest, recordOf));
  await end.take(() => {
    const counts = summarizeRun(manifest.rows.map((row) => recordOf(row).status));
    const exitCode = end.exitCodeAfter(exitCodeOf(rows));
    return run.finish({ exitCode, finishedAt: new Date().toISOString(), counts });
  });
}

function exitCodeOf(rows: readonly AdoptedRow[]): number {
  return rows.some(({ status }) => status === "refused") ? EXIT.incomplete : EXIT.done;
}
