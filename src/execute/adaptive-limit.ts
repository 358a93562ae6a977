const START = 4;

/**
 * How many requests may be under way at once: up by one for each round of good answers, halved by trouble
 * (429, time-outs, resets, 5xx), at least 1. Trouble of requests sent before the last halving does not count
 * again. Requests are told apart by their sequence numbers.
 */
export class AdaptiveLimit {
  readonly #most: number;
  #limit: number;
  #halvedBefore = 0;

  constructor(most: number) {
    this.#most = most;
    this.#limit = Math.min(START, most);
  }

  /** Whole requests. */
  get current(): number {
    return Math.floor(this.#limit);
  }

  /** A request ended well. */
  raise(): void {
    if (this.#limit < this.#most) this.#limit = Math.min(this.#most, this.#limit + 1 / this.#limit);
  }

  /** Request `sequence` met trouble; `nextSequence` is the next one to be sent. */
  lower(sequence: number, nextSequence: number): void {
    if (sequence < this.#halvedBefore) return;
    this.#limit = Math.max(1, this.#limit / 2);
    this.#halvedBefore = nextSequence;
  }
}
