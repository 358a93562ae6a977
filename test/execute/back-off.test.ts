import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { backOffMs, throttledBackOffMs } from "../../src/execute/retry.ts";

const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const CEILINGS = [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000];

describe("back-off", () => {
  it("is anywhere between nothing and the ceiling", () => {
    for (const [index, ceilingMs] of CEILINGS.entries()) {
      expect(backOffMs(index + 1, () => 0)).toBe(0);
      expect(backOffMs(index + 1, () => 0.5)).toBe(ceilingMs / 2);
      expect(backOffMs(index + 1, () => 1 - Number.EPSILON)).toBe(ceilingMs);
    }
  });

  it("gives whole milliseconds up to a minute, however many failures", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5_000 }), unit, (failures, random) => {
        for (const waitMs of [
          backOffMs(failures, () => random),
          throttledBackOffMs(failures, () => random),
        ]) {
          expect(Number.isInteger(waitMs) && waitMs >= 0 && waitMs <= 60_000).toBe(true);
        }
      }),
    );
  });

  it("outlasts a minute's spent quota within eight attempts, whatever the dice say", () => {
    fc.assert(
      fc.property(fc.array(unit, { minLength: 7, maxLength: 7 }), (dice) => {
        const totalMs = dice.reduce(
          (sum, die, index) => sum + throttledBackOffMs(index + 1, () => die),
          0,
        );
        expect(totalMs).toBeGreaterThan(60_000);
      }),
    );
  });
});
