// What any window may hold is counted over a little more than a minute, so that its two ends never both count.
const WINDOW_MS = 60_001;
// A tenth of a second's requests, at least one: what a timer that fires late must make up for.
const BURSTS_PER_MINUTE = 600;
// Kept back of a minute's requests, for those that the way there brings closer together than they left.
const SLACK_PART = 1 / 200;

/**
 * When the next request may go, as instants: requests evenly spaced, with a small burst after a pause. No
 * window of 60 s holds more than the rate, the first one included. Kept as the instant at which the bucket
 * would be full again (the virtual scheduling form of a token bucket), so it needs no timer of its own.
 */
export class TokenBucket {
  #fullAtMs = Number.NEGATIVE_INFINITY;

  /** The instant from which a request is allowed at `ratePerMinute`; in the past when one is allowed now. */
  allowedAtMs(ratePerMinute: number): number {
    return this.#fullAtMs - (burst(ratePerMinute) - 1) * spacingMs(ratePerMinute);
  }

  /** Takes a request's token at `nowMs`. */
  take(nowMs: number, ratePerMinute: number): void {
    this.#fullAtMs = Math.max(this.#fullAtMs, nowMs) + spacingMs(ratePerMinute);
  }
}

/** Requests that may go at once after a pause. */
function burst(ratePerMinute: number): number {
  return Math.max(1, Math.floor(ratePerMinute / BURSTS_PER_MINUTE));
}

function spacingMs(ratePerMinute: number): number {
  // A burst at the start of a window and the even requests after it stay within the rate.
  const slack = Math.max(1, Math.floor(ratePerMinute * SLACK_PART));
  const even = ratePerMinute - burst(ratePerMinute) + 1 - slack;
  return WINDOW_MS / Math.max(even, 0.9 * ratePerMinute);
}
