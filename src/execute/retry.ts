import type { Effects } from "./effects.ts";
import type { AttemptOutcome } from "./outcome.ts";

/**
 * Full jitter (reliability: Decision table): anywhere between 0 and 1, 2, 4 … 60 s after the first, second,
 * third … failure in a row. `random` gives [0, 1). Whole milliseconds.
 */
export function backOffMs(failures: number, random: () => number): number {
  return Math.ceil(random() * longestMs(failures, 60_000));
}

/**
 * The wait after a 429: the last quarter of 1, 2, 4 … 25 s. A minute's spent quota is then outlasted by the
 * seven waits between eight attempts, which a row that is tried alone needs, and no wait goes far beyond
 * the minute's end.
 */
export function throttledBackOffMs(failures: number, random: () => number): number {
  return Math.ceil((0.75 + 0.25 * random()) * longestMs(failures, 25_000));
}

function longestMs(failures: number, capMs: number): number {
  return Math.min(capMs, 1_000 * 2 ** Math.max(0, failures - 1));
}

/** The requests for one item that got no answer, where it is sent with a key; without one nothing is kept of them. */
export class LostRequests<Item> {
  readonly #effects: Pick<Effects<Item>, "keys" | "now">;
  /** When the key was first sent, and since when an answer to it is missing. */
  #firstMs: number | undefined;
  #lostMs: number | undefined;
  /** Why the latest of this run has none. */
  error: string | undefined;

  constructor(effects: Pick<Effects<Item>, "keys" | "now">, item: Item) {
    this.#effects = effects;
    this.#lostMs = effects.keys?.lostAtMs(item);
  }

  /** To be called before each request. */
  sending(): void {
    this.#firstMs ??= this.#effects.now();
  }

  /** To be called after each request that is to be made again. */
  ended(result: AttemptOutcome["result"], error: string): void {
    if (!this.#effects.keys || result !== "unknown") return;
    this.error = error;
    this.#lostMs ??= this.#firstMs;
  }

  /** Whether the service may have forgotten the key: asked again, it might do what it has done. */
  get isTooLate(): boolean {
    const { keys } = this.#effects;
    return this.#lostMs !== undefined && this.#effects.now() - this.#lostMs > (keys?.maxAgeMs ?? 0);
  }

  /** Why the item gets no other chance, but for the end of the run; `lastError` is that of its last attempt, if there was one. */
  whyNotRun(lastError: string | undefined, isHalted: boolean): string | undefined {
    return this.isTooLate && !isHalted ? TOO_LATE : lastError;
  }
}

const TOO_LATE = "not asked for again: it was sent too long ago for its key";
