import { setTimeout as delay } from "node:timers/promises";
import {
  type Effects,
  type ExecuteSettings,
  type Execution,
  executeUploads,
} from "../../execute/execute-uploads.ts";
import { readPicture } from "../../files/inspect-picture.ts";
import type { PictureLimits } from "../../files/picture-place.ts";
import type { PictureThreads } from "../../files/picture-threads.ts";
import type { Ledger, Run } from "../../ledger/open-ledger.ts";
import type { Plan } from "../../plan/build-plan.ts";
import type { Upload } from "../../plan/upload.ts";
import type { Progress } from "../../render/progress.ts";
import type { ApplyContext } from "./apply-job.ts";
import { createCanary } from "./canary.ts";
import type { Connection } from "./connect.ts";

// Longer waits are for the user to decide: the run stops and says how to resume.
const LONGEST_WAIT_MS = 15 * 60_000;
const ATTEMPTS_PER_ROW = 8;

/** Fewer pictures are read before a thread has started. */
const WORTH_A_THREAD = 200;

interface Parts {
  ledger: Ledger;
  run: Run;
  plan: Plan;
  /** Undefined when there is nothing to send. */
  connection: Connection | undefined;
  progress: Progress;
}

/** Hands the executor its effects: the disk, the service, the ledger, the clock. */
export async function sendUploads(context: ApplyContext, parts: Parts): Promise<Execution> {
  const { plan, connection } = parts;
  if (!connection) return { outcomes: [], stopped: undefined, notices: [], unrecorded: [] };
  context.interruption.startSending();
  // One object for the run: what is known of the root's folders is kept by it.
  const limits = { ...context.job.paths, maxBytes: context.options.maxSize };
  const threads = await openThreads(plan, limits);
  const readPicture = (upload: Upload) => readUnchanged(upload, limits, threads);
  const doing = { ...effects(context, parts, connection), readPicture };
  try {
    return await executeUploads(plan.uploads, doing, settings(context));
  } finally {
    await threads?.close();
  }
}

async function openThreads(plan: Plan, limits: PictureLimits): Promise<PictureThreads | undefined> {
  if (plan.uploads.length < WORTH_A_THREAD) return undefined;
  const { PictureThreads } = await import("../../files/picture-threads.ts");
  return PictureThreads.open(limits, 1);
}

function effects(
  context: ApplyContext,
  parts: Parts,
  { client }: Connection,
): Omit<Effects, "readPicture"> {
  const { canary } = context.options;
  return {
    send: (request) => client.upload(request),
    recorder: parts.run,
    emit: (event) => parts.progress.show(event),
    now: Date.now,
    sleep: sleepUntilAborted,
    random: Math.random,
    isKnownId: (id) => parts.ledger.knowsId(id),
    canary: canary === undefined ? undefined : createCanary(context, canary),
  };
}

function settings({ options, interruption }: ApplyContext): ExecuteSettings {
  return {
    concurrency: options.concurrency,
    ratePerMinute: options.rate,
    maxWaitMs: LONGEST_WAIT_MS,
    maxAttempts: ATTEMPTS_PER_ROW,
    maxFailures: options.maxFailures,
    stop: interruption.signal,
  };
}

/** The picture's bytes, or why they are not those the plan was made from. */
async function readUnchanged(
  upload: Upload,
  limits: PictureLimits,
  threads: PictureThreads | undefined,
) {
  const read = (await threads?.read(upload.path)) ?? (await readPicture(upload.path, limits));
  if ("problem" in read) return { problem: read.problem.message };
  if (read.picture.sha256 === upload.sha256) return { bytes: read.bytes };
  return { problem: `${upload.path} changed after the plan was made; run apply again` };
}

async function sleepUntilAborted(durationMs: number, signal?: AbortSignal): Promise<void> {
  try {
    await delay(durationMs, undefined, signal ? { signal } : {});
  } catch {
    // Aborted: whoever slept looks at the signal.
  }
}
