import { describe, expect, it } from "vitest";
import { judgePrior } from "../../src/plan/prior-state.ts";
import { aWant, SHA_A, SHA_B } from "./samples.ts";

const HERE = { folder: "Summer", name: "sun.png" };
const prior = { graphicId: "IM_fromResults1", sha256: SHA_A, url: "", uploadedAt: "" };
const { row } = aWant(HERE, SHA_A, { prior });

describe("judgePrior, line by line of its table", () => {
  it("lets an id count that the ledger never had", () => {
    expect(judgePrior(row, undefined)).toBe("counts");
  });

  it("says that a deleted graphic is gone, wherever it was", () => {
    const places = [{ ...HERE, sha256: SHA_A }];
    expect(judgePrior(row, { isGone: true, places })).toBe("deleted");
    expect(judgePrior(row, { isGone: true, places: [] })).toBe("deleted");
  });

  it("lets an id count again at the address where it was replaced, with the bytes it had", () => {
    const places = [
      { folder: "Summer", name: "other.png", sha256: SHA_A },
      { ...HERE, sha256: SHA_A },
    ];
    expect(judgePrior(row, { isGone: false, places })).toBe("counts");
  });

  it.each([
    ["under another name", { folder: "Summer", name: "other.png", sha256: SHA_A }],
    ["in another folder", { folder: "Winter", name: "sun.png", sha256: SHA_A }],
    ["with other bytes", { ...HERE, sha256: SHA_B }],
  ])("says that a graphic is replaced which was only ever %s", (_how, place) => {
    expect(judgePrior(row, { isGone: false, places: [place] })).toBe("replaced");
  });
});
