import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TokenBucket } from "../../src/execute/rate.ts";

/** Instants at which requests go when each comes `gapsMs` after the last and waits for its token. */
function instants(ratePerMinute: number, gapsMs: readonly number[]): number[] {
  const bucket = new TokenBucket();
  let nowMs = Date.UTC(2024, 0, 1);
  return gapsMs.map((gapMs) => {
    nowMs = Math.max(nowMs + gapMs, Math.ceil(bucket.allowedAtMs(ratePerMinute)));
    bucket.take(nowMs, ratePerMinute);
    return nowMs;
  });
}

function mostInAMinute(sentMs: readonly number[]): number {
  let first = 0;
  let most = 0;
  for (const [index, atMs] of sentMs.entries()) {
    while ((sentMs[first] ?? atMs) < atMs - 60_000) first += 1;
    most = Math.max(most, index - first + 1);
  }
  return most;
}

describe("the token bucket", () => {
  it("never lets more than the rate into any 60 s, ends included, however requests come", () => {
    const gap = fc.oneof(
      { weight: 8, arbitrary: fc.constant(0) },
      fc.integer({ min: 0, max: 500 }),
      fc.integer({ min: 0, max: 90_000 }),
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3_000 }),
        fc.array(gap, { minLength: 1, maxLength: 4_000, size: "max" }),
        (rate, gaps) => {
          expect(mostInAMinute(instants(rate, gaps))).toBeLessThanOrEqual(rate);
        },
      ),
      { numRuns: 60 },
    );
  });

  it.each([60, 600, 2_400, 3_000, 100_000])("uses over 97 %% of %i a minute", (rate) => {
    const sent = instants(rate, new Array(rate * 5).fill(0));
    const minutes = ((sent.at(-1) ?? 0) - (sent[0] ?? 0)) / 60_000;
    expect(sent.length / minutes).toBeGreaterThan(rate * 0.97);
  });

  it.each([
    [600, 30],
    [2_400, 150],
  ])("makes up for timers, at %i a minute, that fire %i ms late", (rate, lateMs) => {
    const bucket = new TokenBucket();
    let nowMs = 0;
    for (let sent = 0; sent < rate; sent += 1) {
      const allowedAtMs = bucket.allowedAtMs(rate);
      if (allowedAtMs > nowMs) nowMs = allowedAtMs + lateMs;
      bucket.take(nowMs, rate);
    }
    expect(nowMs).toBeLessThan(60_000 * 1.02);
  });

  it("spaces requests evenly, from the first second on", () => {
    const sent = instants(600, new Array(20).fill(0));
    const gaps = sent.slice(1).map((atMs, index) => atMs - (sent[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(100);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(102);
  });
});
