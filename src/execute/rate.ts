const MINUTE_MS = 60_000;

// What any window may hold is counted over a little more than a minute, so that its two ends never both count.
const WINDOW_MS = MINUTE_MS + 1;
// What may go at once in the beginning: a tenth of a second's requests.
const BURSTS_PER_MINUTE = 600;
// What a timer that fires late must make up for: a quarter of a second's, or three of a slow run.
const LATE_PER_MINUTE = 240;
const LATE_REQUESTS = 3;
const PER_LATE_REQUEST = 200;
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
    // The first request begins an even row: nothing is late yet.
    const isFirst = this.#fullAtMs === Number.NEGATIVE_INFINITY;
    const taken = isFirst ? 1 + burst(ratePerMinute) - shortBurst(ratePerMinute) : 1;
    this.#fullAtMs = Math.max(this.#fullAtMs, nowMs) + taken * spacingMs(ratePerMinute);
  }
}

/** Requests that may go at once after a pause. */
function burst(ratePerMinute: number): number {
  const least = Math.min(LATE_REQUESTS, Math.floor(ratePerMinute / PER_LATE_REQUEST));
  return Math.max(1, least, Math.floor(ratePerMinute / LATE_PER_MINUTE));
}

function shortBurst(ratePerMinute: number): number {
  return Math.max(1, Math.floor(ratePerMinute / BURSTS_PER_MINUTE));
}

function spacingMs(ratePerMinute: number): number {
  // A burst at the start of a window and the even requests after it stay within the rate.
  const slack = Math.max(1, Math.floor(ratePerMinute * SLACK_PART));
  const even = ratePerMinute - burst(ratePerMinute) + 1 - slack;
  return WINDOW_MS / Math.max(even, 0.9 * ratePerMinute);
}

// Below what was carried and below the rate that was refused, so that the next refusal is a while away.
const AFTER_MEASURE = 0.97;
const AFTER_REFUSAL = 0.95;
// A service may have saved leave for some requests while none came: a cycle carries those and what its length allows.
const SAVED_MS = 300;
// Below this the brake alone holds the pool back: refusals that have nothing to do with the rate must not
// bring a run to a standstill.
const LOWEST_PER_MINUTE = 60;

/** The time in which the service answers 429: when the first one came, how many, and when the last one was sent. */
interface Refusal {
  startMs: number;
  count: number;
  lastSentMs: number;
}

/**
 * The rate the service is found to bear, in requests a minute: what the user allowed until it answers 429, then what
 * it carried in the last cycle, slowly and then faster rising.
 *
 * A cycle runs from the answer that ended one refusal to the answer that ends the next. What was accepted in it, over
 * its length, is what a limiter of any kind (fixed window, sliding window, token bucket) lets through in the long run,
 * where the rate just before a refusal says nothing: a minute's quota may have gone in ten seconds.
 */
export class LearnedRate {
  readonly #ceiling: number;
  #base: number;
  #baseAtMs = 0;
  #cycles = 0;
  #cycleStartMs: number | undefined;
  #accepted = 0;
  #refusal: Refusal | undefined;
  #lastRefusalMs = Number.NEGATIVE_INFINITY;

  constructor(ceilingPerMinute: number) {
    this.#ceiling = ceilingPerMinute;
    this.#base = ceilingPerMinute;
  }

  /** Requests a minute at `nowMs`; never over the ceiling. */
  perMinute(nowMs: number): number {
    // 5 % in the first minute, 3 times in five, 12 times in eight: near the limit slow, far from it fast. What one
    // refusal tells is rough, and rises faster: four fifths as much again in a minute.
    const minutes = (nowMs - this.#baseAtMs) / MINUTE_MS;
    const rise = 0.02 * minutes + 0.03 * minutes ** 2;
    const fastest = this.#cycles === 1 ? Math.max(0.6 * minutes, rise) : rise;
    return Math.min(this.#ceiling, this.#base * Math.exp(fastest));
  }

  /** A request sent at `sentMs` got past the service's limiter. */
  accepted(nowMs: number, sentMs: number): void {
    this.#cycleStartMs ??= sentMs;
    // An answer to a request from before the refusal says nothing of its end.
    if (this.#refusal && sentMs > this.#refusal.startMs) this.#endCycle(this.#refusal, nowMs);
    this.#accepted += 1;
  }

  /** A request sent at `sentMs` was answered 429. */
  refused(nowMs: number, sentMs: number): void {
    this.#cycleStartMs ??= sentMs;
    // Sent before the last recovery: part of the refusal that is over.
    if (sentMs < this.#cycleStartMs) return;
    this.#refusal ??= { startMs: nowMs, count: 0, lastSentMs: nowMs };
    this.#refusal.count += 1;
    this.#refusal.lastSentMs = Math.max(this.#refusal.lastSentMs, sentMs);
  }

  #endCycle({ startMs, count, lastSentMs }: Refusal, nowMs: number): void {
    const isStray = count === 1 && startMs - this.#lastRefusalMs > MINUTE_MS;
    this.#lastRefusalMs = startMs;
    this.#refusal = undefined;
    if (isStray) return;
    // The service recovered somewhere between the last refused request and now; limits are by the minute.
    const recoveredMs = Math.min((lastSentMs + nowMs) / 2, startMs + MINUTE_MS);
    const lengthMs = recoveredMs - (this.#cycleStartMs ?? startMs);
    const carried = (this.#accepted * MINUTE_MS) / (lengthMs + SAVED_MS);
    const refusedRate = this.perMinute(startMs);
    const rate = Math.min(carried * AFTER_MEASURE, refusedRate * AFTER_REFUSAL);
    this.#base = Math.max(rate, Math.min(LOWEST_PER_MINUTE, this.#ceiling));
    this.#cycles += 1;
    this.#baseAtMs = nowMs;
    this.#cycleStartMs = nowMs;
    this.#accepted = 0;
  }
}
