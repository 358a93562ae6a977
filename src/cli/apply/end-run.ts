import type { Execution } from "../../execute/execute-uploads.ts";
import type { Ledger, Run } from "../../ledger/open-ledger.ts";
import type { Plan } from "../../plan/build-plan.ts";
import type { Progress } from "../../render/progress.ts";
import { exitCodeOf } from "../../report/exit-code.ts";
import type { RecordOf } from "../../report/row-record.ts";
import { summarizeRun } from "../../report/run-summary.ts";
import { LastSteps } from "../last-steps.ts";
import type { WritePage } from "../page/apply-page.ts";
import type { ApplyContext } from "./apply-job.ts";
import { recordsOfRun } from "./records-of-run.ts";
import { rescueIds } from "./rescue-ids.ts";
import { runFinished, unsentFinished } from "./run-events.ts";
import type { RunEnd } from "./run-plan.ts";
import { showReplaced } from "./show-replaced.ts";
import { showRunEnd } from "./show-run-end.ts";
import { writeJobResults, writeJobRetry } from "./write-job-results.ts";

/** A run whose uploads are over. */
export interface FinishedUploads {
  ledger: Ledger;
  run: Run;
  plan: Plan;
  execution: Execution;
  progress: Progress;
  startedAtMs: number;
  /** Undefined where no page is wanted. */
  writePage: WritePage | undefined;
}

/**
 * What is left to do once nothing is under way, whatever of it fails: ids that no ledger holds first, then
 * the results, the ledger's note of the end, the last words. Gives the exit code, which is never 0 where a
 * step failed. Our own bugs are thrown on at the very end.
 */
export async function endRun(context: ApplyContext, uploads: FinishedUploads): Promise<number> {
  const { execution, plan, progress } = uploads;
  const steps = new LastSteps(context.job.manifest.file, context.options);
  await rescueIds(context, execution);
  const recordOf = recordsOfRun(context.job, uploads, steps);
  for (const event of unsentFinished(plan, recordOf)) progress.show(event);
  const areResultsWritten = await steps.writeResults(() => writeJobResults(context.job, recordOf));
  let rowsToRetry = 0;
  await steps.take(async () => {
    rowsToRetry = await writeJobRetry(context.job, recordOf);
  });
  await steps.take(async () => uploads.writePage?.(recordOf));
  const end = { ...endOf(context, uploads, recordOf, steps), areResultsWritten, rowsToRetry };
  await steps.take(() => noteEnd(uploads.run, end));
  end.exitCode = steps.exitCodeAfter(end.exitCode);
  progress.show(runFinished(context, end));
  await progress.close();
  steps.show(context.terminal);
  showRunEnd(context, end);
  context.onEnd?.(end);
  showReplaced(plan, recordOf, context.terminal);
  if ("defect" in execution) throw execution.defect;
  steps.throwDefect();
  return end.exitCode;
}

function endOf(
  { job }: ApplyContext,
  { execution, startedAtMs }: FinishedUploads,
  recordOf: RecordOf,
  steps: LastSteps,
): Omit<RunEnd, "areResultsWritten" | "rowsToRetry"> {
  const summary = summarizeRun(job.manifest.rows.map((row) => recordOf(row).status));
  const nowMs = Date.now();
  return {
    execution,
    summary,
    exitCode: steps.exitCodeAfter(exitCodeOf(summary, execution.stopped?.by)),
    durationMs: nowMs - startedAtMs,
    finishedAt: new Date(nowMs).toISOString(),
  };
}

/** Notes the run's end in the ledger; a ledger that was lost has been reported already. */
async function noteEnd(run: Run, end: RunEnd): Promise<void> {
  if (end.execution.stopped?.by === "ledger") return;
  const { exitCode, finishedAt, summary } = end;
  await run.finish({ exitCode, finishedAt, counts: summary });
}
