import { setTimeout as delay } from "node:timers/promises";
import {
  type Effects,
  type ExecuteSettings,
  type Execution,
  executeUploads,
} from "../../execute/execute-uploads.ts";
import { readInspected } from "../../files/inspect-image.ts";
import type { Ledger, Run } from "../../ledger/open-ledger.ts";
import type { Plan } from "../../plan/build-plan.ts";
import { prepareForm } from "../../qualtrics/multipart.ts";
import type { Progress } from "../../render/progress.ts";
import type { ApplyContext } from "./apply-job.ts";
import { createCanary } from "./canary.ts";
import type { Connection } from "./connect.ts";

// Longer waits are for the user to decide: the run stops and says how to resume.
const LONGEST_WAIT_MS = 15 * 60_000;
const ATTEMPTS_PER_ROW = 8;

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
  return executeUploads(plan.uploads, effects(context, parts, connection), settings(context));
}

function effects(context: ApplyContext, parts: Parts, { client }: Connection): Effects {
  const { job, options } = context;
  const { canary, maxSize } = options;
  // One object for the run: what is known of the root's folders is kept by it.
  const limits = { ...job.paths, maxBytes: maxSize };
  return {
    readPicture: async ({ row, image }) => {
      const bytes = Buffer.allocUnsafe(image.sizeBytes);
      return (await readInspected(row.path, image, limits, bytes)) ?? { bytes };
    },
    send: ({ bytes, ...fields }) => {
      const form = prepareForm({ ...fields, sizeBytes: bytes.length });
      form.image.set(bytes);
      return client.upload(form);
    },
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
