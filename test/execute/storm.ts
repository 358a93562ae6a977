import type { Answer } from "../../src/execute/outcome.ts";
import { answered, landed } from "../support/executor.ts";
import { seededRandom } from "../support/seeded-random.ts";
import type { VirtualClock } from "../support/virtual-clock.ts";

/** A stretch of time in which a service refuses, at random or whatever comes. */
interface Gust {
  fromMs: number;
  toMs: number;
  /** Part of the requests that are refused. */
  share: number;
  httpStatus: 429 | 503;
  /** What `Retry-After` says; null for none. */
  retryAfterMs: number | null;
}

/** A seeded schedule of refusals over some minutes, from a service with latency of its own. */
export class Storm {
  readonly faults: string[] = [];
  /** Names the service took, in order. */
  readonly taken: string[] = [];
  readonly sentAtMs: number[] = [];
  readonly sentOf = new Map<string, number>();
  readonly gusts: Gust[];
  #notBeforeMs = Number.NEGATIVE_INFINITY;
  readonly #clock: VirtualClock;
  readonly #startMs: number;
  readonly #random: () => number;

  constructor(seed: number, clock: VirtualClock) {
    this.#clock = clock;
    this.#startMs = clock.nowMs;
    this.#random = seededRandom(seed);
    this.gusts = Array.from({ length: 1 + this.#below(5) }, () => this.#gust());
  }

  async send(name: string): Promise<Answer> {
    const nowMs = this.#clock.nowMs;
    if (nowMs < this.#notBeforeMs) {
      this.faults.push(`${name} came ${this.#notBeforeMs - nowMs} ms too early`);
    }
    this.sentAtMs.push(nowMs);
    this.sentOf.set(name, (this.sentOf.get(name) ?? 0) + 1);
    await this.#clock.sleep(5 + this.#below(300));
    const gust = this.#blowing();
    if (!gust) this.taken.push(name);
    const id = `IM_${String(this.taken.length).padStart(11, "0")}`;
    await this.#clock.sleep(5 + this.#below(300));
    if (!gust) return landed(id);
    const { httpStatus, retryAfterMs } = gust;
    this.#notBeforeMs = Math.max(this.#notBeforeMs, this.#clock.nowMs + (retryAfterMs ?? 0));
    return answered(httpStatus, { retryAfterMs });
  }

  #blowing(): Gust | undefined {
    const atMs = this.#clock.nowMs - this.#startMs;
    const gust = this.gusts.find(({ fromMs, toMs }) => fromMs <= atMs && atMs < toMs);
    return gust && this.#random() < gust.share ? gust : undefined;
  }

  #gust(): Gust {
    const fromMs = this.#below(120_000);
    const waits = [null, 0, 500, 1_000, 5_000, 30_000, 90_000] as const;
    const retryAfterMs = waits[this.#below(waits.length)] ?? null;
    const httpStatus = retryAfterMs !== null && this.#random() < 0.3 ? 503 : 429;
    const share = [0.05, 0.5, 1][this.#below(3)] ?? 1;
    return { fromMs, toMs: fromMs + this.#below(60_000), share, httpStatus, retryAfterMs };
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }
}
