import type { PlannedRow } from "../plan/planned-row.ts";
import type { Answer } from "./answer.ts";
import { type Canary, checkCanary } from "./canary.ts";
import { RESUME } from "./decide.ts";
import type { ItemEvent } from "./events.ts";
import type { Outcome } from "./outcome.ts";
import type { Recorder } from "./record.ts";
import { RunState, type Stopped } from "./run-state.ts";
import { finish, uploadGraphic } from "./upload-graphic.ts";
import type { UploadRequest } from "./upload-request.ts";

/** A picture's bytes. */
export type ReadPicture = Pick<UploadRequest, "bytes">;

/** Everything the executor does to the world, as arguments: with the same effects it does the same. */
export interface Effects {
  /** The picture's bytes, known to be the planned ones, or why they cannot be had. */
  readPicture(upload: PlannedRow): Promise<ReadPicture | { problem: string }>;
  /** One POST with a body of its own and a time-out; resolves however it ends. */
  send(request: UploadRequest): Promise<Answer>;
  recorder: Recorder;
  /** For watching only: the outcomes are the same when it does nothing. */
  emit(event: ItemEvent): void;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Ends after `durationMs`, or as soon as the signal aborts (resolving or rejecting). */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
  /** [0, 1) */
  random(): number;
  /** Whether the ledger holds the graphic id; ids of this run the executor knows itself. */
  isKnownId(graphicId: string): boolean;
  /** Looks at the first rows in the library before the others are sent. */
  canary?: Canary | undefined;
}

export interface ExecuteSettings {
  /** Rows under way at once, and pictures held in memory. */
  concurrency: number;
  /** Requests in any 60 s, at most. */
  ratePerMinute: number;
  /** A longer `Retry-After` stops the run. */
  maxWaitMs: number;
  /** Requests for one row, at most. */
  maxAttempts: number;
  /** The run stops once this many rows have failed; without it, it never does for that. */
  maxFailures?: number | undefined;
  /** The first Ctrl-C: nothing new is sent, what is under way ends and is recorded. */
  stop: AbortSignal;
}

/** A graphic id the run received, told because the ledger failed. */
export interface ReceivedId {
  line: number;
  path: string;
  folder: string;
  name: string;
  graphicId: string;
  url: string;
  /** Whether the ledger took it before it failed. */
  recorded: boolean;
}

/** What a run did. */
export interface Execution {
  /** In the order of the uploads; made anew each time it is asked for. */
  readonly outcomes: readonly Outcome[];
  stopped: Stopped | undefined;
  /** Distinct notices of the service (qualtrics-api: Hosts). */
  notices: string[];
  /** Empty unless the ledger failed; then every id of this run, as the ledger itself may be lost. */
  unrecorded: ReceivedId[];
  /** What an effect threw that never should: our bug, to be thrown on once the results are written. */
  defect?: unknown;
}

/**
 * Stage 3: sends the uploads, `concurrency` at a time, and gives one outcome each. Never rejects: a ledger
 * that fails or an effect that throws ends the run, and whatever is under way is still waited for, so that
 * no id is lost. Rows that got no chance are `not-run`, and told so once the last request has ended.
 */
export async function executeUploads(
  uploads: readonly PlannedRow[],
  effects: Effects,
  settings: ExecuteSettings,
): Promise<Execution> {
  const run = new RunState(uploads, effects, settings);
  const interrupt = () => run.stop({ by: "user", message: "interrupted", hint: RESUME });
  if (settings.stop.aborted) interrupt();
  settings.stop.addEventListener("abort", interrupt);
  await sendCanary(run, settings);
  await sendUpTo(run, uploads.length, settings);
  settings.stop.removeEventListener("abort", interrupt);
  for (const index of run.untriedRows()) {
    const upload = uploads[index];
    const error = `not run: ${run.haltText}`;
    if (upload) finish(run, index, upload, { status: "not-run", error });
  }
  return run.execution();
}

async function sendCanary(run: RunState, settings: ExecuteSettings): Promise<void> {
  const { canary } = run.effects;
  if (!canary) return;
  await sendUpTo(run, canary.rows, settings);
  try {
    await checkCanary(run, canary);
  } catch (error) {
    run.fail(error);
  }
}

/** Sends every row before `end` that has not been sent. */
async function sendUpTo(run: RunState, end: number, settings: ExecuteSettings): Promise<void> {
  const workers = Math.min(Math.max(1, settings.concurrency), end, run.uploads.length);
  await Promise.all(Array.from({ length: workers }, () => work(run, end)));
}

/** One place in the pool: a row after the other. */
async function work(run: RunState, end: number): Promise<void> {
  let lastTold: Promise<void> | undefined;
  for (let index = run.takeRow(end); index !== undefined; index = run.takeRow(end)) {
    const upload = run.uploads[index];
    if (!upload) continue;
    try {
      const { told } = await uploadGraphic(run, index, upload);
      await lastTold;
      lastTold = told;
    } catch (error) {
      run.fail(error);
    }
  }
  await lastTold;
}
