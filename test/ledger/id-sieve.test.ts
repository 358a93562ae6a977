import { describe, expect, it } from "vitest";
import { IdSieve } from "../../src/ledger/id-sieve.ts";

const COUNT = 50_000;
const idOf = (index: number) => `IM_${index.toString(36).padStart(13, "0")}`;

describe("the sieve of known ids", () => {
  const sieve = new IdSieve();
  for (let index = 0; index < COUNT; index += 1) sieve.add(idOf(index));

  it("never says no to an id it holds", () => {
    const denied = Array.from({ length: COUNT }, (_, index) => idOf(index)).filter(
      (id) => !sieve.mayHave(id),
    );
    expect(denied).toEqual([]);
  });

  it("says yes to hardly any other, so that the ledger is seldom asked", () => {
    const others = Array.from({ length: COUNT }, (_, index) => idOf(COUNT + index));
    expect(others.filter((id) => sieve.mayHave(id)).length).toBeLessThan(COUNT / 1_000);
  });

  it("holds nothing at first, not even the empty text", () => {
    expect(["", "IM_1", "\u0000"].map((id) => new IdSieve().mayHave(id))).toEqual([
      false,
      false,
      false,
    ]);
  });
});
