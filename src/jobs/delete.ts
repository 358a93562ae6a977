import {
  type DeletionEffects,
  type DeletionEnd,
  type DeletionExecution,
  executeDeletions,
} from "../execute/execute-deletions.ts";
import { assertReplaceable } from "../files/replace-file.ts";
import type { Ledger, Run } from "../ledger/ledger.ts";
import { type Deletion, planPrune, planUndo } from "../plan/build-deletions.ts";
import { printTarget } from "../plan/printed-fields.ts";
import type { Target } from "../plan/service.ts";
import { buildDeletionDocument, type DeletionDocument } from "../report/deletion-document.ts";
import type { PastRun } from "../report/ledger-documents.ts";
import { EXIT, exitCodeOf } from "../report/summary.ts";
import { UserError } from "../user-error.ts";
import { JobEnd } from "./end-job.ts";
import { agreeOnOthers, findUsers, nameIdsOfResults, othersAmong } from "./ids-of-others.ts";
import { runStart } from "./job-ledger.ts";
import { INVALID, type Job, openJob, openManifest } from "./open-job.ts";
import type { DeleteOptions } from "./options.ts";
import { planJob } from "./plan.ts";
import { openRecord } from "./record.ts";
import { CLOCK, connect, paceOf, resolveTarget } from "./service.ts";
import { readUserSettings } from "./user-settings.ts";
import { confirm, Interruption, type JobHost, type JobResult } from "./watcher.ts";

const ATTEMPTS_PER_GRAPHIC = 5;

export interface PruneOptions extends DeleteOptions {
  /** Whether what later uploads took the place of is deleted, too. */
  replaced?: boolean;
}

/** Deletes the orphans of a manifest without errors. */
export async function prune(
  file: string,
  options: PruneOptions,
  host: JobHost,
): Promise<JobResult<DeletionDocument>> {
  const job = await openJob(file, options, host);
  if (!job) return INVALID;
  const record = await openRecord(job, job.target);
  const { ledger } = record;
  try {
    const { unnamed } = planJob(job, record, "hold");
    const orphans = unnamed.filter(({ action }) => action === "orphan");
    const graphics = ledger.graphics(job.target, job.paths.manifestKey);
    const planned = planPrune(graphics, orphans, { includeReplaced: options.replaced === true });
    const users = await findUsers(job.paths, new Set(planned.map(({ graphicId }) => graphicId)));
    const deletions = planned.filter(({ graphicId }) => !users.has(graphicId));
    if (users.size > 0) host.watcher.tell({ kind: "note", text: describeKept(users) });
    return await deleteGraphics({ job, command: "prune", run: null, ledger, deletions });
  } finally {
    ledger.close();
  }
}

/** Deletes what one run of a manifest made, its last apply where none is named. */
export async function undo(
  file: string,
  runText: string | undefined,
  options: DeleteOptions,
  host: JobHost,
): Promise<JobResult<DeletionDocument>> {
  const opened = await openManifest(file, options, host);
  if (!opened) return INVALID;
  const { manifest, paths } = opened;
  await assertReplaceable(paths.results);
  const settings = readUserSettings(host);
  const { ledger } = await openRecord(opened);
  try {
    const past = chooseRun(ledger, paths.manifestKey, runText);
    const library = options.library ?? past.library;
    const target = resolveTarget({ ...options, library }, manifest.library, settings);
    checkTarget(past, target);
    const deletions = planUndo(ledger.graphics(target, paths.manifestKey), past.run);
    const job = { ...opened, settings, target };
    return await deleteGraphics({ job, command: "undo", run: past.run, ledger, deletions });
  } finally {
    ledger.close();
  }
}

function describeKept(users: ReadonlyMap<string, readonly string[]>): string {
  const files = [...new Set([...users.values()].flat())];
  const what = users.size === 1 ? "1 graphic stays" : `${users.size} graphics stay`;
  return `${what}: ${files.join(", ")} still ${files.length === 1 ? "names" : "name"} ${users.size === 1 ? "it" : "them"}`;
}

function chooseRun(ledger: Ledger, manifest: string, runText: string | undefined): PastRun {
  const runs = ledger.runs(manifest);
  const found =
    runText === undefined
      ? runs.findLast(({ command }) => command === "apply")
      : runs.find(({ run }) => String(run) === runText);
  if (found) return found;
  const message =
    runText === undefined
      ? "nothing of this manifest was ever applied"
      : `this manifest has no run '${runText}'`;
  throw new UserError("RUN_UNKNOWN", message, { hint: "list its runs with `qgfx history`" });
}

/** The token goes only where an option or the environment says, never where a ledger leads. */
function checkTarget({ run, host, service, library }: PastRun, target: Target): void {
  if (target.service === service && target.library === library) return;
  const message = `run ${run} went to library ${library} on ${host}, not to ${target.library} on ${target.host}`;
  throw new UserError("RUN_ELSEWHERE", message, {
    hint:
      host === "sandbox"
        ? "give --sandbox"
        : `give --host ${host} --library ${library} if that is what you mean`,
  });
}

/** What the steps of one prune or undo share. */
interface Deleting {
  job: Pick<
    Job<DeleteOptions>,
    "manifest" | "whole" | "target" | "paths" | "settings" | "options" | "host"
  >;
  command: "prune" | "undo";
  /** The run that is undone. */
  run: number | null;
  ledger: Ledger;
  deletions: readonly Deletion[];
}

/** Tells what would be deleted, asks, and does it. */
async function deleteGraphics(deleting: Deleting): Promise<JobResult<DeletionDocument>> {
  const { options, host, target } = deleting.job;
  const planned = describe(deleting, undefined);
  if (deleting.deletions.length === 0) return { exitCode: EXIT.done, document: planned };
  const others = othersAmong(deleting);
  host.watcher.tell({ kind: "deletions", document: planned, others });
  nameIdsOfResults(deleting);
  const count = planned.summary.delete;
  checkCount(count, options.maxDelete);
  const question = { kind: "delete", count, target: printTarget(target) } as const;
  const interruption = new Interruption(host);
  // Whoever finds the ledger held at the question wants to know by whom.
  deleting.ledger.announce();
  try {
    if (!options.yes && !(await confirm(host, question, interruption.signal))) {
      return { exitCode: EXIT.declined, document: planned };
    }
    if (!(await agreeOnOthers(deleting, interruption.signal))) {
      return { exitCode: EXIT.declined, document: planned };
    }
    return await runDeletions(deleting, interruption);
  } finally {
    interruption.end();
  }
}

function describe(
  { command, job, run, deletions }: Deleting,
  ends: readonly DeletionEnd[] | undefined,
): DeletionDocument {
  const head = { command, manifest: job.manifest.file, target: printTarget(job.target), run };
  return buildDeletionDocument(head, deletions, ends);
}

function checkCount(count: number, maxDelete: number): void {
  if (count <= maxDelete) return;
  const message = `${count} graphics would be deleted, more than ${maxDelete} at once`;
  throw new UserError("TOO_MANY_DELETIONS", message, {
    hint: `check the list, then give --max-delete ${count} if it is right`,
  });
}

/** Deletes at the service what is to be deleted, lets go of the rest, and records both. */
async function runDeletions(
  deleting: Deleting,
  interruption: Interruption,
): Promise<JobResult<DeletionDocument>> {
  const { job, command, ledger, deletions } = deleting;
  const ids = deletions.flatMap(({ action, graphicId }) => (action === "delete" ? graphicId : []));
  const { client, close } = await connect(job, interruption.giveUp);
  let run: Run<string>;
  let execution: DeletionExecution;
  try {
    run = ledger.startDeletions(runStart(job, command), deletions);
    interruption.startSending("deletion", () => client.underWay);
    const effects: DeletionEffects = {
      send: (graphicId) => client.deleteGraphic(graphicId),
      recorder: run,
      emit: (end) => job.host.watcher.tell({ kind: "deletion-ended", end }),
      ...CLOCK,
    };
    execution = await executeDeletions(ids, effects, {
      ...paceOf(job.options),
      stop: interruption.signal,
      maxAttempts: ATTEMPTS_PER_GRAPHIC,
    });
  } finally {
    await close();
  }
  return endDeletions(deleting, run, execution);
}

/**
 * What is left to do once nothing is under way, whatever of it fails: the results, the ledger's note of the end, the
 * last words. The exit code is never 0 where a step failed.
 */
async function endDeletions(
  deleting: Deleting,
  run: Run<string>,
  { ends, stopped, defect }: DeletionExecution,
): Promise<JobResult<DeletionDocument>> {
  const { job, ledger } = deleting;
  const { target, host } = job;
  const jobEnd = new JobEnd(job);
  await jobEnd.writeResults(() => ledger.rowRecords(target));
  const counts = { failed: countEnds(ends, "failed"), notRun: countEnds(ends, "not-run") };
  const summary = { uploaded: 0, unchanged: 0, unknown: 0, ...counts };
  const exitCode = exitCodeOf(summary, stopped?.by);
  // A ledger that was lost has been reported already.
  if (stopped?.by !== "ledger") await jobEnd.finish(run, exitCode, counts);
  if (stopped) host.watcher.tell({ kind: "stopped", stopped });
  jobEnd.tell();
  return jobEnd.result(exitCode, describe(deleting, ends), defect);
}

function countEnds(ends: readonly DeletionEnd[], wanted: DeletionEnd["status"]): number {
  return ends.filter(({ status }) => status === wanted).length;
}
