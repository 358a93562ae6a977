import type { Execution } from "../../execute/execute-uploads.ts";
import type { Ledger, Run } from "../../ledger/open-ledger.ts";
import type { AdoptedGraphic } from "../../ledger/write-items.ts";
import type { Plan } from "../../plan/build-plan.ts";
import { formatShard } from "../../plan/shard.ts";
import type { RunSummary } from "../../report/run-summary.ts";
import { prepareApplyPage } from "../page/apply-page.ts";
import type { ApplyContext } from "./apply-job.ts";
import { chooseProgress } from "./choose-progress.ts";
import { type Connection, connect } from "./connect.ts";
import { endRun } from "./end-run.ts";
import { runStarted } from "./run-events.ts";
import { sendUploads } from "./send-uploads.ts";

/** How a run ended. */
export interface RunEnd {
  execution: Execution;
  summary: RunSummary;
  exitCode: number;
  durationMs: number;
  finishedAt: string;
  areResultsWritten: boolean;
  /** Rows in the retry sheet; 0: there is none. */
  rowsToRetry: number;
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
  const writePage = await prepareApplyPage(context, ledger, plan, connection?.baseUrl);
  const startedAtMs = Date.now();
  const run = startRun(context, ledger, plan, startedAtMs);
  const { options, process, terminal } = context;
  const progress = context.progress ?? (await chooseProgress(options, process, terminal));
  progress.show(runStarted(context, plan));
  const execution = await sendUploads(context, { ledger, run, plan, connection, progress });
  return endRun(context, { ledger, run, plan, execution, progress, startedAtMs, writePage });
}

function startRun(context: ApplyContext, ledger: Ledger, plan: Plan, startedAtMs: number): Run {
  const { target, paths, shard } = context.job;
  const run = {
    manifest: paths.manifestKey,
    shard: shard && formatShard(shard.part),
    host: target.host,
    service: target.service,
    library: target.library,
    startedAt: new Date(startedAtMs).toISOString(),
  };
  return ledger.startRun(run, plan.uploads, adoptedGraphics(plan), plan.shared);
}

/** One after the other: of a million, no more than a page is held. */
function* adoptedGraphics({ adopted }: Plan): Generator<AdoptedGraphic> {
  for (const { row, image } of adopted) {
    const { prior } = row;
    if (!prior) continue;
    yield {
      folder: row.folder,
      name: row.name,
      path: row.path,
      line: row.line,
      contentType: image.contentType,
      bytes: image.sizeBytes,
      ...prior,
    };
  }
}
