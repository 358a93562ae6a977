import { resolve } from "node:path";
import { readManifestBytes } from "../files/read-manifest.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { hasErrors } from "../manifest/diagnostic.ts";
import type { Image } from "../manifest/image.ts";
import { type IdList, idsOfManifest, parseIdList } from "../plan/id-list.ts";
import { type IdMatch, matchIds } from "../plan/match-ids.ts";
import { graphicUrl } from "../plan/service.ts";
import { printTarget } from "../plan/target.ts";
import {
  type AdoptedRow,
  type Adoption,
  decideAdoption,
  summarizeAdoption,
} from "../report/adoption.ts";
import { EXIT, summarizeRun } from "../report/summary.ts";
import { UserError } from "../user-error.ts";
import { compareGraphics } from "./compare-graphics.ts";
import { JobEnd } from "./end-job.ts";
import { openJobLedger, runStart } from "./job-ledger.ts";
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
  const { ledger } = await openJobLedger(job);
  try {
    const rows = await decideRows(job, matched.matches, ledger);
    const exitCode = rows.some(({ status }) => status === "refused") ? EXIT.incomplete : EXIT.done;
    const end = new JobEnd(job);
    await record(job, rows, ledger, end, exitCode);
    end.tell();
    const { manifest, target } = job;
    return end.result(exitCode, {
      version: 1,
      manifest: manifest.file,
      from,
      target: printTarget(target),
      summary: summarizeAdoption(rows),
      rows,
    });
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
  return new UserError("ADOPT_NO_IDS", `${from} has no ids`, {
    hint: "give the manifest a graphicId column, or name a JSON map or an old results file with --from",
  });
}

function imagesByLine({ wanted }: Job): ReadonlyMap<number, Image> {
  return new Map(wanted.map(({ row, image }) => [row.line, image]));
}

/** Fetches each id's graphic from the job's service, without a token, and compares it with the row's file. */
async function decideRows(
  job: Job<AdoptOptions>,
  matches: readonly IdMatch[],
  ledger: Ledger,
): Promise<AdoptedRow[]> {
  const { target, paths, options } = job;
  const recordOf = ledger.rowRecords(target);
  const imageAt = imagesByLine(job);
  return withGraphics(paths, target, async (baseUrl) => {
    const expected = matches.map(({ row, graphicId }) => {
      const image = imageAt.get(row.line);
      const url = graphicUrl(baseUrl, graphicId);
      return { row, graphicId, url, sha256: image?.sha256 ?? "", image: async () => image };
    });
    const compared = await compareGraphics(expected, options, job.host);
    return compared.map(({ row, graphicId, url, verdict, message }) => {
      const { line, path, name, folder } = row;
      const decision = decideAdoption(
        { graphicId, verdict, message },
        {
          recordedId: recordOf(row).graphicId,
          isKnown: ledger.knowsId(graphicId),
          force: options.force === true,
        },
      );
      const told = decision.status === "already-recorded" ? null : verdict;
      return { line, path, name, folder, graphicId, url, verdict: told, ...decision };
    });
  });
}

/** The bytes recorded are the file's: what was adopted counts as this row's image from now on. */
async function record(
  job: Job,
  rows: readonly AdoptedRow[],
  ledger: Ledger,
  end: JobEnd,
  exitCode: number,
): Promise<void> {
  const { manifest, target } = job;
  const start = runStart(job, "adopt");
  const imageAt = imagesByLine(job);
  const adopted = rows.flatMap(({ line, path, name, folder, graphicId, url, status }) => {
    const image = imageAt.get(line);
    if (status !== "adopted" || !image) return [];
    const where = { line, path, name, folder, graphicId, url: target.baseUrl === null ? "" : url };
    const { contentType, sha256, sizeBytes: bytes } = image;
    return {
      ...where,
      contentType,
      sha256,
      bytes,
      uploadedAt: start.startedAt,
      isTimeKnown: false,
      isCurrent: true,
    };
  });
  if (adopted.length === 0) return;
  const run = ledger.takeOver(start, { graphics: adopted, unknowns: [] });
  const recordOf = ledger.rowRecords(target);
  await end.writeResults(() => recordOf);
  await end.finish(run, exitCode, summarizeRun(manifest.rows, recordOf));
}
