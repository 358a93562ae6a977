import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MinuteCount } from "../../src/execute/minute-count.ts";

describe("the minute's count", () => {
  it("holds what happened in this second and the 59 before, whatever the gaps", () => {
    const gap = fc.oneof(fc.nat(3), fc.nat(2_000), fc.nat(200_000));
    fc.assert(
      fc.property(fc.array(gap, { maxLength: 300 }), (gaps) => {
        const count = new MinuteCount();
        let nowMs = Date.UTC(2024, 0, 1);
        const instants: number[] = [];
        for (const gapMs of gaps) {
          nowMs += gapMs;
          count.add(nowMs);
          instants.push(nowMs);
          const firstSecond = Math.floor(nowMs / 1_000) - 59;
          const expected = instants.filter((atMs) => Math.floor(atMs / 1_000) >= firstSecond);
          expect(count.at(nowMs)).toBe(expected.length);
        }
      }),
    );
  });
});
