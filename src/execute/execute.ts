import type { Answer } from "./answer.ts";
import type { Outcome } from "./outcome.ts";
import type { Recorder } from "./record.ts";
import { RunState, type Stopped } from "./run-state.ts";
import { sendItem } from "./send-item.ts";

/** Everything the executor does to the world, as arguments: with the same effects it does the same. */
export interface Effects<Item> {
  /** Whether a request may be sent again though it may have been carried out. */
  isIdempotent: boolean;
  /** What is to be sent for an item, or why it cannot be had. It is kept until the item has ended. */
  prepare(item: Item): Promise<Prepared | { problem: string }>;
  recorder: Recorder<Item>;
  /** For watching only: the outcomes are the same when it does nothing. */
  emit(item: Item, told: Told): void;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Ends after `durationMs`, or as soon as the signal aborts (resolving or rejecting). */
  sleep(durationMs: number, signal: AbortSignal): Promise<void>;
  /** [0, 1) */
  random(): number;
  /** Whether the ledger holds the graphic id, from this run or an earlier one. */
  isKnownId(graphicId: string): boolean;
  /** Where anyone can see a graphic. */
  urlOf(graphicId: string): string;
  /** What an item is once its request has ended; without it, what its last attempt was. */
  outcomeOf?(item: Item, ended: Outcome): Outcome;
  /** The first items go alone, and the others only once nothing is found to be wrong with them. */
  first?:
    | { count: number; check(outcomes: readonly Outcome[]): Promise<Stopped | undefined> }
    | undefined;
}

/** A request that can be sent, more than once. */
export interface Prepared {
  /** One request with a time-out; resolves however it ends. */
  send(): Promise<Answer>;
}

/** What is told of an item while it is under way. */
export type Told =
  | { event: "item.started"; attempt: number }
  | {
      event: "item.retrying";
      attempt: number;
      delayMs: number;
      reason: string;
      httpStatus: number | null;
    }
  /** `remark` is for an outcome that has no error of its own. */
  | { event: "item.finished"; outcome: Outcome; remark: string | null };

export interface Settings {
  /** Items under way at once, and images held in memory. */
  concurrency: number;
  /** Requests in any 60 s, at most. */
  ratePerMinute: number;
  /** A longer `Retry-After` stops the run. */
  maxWaitMs: number;
  /** Requests for one item, at most. */
  maxAttempts: number;
  /** The run stops once this many items have failed; without it, it never does for that. */
  maxFailures?: number | undefined;
  /** The first Ctrl-C: nothing new is sent, what is under way ends and is recorded. */
  stop: AbortSignal;
}

/** What a run did. */
export interface Executed {
  /** In the order of the items; made anew each time it is asked for. */
  readonly outcomes: Outcome[];
  stopped: Stopped | undefined;
  /** Distinct notices of the service (qualtrics-api: Hosts). */
  notices: string[];
  /** Indexes of items whose id is not in the ledger. */
  unrecorded: ReadonlySet<number>;
  /** What an effect threw that never should: our bug, to be thrown on once the results are written. */
  defect?: { error: unknown } | undefined;
}

/**
 * Stage 3: sends what is to be done for each item, `concurrency` at a time, and gives one outcome each. Never rejects:
 * a ledger that fails or an effect that throws ends the run, and whatever is under way is still waited for, so that no
 * id is lost. Items that got no chance are `not-run`, and told so once the last request has ended.
 */
export async function execute<Item>(
  items: readonly Item[],
  effects: Effects<Item>,
  settings: Settings,
): Promise<Executed> {
  const run = new RunState(items, effects, settings);
  const interrupt = () => run.interrupt();
  if (settings.stop.aborted) interrupt();
  settings.stop.addEventListener("abort", interrupt);
  await sendFirst(run);
  await sendUpTo(run, items.length);
  settings.stop.removeEventListener("abort", interrupt);
  for (const index of items.keys()) {
    if (!run.outcomes.get(index)) run.finish(index, run.notRun());
  }
  const { stopped, unrecorded, defect } = run;
  return {
    get outcomes() {
      return run.outcomesOf(items.length);
    },
    stopped,
    notices: [...run.notices],
    unrecorded,
    defect,
  };
}

async function sendFirst<Item>(run: RunState<Item>): Promise<void> {
  const { first } = run.effects;
  if (!first) return;
  await sendUpTo(run, first.count);
  if (run.isHalted) return;
  try {
    const sent = run.outcomesOf(Math.min(first.count, run.items.length));
    const stopped = await first.check(sent);
    if (stopped) run.stop(stopped);
  } catch (error) {
    run.fail(error);
  }
}

/** Sends every item before `end` that has not been sent. */
async function sendUpTo<Item>(run: RunState<Item>, end: number): Promise<void> {
  const last = Math.min(end, run.items.length);
  const workers = Math.min(Math.max(1, run.settings.concurrency), last);
  await Promise.all(Array.from({ length: workers }, () => work(run, last)));
}

/** One place in the pool: an item after the other. */
async function work<Item>(run: RunState<Item>, end: number): Promise<void> {
  let lastTold: Promise<void> | undefined;
  for (let index = run.takeNext(end); index !== undefined; index = run.takeNext(end)) {
    try {
      const { told } = await sendItem(run, index);
      await lastTold;
      lastTold = told;
    } catch (error) {
      run.fail(error);
    }
  }
  await lastTold;
}
