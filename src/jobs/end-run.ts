import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ItemFinished } from "../execute/events.ts";
import type { Execution } from "../execute/execute-uploads.ts";
import type { Status } from "../execute/outcome.ts";
import { replaceFile } from "../files/replace-file.ts";
import type { Ledger, Run } from "../ledger/ledger.ts";
import type { Plan } from "../plan/build-plan.ts";
import { isSent, isUnanswered } from "../plan/decide-action.ts";
import { addressKey, type FolderAndName } from "../plan/recorded.ts";
import { hostFromNotice } from "../qualtrics/host.ts";
import { type RecordOf, type RowRecord, withOutcomes } from "../report/results.ts";
import { exitCodeOf, summarizeRun } from "../report/summary.ts";
import { JobEnd, writeRetry } from "./end-job.ts";
import type { Job } from "./open-job.ts";
import { displayPath } from "./paths.ts";
import { repeatHint } from "./upload-keys.ts";
import type { JobResult, ReplacedGraphic, RunEnd } from "./watcher.ts";

/** A run whose uploads are over. */
interface FinishedUploads {
  job: Job;
  ledger: Ledger;
  /** Undefined where nothing was to be done. */
  run: Run | undefined;
  plan: Plan;
  execution: Execution;
  /** ISO 8601. */
  startedAt: string;
  /** Writes the page where one is wanted. */
  writePage(endOf: EndOf): Promise<void>;
}

/**
 * What is left to do once nothing is under way, whatever of it fails: ids that no ledger holds first, then
 * the results, the ledger's note of the end, the last words. The exit code is never 0 where a step failed.
 */
export async function endRun(uploads: FinishedUploads): Promise<JobResult<RunEnd>> {
  const { job, run, execution, plan } = uploads;
  const { stopped, notices } = execution;
  const { watcher } = job.host;
  const jobEnd = new JobEnd(job);
  await rescueIds(job, execution);
  const recordOf = recordsOfRun(uploads, jobEnd);
  const endOf = endsOf(plan, recordOf);
  for (const event of unsentFinished(plan, endOf)) watcher.tell({ kind: "event", event });
  const end = await writeFiles(uploads, { recordOf, endOf }, jobEnd);
  const { summary, durationMs, finishedAt, results } = end;
  // A ledger that was lost has been reported already.
  if (run && stopped?.by !== "ledger") {
    await jobEnd.finish(run, end.exitCode, summary, finishedAt);
  }
  const exitCode = jobEnd.exitCodeAfter(end.exitCode);
  const finished = { event: "run.finished", time: finishedAt, summary, exitCode } as const;
  watcher.tell({ kind: "event", event: { version: 1, ...finished, durationMs, results } });
  await watcher.settled();
  jobEnd.tell();
  if (stopped) watcher.tell({ kind: "stopped", stopped });
  for (const notice of notices) {
    watcher.tell({ kind: "notice", notice, host: hostFromNotice(notice) });
  }
  watcher.tell({ kind: "run-ended", end: { ...end, exitCode } });
  const again = summary.unknown > 0 ? repeatHint(job) : undefined;
  if (again !== undefined) watcher.tell({ kind: "note", text: again });
  const graphics = replacedGraphics(plan, recordOf);
  if (graphics.length > 0) watcher.tell({ kind: "replaced", graphics });
  return jobEnd.result(exitCode, { ...end, exitCode }, execution.defect);
}

/**
 * What the results say of each row: the ledger's record, with the run's own outcomes on top where the ledger
 * was lost. All records are read here, each once, so that what comes later finds a ledger that can be read. One that
 * cannot be is one more trouble of the job's end, and the plan stands in.
 */
function recordsOfRun({ job, ledger, plan, execution }: FinishedUploads, jobEnd: JobEnd): RecordOf {
  const { library } = job.target;
  try {
    const recorded = ledger.rowRecords(job.target);
    if (execution.stopped?.by !== "ledger") return recorded;
    return withOutcomes(recorded, plan.uploads, execution.outcomes, library);
  } catch (error) {
    jobEnd.add(error);
    const planned = plannedRecords(plan, library);
    return withOutcomes(planned, plan.uploads, execution.outcomes, library);
  }
}

const UNREADABLE = "the ledger could not be read";
const NOTHING = { url: null, uploadedAt: null, sentSha256: null };

/** Id and hash are what makes a row one that is not uploaded again. */
function plannedRecords({ rows }: Plan, library: string): RecordOf {
  const planned = new Map(rows.map((planned) => [addressKey(planned.row), planned]));
  return (row) => {
    const { image, decision } = planned.get(addressKey(row)) ?? {};
    if (image && decision?.action === "unchanged") {
      const { graphicId } = decision;
      const { sha256 } = image;
      return { ...NOTHING, status: "uploaded", graphicId, library, sha256, error: null };
    }
    const status = decision && isUnanswered(decision) ? "unknown" : "not-run";
    const {
      graphicId = null,
      sha256 = null,
      url = null,
      uploadedAt = null,
    } = decision?.replaces ?? {};
    const where = graphicId !== null || status === "unknown" ? library : null;
    const stands = { graphicId, url, library: where, sha256, uploadedAt };
    return { ...stands, status, sentSha256: image?.sha256 ?? null, error: UNREADABLE };
  };
}

/** What a run says of a row: how it stands, and whether that took anything. */
export type EndOf = (row: FolderAndName) => Omit<RowRecord, "status"> & { status: Status };

/** A row that stands as it stood is `unchanged`. */
function endsOf({ uploads }: Plan, recordOf: RecordOf): EndOf {
  // The rows themselves: the keys of a hundred thousand take 10 MB more.
  const sent = new Set<FolderAndName>();
  for (const { row, sharedBy = [] } of uploads) {
    sent.add(row);
    for (const sharer of sharedBy) sent.add(sharer.row);
  }
  return (row) => {
    const record = recordOf(row);
    const isSame = record.status === "uploaded" && !sent.has(row);
    return isSame ? { ...record, status: "unchanged" } : record;
  };
}

/** The results of every row of the manifest, of a shard too; the retry sheet; the page. */
async function writeFiles(
  { job, execution, startedAt, writePage }: FinishedUploads,
  { recordOf, endOf }: { recordOf: RecordOf; endOf: EndOf },
  jobEnd: JobEnd,
): Promise<RunEnd> {
  const { paths, manifest, host } = job;
  const areWritten = await jobEnd.writeResults(() => recordOf);
  let rowsToRetry = 0;
  await jobEnd.take(async () => {
    // A shard has no retry sheet, for the same command tries its rows again.
    if (!job.options.shard) rowsToRetry = await writeRetry(job, recordOf);
  });
  await jobEnd.take(() => writePage(endOf));
  const { stopped } = execution;
  const summary = summarizeRun(manifest.rows, endOf);
  const nowMs = Date.now();
  return {
    summary,
    exitCode: jobEnd.exitCodeAfter(exitCodeOf(summary, stopped?.by)),
    durationMs: nowMs - Date.parse(startedAt),
    finishedAt: new Date(nowMs).toISOString(),
    stopped,
    areResultsWritten: areWritten,
    rowsToRetry,
    results: displayPath(paths.results, host.cwd),
    retry: displayPath(paths.retry, host.cwd),
  };
}

/** The end of the rows that are not sent: unchanged ones and unknowns on hold. */
function* unsentFinished(plan: Plan, endOf: EndOf): Generator<ItemFinished> {
  for (const { row, decision } of plan.rows) {
    if (isSent(decision)) continue;
    const { line, path, name, folder } = row;
    const { status, graphicId, url, sha256, error } = endOf(row);
    const head = { version: 1, event: "item.finished", time: new Date().toISOString() } as const;
    const what = { line, path, name, folder, status, graphicId, url, sha256, error };
    yield { ...head, ...what, warning: null };
  }
}

function replacedGraphics({ rows }: Plan, recordOf: RecordOf): ReplacedGraphic[] {
  return rows.flatMap(({ row, decision }) => {
    if (decision.action !== "replace") return [];
    const { folder, name } = row;
    const { graphicId: oldId } = decision;
    const { status, graphicId: newId } = recordOf(row);
    return status === "uploaded" ? { folder, name, oldId, newId } : [];
  });
}

/**
 * The last resort when the ledger failed: every id of the run is told (`recorded` says whether the ledger took it
 * before), and all of them go into a file, beside the manifest or, if that disk is the one that is full, in the
 * temporary folder.
 */
async function rescueIds({ host, paths }: Job, { unrecorded: ids }: Execution): Promise<void> {
  if (ids.length === 0) return;
  host.watcher.tell({ kind: "rescued-ids", ids });
  const name = `qgfx-rescued-ids-${Date.now()}.ndjson`;
  const text = ids.map((id) => `${JSON.stringify(id)}\n`).join("");
  for (const folder of [paths.baseDir, tmpdir()]) {
    const file = join(folder, name);
    try {
      await replaceFile(file, text);
    } catch {
      // The next place is tried; the ids are told already.
      continue;
    }
    host.watcher.tell({ kind: "warning", text: `they are also in ${file}` });
    return;
  }
}
