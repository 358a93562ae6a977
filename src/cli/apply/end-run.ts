import type { Execution } from "../../execute/execute-uploads.ts";
import type { Ledger, Run } from "../../ledger/open-ledger.ts";
import type { Plan } from "../../plan/build-plan.ts";
import type { Progress } from "../../render/progress.ts";
import { EXIT, exitCodeOf } from "../../report/exit-code.ts";
import type { RecordOf } from "../../report/row-record.ts";
import { summarizeRun } from "../../report/run-summary.ts";
import { UserError } from "../../user-error.ts";
import { formatUserError } from "../format-user-error.ts";
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
  const troubles: unknown[] = [];
  await rescueIds(context, execution);
  const recordOf = recordsOfRun(context.job, uploads, troubles);
  for (const event of unsentFinished(plan, recordOf)) progress.show(event);
  const areResultsWritten = await survives(troubles, () => writeJobResults(context.job, recordOf));
  let rowsToRetry = 0;
  await survives(troubles, async () => {
    rowsToRetry = await writeJobRetry(context.job, recordOf);
  });
  await survives(troubles, async () => uploads.writePage?.(recordOf));
  const end = { ...endOf(context, uploads, recordOf, troubles), areResultsWritten, rowsToRetry };
  await survives(troubles, () => noteEnd(uploads.run, end));
  end.exitCode = exitCodeAfter(end.exitCode, troubles);
  progress.show(runFinished(context, end));
  await progress.close();
  showTroubles(context, troubles, areResultsWritten);
  showRunEnd(context, end);
  context.onEnd?.(end);
  showReplaced(plan, recordOf, context.terminal);
  throwDefect(execution, troubles);
  return end.exitCode;
}

/** Does `step` and keeps what it throws; tells whether it went well. */
async function survives(troubles: unknown[], step: () => Promise<void>): Promise<boolean> {
  try {
    await step();
    return true;
  } catch (error) {
    troubles.push(error);
    return false;
  }
}

function endOf(
  { job }: ApplyContext,
  { execution, startedAtMs }: FinishedUploads,
  recordOf: RecordOf,
  troubles: readonly unknown[],
): Omit<RunEnd, "areResultsWritten" | "rowsToRetry"> {
  const summary = summarizeRun(job.manifest.rows.map((row) => recordOf(row).status));
  const nowMs = Date.now();
  return {
    execution,
    summary,
    exitCode: exitCodeAfter(exitCodeOf(summary, execution.stopped?.by), troubles),
    durationMs: nowMs - startedAtMs,
    finishedAt: new Date(nowMs).toISOString(),
  };
}

function exitCodeAfter(exitCode: number, troubles: readonly unknown[]): number {
  return exitCode === EXIT.done && troubles.length > 0 ? EXIT.incomplete : exitCode;
}

/** Notes the run's end in the ledger; a ledger that was lost has been reported already. */
async function noteEnd(run: Run, end: RunEnd): Promise<void> {
  if (end.execution.stopped?.by === "ledger") return;
  const { exitCode, finishedAt, summary } = end;
  await run.finish({ exitCode, finishedAt, counts: summary });
}

function showTroubles(
  { terminal, job }: ApplyContext,
  troubles: readonly unknown[],
  areResultsWritten: boolean,
): void {
  for (const trouble of troubles) {
    if (trouble instanceof UserError) terminal.alarm(formatUserError(trouble).trimEnd());
  }
  if (areResultsWritten) return;
  const again = `qgfx results ${job.manifest.file}`;
  terminal.alarm(`    no results were written; \`${again}\` writes them from the ledger`);
}

function throwDefect(execution: Execution, troubles: readonly unknown[]): void {
  if ("defect" in execution) throw execution.defect;
  const defect = troubles.find((trouble) => !(trouble instanceof UserError));
  if (defect !== undefined) throw defect;
}
