import { setTimeout as delay } from "node:timers/promises";
import {
  type Effects,
  type ExecuteSettings,
  type Execution,
  executeUploads,
} from "../../execute/execute-uploads.ts";
import type { Ledger, Run } from "../../ledger/open-ledger.ts";
import type { Plan } from "../../plan/build-plan.ts";
import type { Progress } from "../../render/progress.ts";
import type { ApplyContext } from "./apply-job.ts";
import { createCanary } from "./canary.ts";
import type { Connection } from "./connect.ts";
import type { PictureSource } from "./picture-source.ts";

// Longer waits are for the user to decide: the run stops and says how to resume.
const LONGEST_WAIT_MS = 15 * 60_000;
const ATTEMPTS_PER_ROW = 8;

/** Where uploads come from and where they go. */
export interface UploadWay {
  images: PictureSource;
  connection: Connection;
}

interface Parts {
  ledger: Ledger;
  run: Run;
  plan: Plan;
  /** Undefined when there is nothing to send. */
  way: UploadWay | undefined;
  progress: Progress;
}

/** Hands the executor its effects: the disk, the service, the ledger, the clock. */
export async function sendUploads(context: ApplyContext, parts: Parts): Promise<Execution> {
  const { plan, way } = parts;
  if (!way) return { outcomes: [], stopped: undefined, notices: [], unrecorded: [] };
  context.interruption.startSending();
  context.onSending?.();
  return executeUploads(plan.uploads, effects(context, parts, way), settings(context));
}

function effects(context: ApplyContext, parts: Parts, { images, connection }: UploadWay): Effects {
  const { canary } = context.options;
  return {
    readPicture: (upload) => images.read(upload),
    send: (request) => connection.client.upload(request),
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

async function sleepUntilAborted(durationMs: number, signal?: AbortSignal): Promise<void> {
  try {
    await delay(durationMs, undefined, signal ? { signal } : {});
  } catch {
    // Aborted: whoever slept looks at the signal.
  }
}
