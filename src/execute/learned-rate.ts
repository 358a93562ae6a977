import { MinuteCount } from "./minute-count.ts";

const MINUTE_MS = 60_000;
// Below both what was carried and the rate that was refused, so that the next refusal is a while away.
const AFTER_MEASURE = 0.98;
const AFTER_REFUSAL = 0.95;
// A bucket that was full at first has been drained by then, and a minute's count holds none of it.
const SETTLED_MS = 2 * MINUTE_MS;
// Fewer accepted requests in a cycle say little of the rate; it is then halved at most.
const ENOUGH_TO_MEASURE = 10;
// Below this the brake alone holds the pool back: refusals that have nothing to do with the rate must not
// bring a run to a standstill.
const LOWEST_PER_MINUTE = 60;

/** The time in which the service answers 429. */
interface Refusal {
  /** When the first 429 came. */
  startMs: number;
  /** When the last refused request was sent. */
  lastSentMs: number;
  /** The rate that was too high. */
  ratePerMinute: number;
  /** What was accepted in the minute before; 0 while the run is too young to tell. */
  lastMinute: number;
}

/**
 * The rate the service is found to bear, in requests a minute: what the user allowed until it answers 429,
 * then what it carried from one recovery to the next, slowly and then faster rising.
 *
 * A cycle runs from the answer that ended one refusal to the answer that ends the next. What was accepted in
 * it, over its length, is what a limiter of any kind (fixed window, sliding window, token bucket) lets
 * through in the long run, where the rate just before a refusal says nothing: a minute's quota may have gone
 * in ten seconds. Refusals that last over a minute count as one minute, as limits are by the minute.
 */
export class LearnedRate {
  readonly #ceiling: number;
  #base: number;
  #baseAtMs = 0;
  #isLearned = false;
  #cycleStartMs: number | undefined;
  #acceptedInCycle = 0;
  #firstSentMs: number | undefined;
  readonly #accepted = new MinuteCount();
  #refusal: Refusal | undefined;

  constructor(ceilingPerMinute: number) {
    this.#ceiling = ceilingPerMinute;
    this.#base = ceilingPerMinute;
  }

  /** Requests a minute at `nowMs`; never over the ceiling. */
  perMinute(nowMs: number): number {
    if (!this.#isLearned) return this.#ceiling;
    const grown = this.#base * growth((nowMs - this.#baseAtMs) / MINUTE_MS);
    if (grown < this.#ceiling) return grown;
    this.#isLearned = false;
    return this.#ceiling;
  }

  /** A request sent at `sentMs` got past the service's limiter. */
  accepted(nowMs: number, sentMs: number): void {
    this.#firstSentMs ??= sentMs;
    this.#cycleStartMs ??= sentMs;
    const refusal = this.#refusal;
    // An answer to a request from before the refusal says nothing of its end.
    if (refusal && sentMs > refusal.startMs) this.#endCycle(refusal, nowMs);
    this.#acceptedInCycle += 1;
    this.#accepted.add(nowMs);
  }

  /** A request sent at `sentMs` was answered 429. */
  refused(nowMs: number, sentMs: number): void {
    this.#cycleStartMs ??= sentMs;
    // Sent before the last recovery: part of the refusal that is over.
    if (sentMs < this.#cycleStartMs) return;
    this.#refusal ??= this.#beginRefusal(nowMs);
    this.#refusal.lastSentMs = Math.max(this.#refusal.lastSentMs, sentMs);
  }

  #beginRefusal(nowMs: number): Refusal {
    const ageMs = nowMs - (this.#firstSentMs ?? nowMs);
    const lastMinute = ageMs < SETTLED_MS ? 0 : this.#accepted.at(nowMs);
    return { startMs: nowMs, lastSentMs: nowMs, ratePerMinute: this.perMinute(nowMs), lastMinute };
  }

  #endCycle(refusal: Refusal, nowMs: number): void {
    const { startMs, lastSentMs, ratePerMinute } = refusal;
    // The service recovered somewhere between the last refused request and now.
    const recoveredMs = (Math.max(lastSentMs, startMs) + nowMs) / 2;
    const cycleStartMs = this.#cycleStartMs ?? startMs;
    const lengthMs = startMs - cycleStartMs + Math.min(recoveredMs - startMs, MINUTE_MS);
    const carried = (this.#acceptedInCycle * MINUTE_MS) / Math.max(lengthMs, 1);
    const measured = Math.max(carried * AFTER_MEASURE, refusal.lastMinute * AFTER_REFUSAL);
    const least = this.#acceptedInCycle < ENOUGH_TO_MEASURE ? ratePerMinute / 2 : 0;
    const rate = Math.min(Math.max(measured, least), ratePerMinute * AFTER_REFUSAL);
    this.#base = Math.max(rate, Math.min(LOWEST_PER_MINUTE, this.#ceiling));
    this.#baseAtMs = nowMs;
    this.#isLearned = true;
    this.#cycleStartMs = nowMs;
    this.#acceptedInCycle = 0;
    this.#refusal = undefined;
  }
}

/** 5 % in the first minute, 3 times in five, 12 times in eight: near the limit slow, far from it fast. */
function growth(minutes: number): number {
  return Math.exp(0.02 * minutes + 0.03 * minutes ** 2);
}
