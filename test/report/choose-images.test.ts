import fc from "fast-check";
import { expect, it } from "vitest";
import { chooseImages, embeddedChars } from "../../src/report/report-page.ts";

const candidates = fc.array(
  fc.record({ sha256: fc.constantFrom(..."abcdef"), sizeBytes: fc.nat(50) }),
);

// One hash, one size.
const sized = (all: { sha256: string; sizeBytes: number }[]) =>
  all.map(({ sha256 }) => ({
    sha256,
    sizeBytes: all.find((one) => one.sha256 === sha256)?.sizeBytes ?? 0,
  }));

it("takes no more than the page may hold, counting a picture each time it is shown", () => {
  fc.assert(
    fc.property(candidates, fc.nat(500), (drawn, budget) => {
      const all = sized(drawn);
      const chosen = chooseImages(all, budget);
      const shown = all.filter(({ sha256 }) => chosen.has(sha256));
      const chars = shown.reduce((sum, { sizeBytes }) => sum + embeddedChars(sizeBytes), 0);
      expect(chars).toBeLessThanOrEqual(budget);
    }),
  );
});

it("takes the small ones first, and all of them where they fit", () => {
  const all = [9, 300, 3, 6].map((sizeBytes) => ({ sha256: `${sizeBytes}`, sizeBytes }));
  expect([...chooseImages(all, 24)]).toEqual(["3", "6", "9"]);
  expect(chooseImages(all, 10_000).size).toBe(4);
  expect(chooseImages(all, 0).size).toBe(0);
});

it("reckons with base64 as it is", () => {
  for (const size of [0, 1, 2, 3, 4, 1000]) {
    expect(embeddedChars(size)).toBe(Buffer.alloc(size).toString("base64").length);
  }
});
