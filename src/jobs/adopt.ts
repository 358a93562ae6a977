import { existsSync } from "node:fs";
import type { Ledger, LedgerView } from "../ledger/ledger.ts";
import { hasErrors } from "../manifest/diagnostic.ts";
import type { Image } from "../manifest/image.ts";
import type { ManifestRow } from "../manifest/manifest.ts";
import { idsOfManifest } from "../plan/id-list.ts";
import { type MatchedIds, matchIds } from "../plan/match-ids.ts";
import { printTarget } from "../plan/printed-fields.ts";
import { graphicUrl } from "../plan/service.ts";
import {
  type AdoptedRow,
  type Adoption,
  decideAdoption,
  formatList,
  summarizeAdoption,
} from "../report/adoption.ts";
import { EXIT, summarizeRun } from "../report/summary.ts";
import { UserError } from "../user-error.ts";
import { compareGraphics } from "./compare-graphics.ts";
import { JobEnd } from "./end-job.ts";
import { openJobLedger, readJobLedger, runStart } from "./job-ledger.ts";
import { INVALID, type Job, openJob } from "./open-job.ts";
import type { JobOptions } from "./options.ts";
import { readList } from "./read-list.ts";
import { withGraphics } from "./service.ts";
import { isConfirmed, type JobHost, type JobResult } from "./watcher.ts";

export interface AdoptOptions extends JobOptions {
  /** A list that holds the ids, `-` for what is piped in; the manifest itself without. */
  from?: string;
  /** Whether the ids of a list are taken without a question. */
  yes?: boolean;
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
  const { from } = options;
  const own = { file: job.manifest.file, entries: idsOfManifest(job.manifest), diagnostics: [] };
  const ids = from === undefined ? own : await readList(from, host);
  const telling = { file: ids.file, command: "ADOPT", what: "row of the manifest" } as const;
  const matched = matchIds(job.manifest.rows, ids.entries, telling);
  const found = [...ids.diagnostics, ...matched.diagnostics];
  host.watcher.tell({ kind: "diagnostics", found });
  if (hasErrors(found)) return INVALID;
  if (ids.entries.length === 0) throw noIds(ids.file);
  const { matches, left } = matched;
  const list =
    from === undefined
      ? undefined
      : { ids: ids.entries.length, fit: ids.entries.length - left.length, left };
  if (list) {
    host.watcher.tell({ kind: "note", text: formatList(ids.file, list) });
    if (matches.length === 0) throw nothingFits(ids.file, file);
  }
  return adoptMatches(job, matched, { source: from ?? file, list });
}

/** Shows what was matched beside the library's graphics, asks where a list gave it, and records it. */
async function adoptMatches(
  job: Job<AdoptOptions>,
  { matches, left }: MatchedIds<ManifestRow>,
  { source, list }: { source: string; list: Adoption["list"] },
): Promise<JobResult<Adoption>> {
  // Where there is no ledger, none is made before there is something to record.
  let ledger = existsSync(job.paths.ledger) ? (await openJobLedger(job)).ledger : undefined;
  try {
    const compared = await compareMatches(job, matches);
    let rows = ledger ? decideRows(job, compared, ledger) : await decideUnrecorded(job, compared);
    if (list && !(await agreeOnRows(job, rows, ledger))) {
      return { exitCode: EXIT.declined, document: undefined };
    }
    if (!ledger && summarizeAdoption(rows).adopted > 0) {
      ({ ledger } = await openJobLedger(job));
      // Others may have recorded something meanwhile.
      rows = decideRows(job, compared, ledger);
    }
    const isLeft = ({ status }: AdoptedRow) => status === "refused";
    const isAmbiguous = left.some(({ reason }) => reason !== "no-row");
    const exitCode = isAmbiguous || rows.some(isLeft) ? EXIT.incomplete : EXIT.done;
    const end = new JobEnd(job);
    if (ledger) await record(job, rows, ledger, end, exitCode);
    end.tell();
    const { manifest, target } = job;
    return end.result(exitCode, {
      version: 1,
      manifest: manifest.file,
      from: source,
      target: printTarget(target),
      summary: summarizeAdoption(rows),
      ...(list && { list }),
      rows,
    });
  } finally {
    ledger?.close();
  }
}

/** Shows what the ids of a list would become, and asks where any would be recorded. */
async function agreeOnRows(
  { options, manifest, host }: Job<AdoptOptions>,
  rows: readonly AdoptedRow[],
  ledger: Ledger | undefined,
): Promise<boolean> {
  const count = summarizeAdoption(rows).adopted;
  if (count === 0 || options.yes) return true;
  ledger?.announce();
  host.watcher.tell({ kind: "adopting", rows });
  return isConfirmed({ kind: "adopt", count, manifest: manifest.file }, host);
}

function noIds(from: string): UserError {
  return new UserError("ADOPT_NO_IDS", `${from} has no ids`, {
    hint: "give the manifest a graphicId column, or name a list of names and IDs with --from",
  });
}

function nothingFits(list: string, manifest: string): UserError {
  const message = `no ID in ${list} belongs to a row of ${manifest}; nothing was recorded`;
  return new UserError("ADOPT_NOTHING_FITS", message, {
    hint: "each line needs a row's name, path or folder/name as the manifest has it, and the ID",
  });
}

function imagesByLine({ wanted }: Job): ReadonlyMap<number, Image> {
  return new Map(wanted.map(({ row, image }) => [row.line, image]));
}

/** An id's graphic beside the file of the row that it is for. */
type ComparedRow = Awaited<ReturnType<typeof compareMatches>>[number];

/** Fetches each id's graphic from the job's service, without a token, and compares it with the row's file. */
async function compareMatches(job: Job<AdoptOptions>, matches: MatchedIds<ManifestRow>["matches"]) {
  const { target, paths, options } = job;
  const imageAt = imagesByLine(job);
  return withGraphics(paths, target, async (baseUrl) => {
    const expected = matches.map(({ row, graphicId }) => {
      const image = imageAt.get(row.line);
      const url = graphicUrl(baseUrl, graphicId);
      return { row, graphicId, url, sha256: image?.sha256 ?? "", image: async () => image };
    });
    return compareGraphics(expected, options, job.host);
  });
}

function decideRows(
  { target, options }: Job<AdoptOptions>,
  compared: readonly ComparedRow[],
  ledger: LedgerView,
): AdoptedRow[] {
  const recordOf = ledger.rowRecords(target);
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
}

/** The same without a ledger: results of others may know something. */
async function decideUnrecorded(
  job: Job<AdoptOptions>,
  compared: readonly ComparedRow[],
): Promise<AdoptedRow[]> {
  const { ledger } = await readJobLedger(job);
  try {
    return decideRows(job, compared, ledger);
  } finally {
    ledger.close();
  }
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
