import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Outcome } from "../../src/execute/outcome.ts";
import { OutcomeStore } from "../../src/execute/outcome-store.ts";

const error = fc.string();
const url = (id: string) => `https://fra1.example/Graphic.php?IM=${id}`;

/** Ids as the service makes them, and others; URLs and times that fit, and some that do not. */
const outcome: fc.Arbitrary<Outcome> = fc.oneof(
  fc.record({
    status: fc.constant("uploaded" as const),
    graphicId: fc.oneof(fc.string({ minLength: 0, maxLength: 300 }), fc.uuid()),
    url: fc.string(),
    uploadedAt: fc.constantFrom("2026-01-02T03:04:05.678Z", "yesterday", "2026-01-02"),
  }),
  fc
    .tuple(fc.uuid(), fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) }))
    .map(([graphicId, at]) => ({
      status: "uploaded" as const,
      graphicId,
      url: url(graphicId),
      uploadedAt: at.toISOString(),
    })),
  fc.record({ status: fc.constantFrom("failed" as const, "unknown" as const), error }),
);

describe("the outcomes of a run", () => {
  it("are given back as they were set, in the order of the rows", () => {
    fc.assert(
      fc.property(fc.array(fc.option(outcome), { maxLength: 400 }), (outcomes) => {
        const store = new OutcomeStore(outcomes.length);
        for (const [index, one] of outcomes.entries()) if (one) store.set(index, one);
        const expected = outcomes.map((one) => one ?? { status: "not-run", error: "not run" });
        expect(store.toArray()).toEqual(expected);
      }),
    );
  });

  it("know each id that is in them, and no other", () => {
    const count = 3_000;
    const store = new OutcomeStore(count);
    const uploadedAt = "2026-01-02T03:04:05.678Z";
    for (let index = 0; index < count; index += 1) {
      const graphicId = `IM_${index}`;
      const odd = index % 100 === 0 ? "elsewhere" : url(graphicId);
      store.set(index, { status: "uploaded", graphicId, url: odd, uploadedAt });
    }
    const known = (from: number) =>
      Array.from({ length: count }, (_, index) => store.hasId(`IM_${from + index}`));
    expect(known(0)).not.toContain(false);
    expect(known(count)).not.toContain(true);
  });
});
