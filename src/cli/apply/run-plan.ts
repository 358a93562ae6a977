import type { Execution } from "../../execute/execute-uploads.ts";
import type { Ledger, Run } from "../../ledger/open-ledger.ts";
import type { AdoptedGraphic } from "../../ledger/write-items.ts";
import type { Plan } from "../../plan/build-plan.ts";
import { formatShard } from "../../plan/shard.ts";
import type { RunSummary } from "../../report/run-summary.ts";
import { prepareApplyPage } from "../page/apply-page.ts";
import type { ApplyContext } from "./apply-job.ts";
import { chooseProgress } from "./choose-progress.ts";
import { connect } from "./connect.ts";
import { endRun } from "./end-run.ts";
import { openPictures } from "./picture-source.ts";
import { runStarted } from "./run-events.ts";
import { sendUploads, type UploadWay } from "./send-uploads.ts";

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
  const way = plan.uploads.length > 0 ? await openWay(context, plan) : undefined;
  try {
    return await runConnected(context, ledger, plan, way);
  } finally {
    await way?.images.close();
    await way?.connection.close();
  }
}

/** Opens both ends: the first pictures are read while the ledger records the run. */
async function openWay({ job, options, process }: ApplyContext, plan: Plan): Promise<UploadWay> {
  const connection = await connect(job, options, process);
  // One object for the run: what is known of the root's folders is kept by it.
  const limits = { ...job.paths, maxBytes: options.maxSize };
  return { connection, images: await openPictures(plan.uploads, limits) };
}

async function runConnected(
  context: ApplyContext,
  ledger: Ledger,
  plan: Plan,
  way: UploadWay | undefined,
): Promise<number> {
  const writePage = await prepareApplyPage(context, ledger, plan, way?.connection.baseUrl);
  const startedAtMs = Date.now();
  const run = startRun(context, ledger, plan, startedAtMs);
  const { options, process, terminal } = context;
  const progress = context.progress ?? (await chooseProgress(options, process, terminal));
  progress.show(runStarted(context, plan));
  const execution = await sendUploads(context, { ledger, run, plan, way, progress });
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
