import { describe, expect, it } from "vitest";
import { judgePrior } from "../../src/plan/decide-action.ts";
import { aGraphic, aWant, SHA_A, SHA_B } from "./samples.ts";

const HERE = { folder: "Summer", name: "sun.png" };
const prior = { graphicId: "IM_fromResults1", sha256: SHA_A, url: "", uploadedAt: "" };
const { row } = aWant(HERE, SHA_A, { prior });

describe("judgePrior, line by line of its table", () => {
  it("lets an id count that the ledger never had", () => {
    expect(judgePrior(row, [])).toBe("counts");
  });

  it("says that a deleted graphic is gone, wherever it was", () => {
    const deleted = aGraphic({ ...HERE, state: "deleted" });
    const replaced = aGraphic({ ...HERE, state: "replaced" });
    expect(judgePrior(row, [replaced, deleted])).toBe("deleted");
    expect(judgePrior(row, [{ ...replaced, isInDoubt: true }])).toBe("deleted");
  });

  it("lets an id count again at the address where it was replaced, with the bytes it had", () => {
    const places = [{ folder: "Summer", name: "other.png" }, HERE];
    const past = places.map((place) => aGraphic({ ...place, state: "replaced" }));
    expect(judgePrior(row, past)).toBe("counts");
  });

  it.each([
    ["under another name", { folder: "Summer", name: "other.png", sha256: SHA_A }],
    ["in another folder", { folder: "Winter", name: "sun.png", sha256: SHA_A }],
    ["with other bytes", { ...HERE, sha256: SHA_B }],
  ])("says that a graphic is replaced which was only ever %s", (_how, place) => {
    expect(judgePrior(row, [aGraphic({ ...place, state: "replaced" })])).toBe("replaced");
  });
});
