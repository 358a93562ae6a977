import type { Keys } from "./effects.ts";
import { type AttemptOutcome, type Outcome, stillUnknown } from "./outcome.ts";

/** The requests for one item that got no answer, where it is sent with a key; without one nothing is kept of them. */
export class LostRequests<Item> {
  readonly #keys: Keys<Item> | undefined;
  /** When the key was first sent, and since when an answer to it is missing. */
  #firstMs: number | undefined;
  #lostMs: number | undefined;
  #error: string | undefined;
  #isTooLate = false;

  constructor(keys: Keys<Item> | undefined, item: Item) {
    this.#keys = keys;
    this.#lostMs = keys?.lostAtMs(item);
  }

  /** To be called before each request. */
  sending(nowMs: number): void {
    this.#firstMs ??= nowMs;
  }

  /** To be called after each request that was not done. */
  ended(result: AttemptOutcome["result"], error: string): void {
    if (!this.#keys || result !== "unknown") return;
    this.#error = error;
    this.#lostMs ??= this.#firstMs;
  }

  /** Whether the service may have forgotten the key: asked again, it might do what it has done. */
  isTooLate(nowMs: number): boolean {
    this.#isTooLate =
      this.#lostMs !== undefined && nowMs - this.#lostMs > (this.#keys?.maxAgeMs ?? 0);
    return this.#isTooLate;
  }

  /** Why the item gets no other chance; `lastError` is that of its last attempt, if there was one. */
  whyNotRun(lastError: string | undefined): string | undefined {
    return this.#isTooLate ? TOO_LATE : lastError;
  }

  /** How the item ends: where a request of this run got no answer, only an id makes it anything but unknown. */
  endOf(outcome: Outcome): Outcome {
    const { status } = outcome;
    if (this.#error === undefined || (status !== "failed" && status !== "not-run")) return outcome;
    const { error } = outcome;
    return { status: "unknown", error: error === this.#error ? error : stillUnknown(error) };
  }
}

const TOO_LATE = "not asked for again: it was sent too long ago for its key";
