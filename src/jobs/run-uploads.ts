import { type Execution, executeUploads, type UploadEffects } from "../execute/execute-uploads.ts";
import { readInspected } from "../files/inspect-image.ts";
import type { Ledger, Run } from "../ledger/ledger.ts";
import type { AdoptedGraphic } from "../ledger/records.ts";
import { describeActions, type Plan } from "../plan/build-plan.ts";
import { summarizePlan } from "../plan/plan-document.ts";
import { printTarget } from "../plan/target.ts";
import { graphicUrl } from "../qualtrics/host.ts";
import { prepareForm } from "../qualtrics/multipart.ts";
import type { RecordOf } from "../report/row-record.ts";
import { createCanary } from "./compare-graphics.ts";
import { endRun } from "./end-run.ts";
import { runStart } from "./job-ledger.ts";
import type { Job } from "./open-job.ts";
import type { ApplyOptions } from "./options.ts";
import { resolvePageFile } from "./overwriting.ts";
import type { WritePage } from "./page.ts";
import { CLOCK, type Connection, connect, paceOf } from "./service.ts";
import type { Interruption, JobResult, RunEnd } from "./watcher.ts";

const ATTEMPTS_PER_ROW = 8;

/** A plan that the user agreed to, and the ledger under whose lock it was made. */
interface AgreedRun {
  job: Job<ApplyOptions>;
  ledger: Ledger;
  plan: Plan;
  interruption: Interruption;
}

/** Uploads what the plan says, and writes the results whatever happens. */
export async function runUploads(agreed: AgreedRun): Promise<JobResult<RunEnd>> {
  const connection = agreed.plan.uploads.length > 0 ? await connect(agreed.job) : undefined;
  try {
    return await runConnected(agreed, connection);
  } finally {
    await connection?.close();
  }
}

async function runConnected(
  agreed: AgreedRun,
  connection: Connection | undefined,
): Promise<JobResult<RunEnd>> {
  const { job, ledger, plan } = agreed;
  const page = await preparePage(agreed);
  const start = runStart(job, "apply");
  const run = ledger.startRun(start, plan.uploads, adoptedGraphics(plan), plan.shared);
  job.host.watcher.tell({
    kind: "event",
    event: {
      version: 1,
      event: "run.started",
      time: new Date().toISOString(),
      manifest: job.manifest.file,
      target: printTarget(job.target),
      summary: summarizePlan(describeActions(plan)),
    },
  });
  const execution = await send(agreed, run, connection);
  const writePage = async (recordOf: RecordOf) => page?.(recordOf, connection?.baseUrl);
  return endRun({ job, ledger, run, plan, execution, startedAt: start.startedAt, writePage });
}

async function preparePage({ job, ledger, plan }: AgreedRun): Promise<WritePage | undefined> {
  const file = resolvePageFile(job.options, job.paths, job.host.cwd);
  if (file === undefined) return undefined;
  const { preparePage } = await import("./page.ts");
  return preparePage(file, job, plan, ledger);
}

function adoptedGraphics({ adopted }: Plan): AdoptedGraphic[] {
  return adopted.flatMap(({ row, image }) => {
    const { folder, name, path, line, prior } = row;
    const { contentType, sizeBytes: bytes } = image;
    return prior ? [{ folder, name, path, line, contentType, bytes, ...prior }] : [];
  });
}

/** Hands the executor its effects: the disk, the service, the ledger, the clock. */
async function send(
  agreed: AgreedRun,
  run: Run,
  connection: Connection | undefined,
): Promise<Execution> {
  const { job, plan, interruption } = agreed;
  if (!connection) return { outcomes: [], stopped: undefined, notices: [], unrecorded: [] };
  interruption.startSending();
  return executeUploads(plan.uploads, effects(agreed, run, connection), {
    ...paceOf(job.options, interruption.signal),
    maxAttempts: ATTEMPTS_PER_ROW,
    maxFailures: job.options.maxFailures,
  });
}

function effects(
  { job, ledger }: AgreedRun,
  recorder: Run,
  { client, baseUrl }: Connection,
): UploadEffects {
  const { canary, maxSize } = job.options;
  const { watcher } = job.host;
  // One object for the run: what is known of the root's folders is kept by it.
  const limits = { ...job.paths, maxBytes: maxSize };
  return {
    prepare: async ({ row, image }) => {
      const { name, folder, path } = row;
      const form = prepareForm({ name, folder, ...image });
      const changed = await readInspected(path, image, limits, form.image);
      return changed ?? { send: () => client.upload(form) };
    },
    recorder,
    emit: (event) => watcher.tell({ kind: "event", event }),
    ...CLOCK,
    isKnownId: (id) => ledger.knowsId(id),
    urlOf: (id) => graphicUrl(baseUrl, id),
    canary: canary === undefined ? undefined : createCanary(job, canary),
  };
}
