import {
  type DeletionEffects,
  type DeletionEnd,
  type DeletionExecution,
  executeDeletions,
} from "../execute/execute-deletions.ts";
import { assertReplaceable } from "../files/replace-file.ts";
import type { DeletionRun, Ledger } from "../ledger/ledger.ts";
import { type Deletion, planPrune, planUndo } from "../plan/build-deletions.ts";
import { printTarget, type Target } from "../plan/target.ts";
import {
  buildDeletionDocument,
  type DeletionDocument,
  type DeletionHead,
} from "../report/deletion-document.ts";
import { EXIT, exitCodeOf } from "../report/exit-code.ts";
import type { PastRun } from "../report/past-run.ts";
import { UserError } from "../user-error.ts";
import { JobEnd } from "./end-job.ts";
import { openRecord, runStart } from "./job-ledger.ts";
import { INVALID, type Job, openJob, openManifest } from "./open-job.ts";
import type { DeleteOptions } from "./options.ts";
import { planJob } from "./plan.ts";
import { CLOCK, connect, paceOf, readEnvironment, resolveTarget } from "./service.ts";
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
  const ledger = openRecord(job.paths, host.cwd);
  const interruption = new Interruption(host);
  try {
    const { unnamed } = planJob(job, ledger, "hold");
    const orphans = unnamed.filter(({ action }) => action === "orphan");
    const graphics = ledger.graphics(job.target, job.paths.manifestKey);
    const deletions = planPrune(graphics, orphans, { includeReplaced: options.replaced === true });
    const context = { job, ledger, interruption, command: "prune", run: null } as const;
    return await deleteGraphics(context, deletions);
  } finally {
    ledger.close();
    interruption.end();
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
  const env = readEnvironment(host.env, host.cwd);
  const ledger = openRecord(paths, host.cwd);
  const interruption = new Interruption(host);
  try {
    const past = chooseRun(ledger, paths.manifestKey, runText);
    const library = options.library ?? past.library;
    const target = resolveTarget({ ...options, library }, manifest.library, env);
    checkTarget(past, target);
    const deletions = planUndo(ledger.graphics(target, paths.manifestKey), past.run);
    const job = { ...opened, env, target };
    const context = { job, ledger, interruption, command: "undo", run: past.run } as const;
    return await deleteGraphics(context, deletions);
  } finally {
    ledger.close();
    interruption.end();
  }
}

function chooseRun(ledger: Ledger, manifest: string, runText: string | undefined): PastRun {
  const runs = ledger.pastRuns(manifest);
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
  throw new UserError(
    "RUN_ELSEWHERE",
    `run ${run} went to library ${library} on ${host}, not to ${target.library} on ${target.host}`,
    {
      hint:
        host === "sandbox"
          ? "give --sandbox"
          : `give --host ${host} --library ${library} if that is what you mean`,
    },
  );
}

/** What the steps of one prune or undo share. */
interface DeleteContext {
  job: Pick<Job<DeleteOptions>, "manifest" | "target" | "paths" | "env" | "options" | "host">;
  command: "prune" | "undo";
  /** The run that is undone. */
  run: number | null;
  ledger: Ledger;
  interruption: Interruption;
}

/** Tells what would be deleted, asks, and does it. */
async function deleteGraphics(
  context: DeleteContext,
  deletions: readonly Deletion[],
): Promise<JobResult<DeletionDocument>> {
  const { options, host, target } = context.job;
  const planned = buildDeletionDocument(headOf(context), deletions, undefined);
  if (deletions.length === 0) return { exitCode: EXIT.done, document: planned };
  host.watcher.tell({ kind: "deletions", document: planned });
  const count = planned.summary.delete;
  checkCount(count, options.maxDelete);
  const question = { kind: "delete", count, target: printTarget(target) } as const;
  if (!options.yes && !(await confirm(host, question, context.interruption.signal))) {
    return { exitCode: EXIT.declined, document: planned };
  }
  const { run, execution } = await runDeletions(context, deletions);
  return endDeletions(context, run, execution, deletions);
}

function headOf({ command, job, run }: DeleteContext): DeletionHead {
  return { command, manifest: job.manifest.file, target: printTarget(job.target), run };
}

function checkCount(count: number, maxDelete: number): void {
  if (count <= maxDelete) return;
  throw new UserError(
    "TOO_MANY_DELETIONS",
    `${count} graphics would be deleted, more than ${maxDelete} at once`,
    { hint: `check the list, then give --max-delete ${count} if it is right` },
  );
}

/** Deletes at the service what is to be deleted, lets go of the rest, and records both. */
async function runDeletions(
  { job, command, ledger, interruption }: DeleteContext,
  deletions: readonly Deletion[],
): Promise<{ run: DeletionRun; execution: DeletionExecution }> {
  const ids = deletions.flatMap(({ action, graphicId }) => (action === "delete" ? graphicId : []));
  const { client, close } = await connect(job);
  try {
    const run = ledger.startDeletions(runStart(job, command), deletions);
    interruption.startSending();
    const effects: DeletionEffects = {
      send: (graphicId) => client.deleteGraphic(graphicId),
      recorder: run,
      emit: (end) => job.host.watcher.tell({ kind: "deletion-ended", end }),
      ...CLOCK,
    };
    const execution = await executeDeletions(ids, effects, {
      ...paceOf(job.options, interruption.signal),
      maxAttempts: ATTEMPTS_PER_GRAPHIC,
    });
    return { run, execution };
  } finally {
    await close();
  }
}

/**
 * What is left to do once nothing is under way, whatever of it fails: the results, the ledger's note of the end, the
 * last words. The exit code is never 0 where a step failed.
 */
async function endDeletions(
  context: DeleteContext,
  run: DeletionRun,
  { ends, stopped, defect }: DeletionExecution,
  deletions: readonly Deletion[],
): Promise<JobResult<DeletionDocument>> {
  const { job, ledger } = context;
  const jobEnd = new JobEnd(job);
  await jobEnd.writeResults(() => ledger.rowRecords(job.target, job.paths.manifestKey));
  const counts = { failed: countEnds(ends, "failed"), notRun: countEnds(ends, "not-run") };
  const summary = { uploaded: 0, unchanged: 0, unknown: 0, ...counts };
  const exitCode = jobEnd.exitCodeAfter(exitCodeOf(summary, stopped?.by));
  await jobEnd.take(async () => {
    // A ledger that was lost has been reported already.
    if (stopped?.by === "ledger") return;
    await run.finish({ exitCode, finishedAt: new Date().toISOString(), counts });
  });
  if (stopped) job.host.watcher.tell({ kind: "stopped", stopped });
  jobEnd.tell();
  return {
    exitCode: jobEnd.exitCodeAfter(exitCode),
    document: buildDeletionDocument(headOf(context), deletions, ends),
    defect: defect ?? jobEnd.defect,
  };
}

function countEnds(ends: readonly DeletionEnd[], wanted: DeletionEnd["status"]): number {
  return ends.filter(({ status }) => status === wanted).length;
}
