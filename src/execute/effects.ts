import type { PlannedRow } from "../plan/planned-row.ts";
import type { Answer, AttemptOutcome, Outcome, Stopped } from "./outcome.ts";

/** Everything the executor does to the world, as arguments: with the same effects it does the same. */
export interface Effects<Item> {
  /** Whether a request may be sent again though it may have been carried out: so a DELETE, not a POST. */
  isIdempotent: boolean;
  /** Where each item is sent with a key by which the service knows it again: then it is asked for again where its answer was lost. */
  keys?: Keys<Item> | undefined;
  /** What is to be sent for an item, or why it cannot be had. It is kept until the item has ended. */
  prepare(item: Item): Promise<Prepared | { problem: string }>;
  recorder: Recorder<Item>;
  /** For watching: the outcomes are the same when it does nothing. What it sees may be why nothing more is to be sent. */
  emit(item: Item, told: Told, stop: (why: Stopped) => void): void;
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
  /** Whether a request for the item got no answer in an earlier run. */
  isUnanswered?(item: Item): boolean;
  /** The first items go alone, and the others only once nothing is found to be wrong with them. */
  first?:
    | { count: number; check(outcomes: readonly Outcome[]): Promise<Stopped | undefined> }
    | undefined;
}

/** How items are sent with keys. */
export interface Keys<Item> {
  /** When an item that got no answer in an earlier run was first sent with its key; milliseconds since the epoch. */
  lostAtMs(item: Item): number | undefined;
  /** How long after that the service is believed to know the key. */
  maxAgeMs: number;
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
  /** `remark` is for an outcome that has no error of its own, `warning` the service's. */
  | { event: "item.finished"; outcome: Outcome; remark: string | null; warning: string | null };

export interface Settings {
  /** Most items under way at once, and images held in memory; the run finds its own number below it. */
  concurrency: number;
  /** How many it begins with. */
  atFirst: number;
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

/**
 * What the executor asks of the ledger. Each promise resolves once its write is durable and rejects when
 * it cannot be made so; after a rejection nothing more may be sent. Writes become durable in the order they are
 * asked for, or together.
 */
export interface Recorder<Item = PlannedRow> {
  /** Before the first byte of an attempt; returns the attempt's id. */
  intent(item: Item, attempt: number): Promise<number>;
  /** After the attempt, before the item is reported. */
  outcome(attemptId: number, outcome: AttemptOutcome): Promise<void>;
  /** An item that failed before anything was sent (its file changed or vanished). */
  unsent(item: Item, message: string): Promise<void>;
}
