import {
  type DeletionEffects,
  type DeletionEnd,
  type DeletionExecution,
  executeDeletions,
} from "../execute/execute-deletions.ts";
import type { DeletionRun, Ledger } from "../ledger/ledger.ts";
import type { Deletion } from "../plan/build-deletions.ts";
import { printTarget } from "../plan/target.ts";
import {
  buildDeletionDocument,
  type DeletionDocument,
  type DeletionHead,
} from "../report/deletion-document.ts";
import { EXIT, exitCodeOf } from "../report/exit-code.ts";
import { UserError } from "../user-error.ts";
import { JobEnd, writeResults } from "./end-job.ts";
import { confirm, type Interruption } from "./interruption.ts";
import type { Job } from "./open-job.ts";
import type { DeleteOptions } from "./options.ts";
import { readRecords } from "./row-records.ts";
import { CLOCK, connect, paceOf } from "./service.ts";
import type { JobResult } from "./watcher.ts";

const ATTEMPTS_PER_GRAPHIC = 5;

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
export async function deleteGraphics(
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
  const { service, library, host } = job.target;
  const ids = deletions.flatMap(({ action, graphicId }) => (action === "delete" ? graphicId : []));
  const { client, close } = await connect(job);
  try {
    const startedAt = new Date().toISOString();
    const where = { manifest: job.paths.manifestKey, service, library, host };
    const run = ledger.startDeletions({ command, ...where, startedAt }, deletions);
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
  const { manifest, paths, target, host } = job;
  const jobEnd = new JobEnd(job);
  await jobEnd.writeResults(() =>
    writeResults(
      paths.results,
      manifest,
      readRecords(ledger, target, paths.manifestKey, manifest.rows),
    ),
  );
  const counts = { failed: countEnds(ends, "failed"), notRun: countEnds(ends, "not-run") };
  const summary = { uploaded: 0, unchanged: 0, unknown: 0, ...counts };
  const exitCode = jobEnd.exitCodeAfter(exitCodeOf(summary, stopped?.by));
  await jobEnd.take(async () => {
    // A ledger that was lost has been reported already.
    if (stopped?.by === "ledger") return;
    await run.finish({ exitCode, finishedAt: new Date().toISOString(), ...counts });
  });
  if (stopped) host.watcher.tell({ kind: "stopped", stopped });
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
