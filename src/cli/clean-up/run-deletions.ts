import { setTimeout as delay } from "node:timers/promises";
import {
  type DeletionEffects,
  type DeletionEnd,
  type DeletionExecution,
  executeDeletions,
} from "../../execute/execute-deletions.ts";
import type { DeletionRun, Ledger } from "../../ledger/open-ledger.ts";
import type { Deletion } from "../../plan/build-deletions.ts";
import { escapeText } from "../../render/escape.ts";
import { type Connection, connect } from "../apply/connect.ts";
import type { DeleteContext } from "./delete-graphics.ts";

const LONGEST_WAIT_MS = 15 * 60_000;
const ATTEMPTS_PER_GRAPHIC = 5;

/** A run whose deletions are over. */
export interface FinishedDeletions {
  run: DeletionRun;
  execution: DeletionExecution;
}

/** Deletes at the service what is to be deleted, lets go of the rest, and records both. */
export async function runDeletions(
  context: DeleteContext,
  ledger: Ledger,
  deletions: readonly Deletion[],
): Promise<FinishedDeletions> {
  const { job, options, process, interruption } = context;
  const ids = deletions.flatMap(({ action, graphicId }) => (action === "delete" ? graphicId : []));
  const released = deletions.filter(({ action }) => action === "release");
  const connection = await connect(job, options, process);
  try {
    const run = ledger.startDeletions(runStart(context), released);
    interruption.startSending();
    const execution = await executeDeletions(ids, effects(context, run, connection), {
      concurrency: options.concurrency,
      ratePerMinute: options.rate,
      maxWaitMs: LONGEST_WAIT_MS,
      maxAttempts: ATTEMPTS_PER_GRAPHIC,
      stop: interruption.signal,
    });
    return { run, execution };
  } finally {
    await connection.close();
  }
}

function runStart({ job, command }: DeleteContext) {
  const { service, library, host } = job.target;
  const startedAt = new Date().toISOString();
  return { command, manifest: job.paths.manifestKey, service, library, host, startedAt };
}

function effects(
  { terminal }: DeleteContext,
  recorder: DeletionRun,
  { client }: Connection,
): DeletionEffects {
  return {
    send: (graphicId) => client.deleteGraphic(graphicId),
    recorder,
    emit: (end) => terminal.note(escapeText(formatEnd(end))),
    now: Date.now,
    sleep: (durationMs, signal) => delay(durationMs, undefined, { signal }).catch(() => {}),
    random: Math.random,
  };
}

function formatEnd({ graphicId, status, error }: DeletionEnd): string {
  return error === null ? `${status} ${graphicId}` : `${status} ${graphicId}: ${error}`;
}
