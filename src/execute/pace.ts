import type { Settings } from "./effects.ts";
import { LearnedRate, TokenBucket } from "./rate.ts";

/** Time, as arguments. */
interface PaceClock {
  /** Milliseconds. */
  now(): number;
  /** May end early; never rejects. */
  sleep(durationMs: number): Promise<void>;
}

/** Leave to send one request; given back by `leave`. */
export interface Ticket {
  /** Rises with each ticket. */
  readonly sequence: number;
  readonly sentAtMs: number;
  /** The one request let through after a brake, to see whether the trouble is over. */
  readonly isProbe: boolean;
}

/** How a request went, as far as pace goes. `trouble`: it got through, and the service was not well. */
export type Passage = "good" | "trouble" | "throttled" | "not-sent";

/** An answer that takes longer lowers the number under way: well below the deadline of a request. */
const TARGET_MS = 8_000;
/** What one quick answer adds to the number under way until there is trouble, and afterwards. */
const FAST_RISE = 4;
const SLOW_RISE = 1 / 4;
/** What one slow answer takes from it at most: half in a round. */
const FALL = 1 / 2;
/** How much more may be under way than rate × answer time, since answers take longer and shorter. */
const SPARE = 1.25;

/**
 * Who may send when: a token bucket at the rate the service is found to bear, a number of requests under way that
 * finds its own level, and one brake for the whole pool (reliability: Pace). After a brake one request goes alone until
 * something but a 429 comes back. Callers wait in the order they came; one sleep serves them all.
 *
 * The level rises only while it holds back what the rate allows, and not far over rate × answer time (Little's law).
 * Each answer adds to it, the more the quicker it came; on a full line more under way only means longer answers, and
 * the rise ends where they take `TARGET_MS`. Trouble halves it, once a round. A 429 is about the rate, and leaves it.
 */
export class Pace {
  readonly #now: () => number;
  readonly #sleep: PaceClock["sleep"];
  readonly #bucket = new TokenBucket();
  readonly #rate: LearnedRate;
  readonly #mostUnderWay: number;
  readonly #firstUnderWay: number;
  #limit: number;
  #isTroubled = false;
  /** When a request that the rate allowed last waited for another one to end. */
  #heldBackAtMs = Number.NEGATIVE_INFINITY;
  readonly #trouble = new Streak();
  readonly #throttled = new Streak();
  readonly #notSent = new Streak();
  readonly #waiting: ((ticket: Ticket | undefined) => void)[] = [];
  #brakedUntilMs = Number.NEGATIVE_INFINITY;
  #isProbing = false;
  #probesUnderWay = 0;
  #underWay = 0;
  #nextSequence = 0;
  #isAsleep = false;
  #isClosed = false;

  constructor(
    settings: Pick<Settings, "concurrency" | "atFirst" | "ratePerMinute">,
    clock: PaceClock,
  ) {
    this.#now = steadyClock(() => clock.now());
    this.#sleep = (durationMs) => clock.sleep(durationMs);
    this.#rate = new LearnedRate(settings.ratePerMinute);
    this.#mostUnderWay = settings.concurrency;
    this.#firstUnderWay = Math.max(1, Math.min(settings.atFirst, settings.concurrency));
    this.#limit = this.#firstUnderWay;
  }

  /** How many may be under way now. */
  get places(): number {
    return Math.floor(this.#limit);
  }

  /** A ticket, once one is free; undefined once the pace is closed. */
  enter(): Promise<Ticket | undefined> {
    if (this.#isClosed) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#serve();
    });
  }

  /** Whether a brake forbids sending now, even with a ticket taken before. */
  isBraked(): boolean {
    return this.#now() < this.#brakedUntilMs;
  }

  /** Takes note of how a request went; gives the failures of its kind in a row, itself included. */
  note(ticket: Ticket, passage: Passage): number {
    const nowMs = this.#now();
    if (passage === "good") this.#adapt(nowMs, ticket.sentAtMs);
    else if (passage !== "throttled" && this.#count(this.#trouble, ticket)) this.#halve();
    if (passage === "not-sent") {
      this.#count(this.#notSent, ticket);
      return this.#notSent.length;
    }
    this.#notSent.length = 0;
    if (passage === "throttled") {
      this.#rate.refused(nowMs, ticket.sentAtMs);
      this.#count(this.#throttled, ticket);
      return this.#throttled.length;
    }
    this.#rate.accepted(nowMs, ticket.sentAtMs);
    if (this.#throttled.isAfter(ticket.sequence)) this.#throttled.length = 0;
    if (ticket.isProbe) this.#isProbing = false;
    return 0;
  }

  /** Nobody sends for `delayMs` from now; never shortens an earlier brake. */
  brake(delayMs: number): void {
    this.#isProbing = true;
    this.#brakedUntilMs = Math.max(this.#brakedUntilMs, this.#now() + delayMs);
  }

  /** Gives a ticket back; after `note` and `brake`, since it lets the next one in. */
  leave(ticket: Ticket): void {
    this.#underWay -= 1;
    if (ticket.isProbe) this.#probesUnderWay -= 1;
    if (this.#waiting.length > 0) this.#serve();
  }

  /** Ends the run for everyone who waits, now and later. */
  close(): void {
    this.#isClosed = true;
    for (const waiter of this.#waiting.splice(0)) waiter(undefined);
  }

  #adapt(nowMs: number, sentAtMs: number): void {
    const room = 1 - (nowMs - sentAtMs) / TARGET_MS;
    if (room < 0) {
      // A service that is slow however little it is asked still gets what every run begins with.
      const lower = Math.max(this.#firstUnderWay, this.#limit + Math.max(room, -1) * FALL);
      this.#limit = Math.min(this.#limit, lower);
      return;
    }
    // Some places are always between two requests.
    const isFull = this.#underWay >= 0.9 * this.places;
    if (isFull && this.#allowedAtMs(nowMs) <= nowMs) this.#heldBackAtMs = nowMs;
    if (this.#heldBackAtMs < sentAtMs) return;
    const rise = this.#isTroubled ? SLOW_RISE : FAST_RISE;
    const needed = (this.#rate.perMinute(nowMs) * (nowMs - sentAtMs)) / 60_000;
    const most = Math.min(this.#mostUnderWay, SPARE * needed + FAST_RISE);
    this.#limit = Math.max(this.#limit, Math.min(most, this.#limit + rise * room));
  }

  #halve(): void {
    this.#isTroubled = true;
    this.#limit = Math.max(1, this.#limit / 2);
  }

  #count(streak: Streak, { sequence }: Ticket): boolean {
    return streak.add(sequence, this.#nextSequence);
  }

  #hasRoom(): boolean {
    if (this.#isProbing && this.#probesUnderWay > 0) return false;
    return this.#underWay < this.places;
  }

  #allowedAtMs(nowMs: number): number {
    const tokenAtMs = this.#bucket.allowedAtMs(this.#rate.perMinute(nowMs));
    return Math.max(tokenAtMs, this.#brakedUntilMs);
  }

  #grant(nowMs: number): Ticket {
    this.#bucket.take(nowMs, this.#rate.perMinute(nowMs));
    this.#underWay += 1;
    const isProbe = this.#isProbing;
    if (isProbe) this.#probesUnderWay += 1;
    return { sequence: this.#nextSequence++, sentAtMs: nowMs, isProbe };
  }

  #serve(): void {
    while (this.#waiting.length > 0 && this.#hasRoom()) {
      const nowMs = this.#now();
      const waitMs = this.#allowedAtMs(nowMs) - nowMs;
      if (waitMs > 0) {
        this.#serveIn(waitMs);
        return;
      }
      this.#waiting.shift()?.(this.#grant(nowMs));
    }
  }

  #serveIn(waitMs: number): void {
    if (this.#isAsleep) return;
    this.#isAsleep = true;
    void this.#sleep(Math.ceil(waitMs)).then(() => {
      this.#isAsleep = false;
      this.#serve();
    });
  }
}

/**
 * Failures of one kind in a row over the whole pool. Requests that had started before the last counted failure met the
 * same trouble: they do not count again, so that one blip under eight workers counts once.
 */
class Streak {
  length = 0;
  #countedBefore = 0;

  /** Whether the failure of request `sequence` counts; `nextSequence` is the next to be sent. */
  add(sequence: number, nextSequence: number): boolean {
    if (!this.isAfter(sequence)) return false;
    this.length += 1;
    this.#countedBefore = nextSequence;
    return true;
  }

  /** Whether request `sequence` started after the last counted failure. */
  isAfter(sequence: number): boolean {
    return sequence >= this.#countedBefore;
  }
}

/** A clock that never steps back, whatever `now` does: a step counts as no time passed. Milliseconds. */
function steadyClock(now: () => number): () => number {
  let lastMs = now();
  let lostMs = 0;
  return () => {
    const readMs = now();
    if (readMs < lastMs) lostMs += lastMs - readMs;
    lastMs = readMs;
    return readMs + lostMs;
  };
}
