import type { Execution } from "../execute/execute-uploads.ts";
import type { Ledger, Run } from "../ledger/open-ledger.ts";
import type { Plan } from "../plan/build-plan.ts";
import { exitCodeOf } from "../report/exit-code.ts";
import { type RecordOf, withOutcomes } from "../report/row-record.ts";
import { type RunSummary, summarizeRun } from "../report/run-summary.ts";
import type { ApplyContext } from "./apply-job.ts";
import { chooseProgress } from "./choose-progress.ts";
import { type Connection, connect } from "./connect.ts";
import { rescueIds } from "./rescue-ids.ts";
import { runFinished, runStarted, unsentFinished } from "./run-events.ts";
import { sendUploads } from "./send-uploads.ts";
import { showRunEnd } from "./show-run-end.ts";
import { writeResults } from "./write-results.ts";

/** How a run ended. */
export interface RunEnd {
  execution: Execution;
  summary: RunSummary;
  exitCode: number;
  durationMs: number;
  finishedAt: string;
}

/** Uploads what the plan says, writes the results whatever happens, and gives the exit code. */
export async function runPlan(context: ApplyContext, ledger: Ledger, plan: Plan): Promise<number> {
  const { job, options, process } = context;
  const connection = plan.uploads.length > 0 ? await connect(job, options, process) : undefined;
  try {
    return await runConnected(context, ledger, plan, connection);
  } finally {
    await connection?.close();
  }
}

async function runConnected(
  context: ApplyContext,
  ledger: Ledger,
  plan: Plan,
  connection: Connection | undefined,
): Promise<number> {
  const startedAtMs = Date.now();
  const run = startRun(context, ledger, plan, startedAtMs);
  const progress = await chooseProgress(context.options, context.process, context.terminal);
  progress.show(runStarted(context, plan));
  const execution = await sendUploads(context, { ledger, run, plan, connection, progress });
  const recordOf = recordsOf(context, ledger, plan, execution);
  for (const event of unsentFinished(plan, recordOf)) progress.show(event);
  const end = endOf(context, execution, recordOf, startedAtMs);
  await rescueIds(context, execution);
  await writeResults(context.job.paths.results, context.job.manifest, recordOf);
  await finishRun(run, end);
  progress.show(runFinished(context, end));
  await progress.close();
  showRunEnd(context, end);
  return end.exitCode;
}

function startRun(context: ApplyContext, ledger: Ledger, plan: Plan, startedAtMs: number): Run {
  const { target, paths } = context.job;
  const adopted = plan.adopted.map(({ row, picture, prior }) => ({
    folder: row.folder,
    name: row.name,
    path: row.path,
    line: row.line,
    contentType: picture.contentType,
    bytes: picture.sizeBytes,
    ...prior,
  }));
  const run = {
    manifest: paths.manifestKey,
    host: target.host,
    service: target.service,
    library: target.library,
    startedAt: new Date(startedAtMs).toISOString(),
  };
  return ledger.startRun(run, plan.uploads, adopted);
}

/** What the results say: the ledger's record; with the run's own outcomes on top if the ledger was lost. */
function recordsOf(
  { job }: ApplyContext,
  ledger: Ledger,
  plan: Plan,
  execution: Execution,
): RecordOf {
  const recorded = ledger.rowRecords(job.target, job.paths.manifestKey);
  if (execution.stopped?.by !== "ledger") return recorded;
  return withOutcomes(recorded, plan.uploads, execution.outcomes);
}

function endOf(
  { job }: ApplyContext,
  execution: Execution,
  recordOf: RecordOf,
  startedAtMs: number,
): RunEnd {
  const summary = summarizeRun(job.manifest.rows.map((row) => recordOf(row).status));
  const nowMs = Date.now();
  return {
    execution,
    summary,
    exitCode: exitCodeOf(summary, execution.stopped?.by),
    durationMs: nowMs - startedAtMs,
    finishedAt: new Date(nowMs).toISOString(),
  };
}

/** Notes the run's end in the ledger; a ledger that was lost has been reported already. */
async function finishRun(run: Run, end: RunEnd): Promise<void> {
  if (end.execution.stopped?.by === "ledger") return;
  const { exitCode, finishedAt, summary } = end;
  await run.finish({ exitCode, finishedAt, counts: summary });
}
