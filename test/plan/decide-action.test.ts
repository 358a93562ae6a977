import { describe, expect, it } from "vitest";
import { decideAction, type Have } from "../../src/plan/decide-action.ts";
import { aGraphic, aWant, SHA_A, SHA_B } from "./samples.ts";

const NOTHING: Have = {
  graphic: undefined,
  unknown: false,
  unknownElsewhere: false,
  former: undefined,
  adoptable: undefined,
  lost: undefined,
};
const want = aWant({ folder: "Summer", name: "sun.png" }, SHA_A);
const same = aGraphic({ folder: "Summer", name: "sun.png", sha256: SHA_A });
const other = aGraphic({ folder: "Summer", name: "sun.png", sha256: SHA_B });
const prior = { graphicId: "IM_fromResults1", sha256: SHA_A, url: "", uploadedAt: "" };

describe("decideAction, line by line of its table", () => {
  it("keeps a graphic whose bytes are the same, whatever else is known", () => {
    const have = { ...NOTHING, graphic: same, unknown: true, former: other, adoptable: prior };
    expect(decideAction(want, have, "hold")).toMatchObject({
      action: "unchanged",
      reason: "same-bytes",
      graphicId: same.graphicId,
    });
  });

  it.each([
    ["hold", "held"],
    ["retry", "will-retry"],
  ] as const)("never decides over an unanswered upload: %s", (policy, reason) => {
    expect(decideAction(want, { ...NOTHING, unknown: true }, policy)).toMatchObject({
      action: "unknown",
      reason,
      graphicId: null,
    });
  });

  it("keeps the old id in sight when a replacement got no answer", () => {
    const decision = decideAction(want, { ...NOTHING, graphic: other, unknown: true }, "retry");
    expect(decision.graphicId).toBe(other.graphicId);
    expect(decision.replaces?.graphicId).toBe(other.graphicId);
  });

  it("replaces a graphic whose bytes changed", () => {
    const decision = decideAction(want, { ...NOTHING, graphic: other }, "hold");
    expect(decision).toMatchObject({ action: "replace", reason: "bytes-changed" });
    expect(decision.replaces).toEqual({
      folder: "Summer",
      name: "sun.png",
      graphicId: other.graphicId,
    });
  });

  it("adopts an id whose bytes still fit, and only then", () => {
    expect(decideAction(want, { ...NOTHING, adoptable: prior }, "hold")).toMatchObject({
      action: "unchanged",
      reason: "adopted",
      graphicId: prior.graphicId,
    });
    const stale = { ...prior, sha256: SHA_B };
    expect(decideAction(want, { ...NOTHING, adoptable: stale }, "hold").action).toBe("create");
  });

  it.each([
    ["renamed", { folder: "Summer", name: "old.png", sha256: SHA_A }],
    ["moved", { folder: "Spring", name: "sun.png", sha256: SHA_A }],
    ["moved-and-renamed", { folder: "Spring", name: "old.png", sha256: SHA_A }],
    ["bytes-and-address-changed", { folder: "Spring", name: "old.png", sha256: SHA_B }],
  ])("says %s of a former graphic", (reason, place) => {
    const former = aGraphic(place);
    const decision = decideAction(want, { ...NOTHING, former }, "hold");
    expect(decision).toMatchObject({ action: "replace", reason, graphicId: former.graphicId });
  });

  it.each(["hold", "retry"] as const)(
    "takes the row's own id for the answer that was missing (%s)",
    (policy) => {
      const have = { ...NOTHING, unknown: true, adoptable: prior };
      const { graphicId } = prior;
      const adopted = { action: "unchanged", reason: "adopted", graphicId };
      expect(decideAction(want, have, policy)).toMatchObject(adopted);
      const changed = { ...have, adoptable: { ...prior, sha256: SHA_B } };
      expect(decideAction(want, changed, policy)).toMatchObject({ action: "unknown" });
    },
  );

  it.each([
    ["deleted", "id-deleted"],
    ["replaced", "id-replaced"],
  ] as const)("creates anew where the row's own id is %s", (lost, reason) => {
    const decision = decideAction(want, { ...NOTHING, lost }, "hold");
    expect(decision).toMatchObject({ action: "create", reason, graphicId: null });
  });

  it("creates what went unanswered under another address, and says so; whatever else fits counts first", () => {
    const have = { ...NOTHING, unknownElsewhere: true };
    for (const lost of [undefined, "deleted"] as const) {
      expect(decideAction(want, { ...have, lost }, "retry")).toMatchObject({
        action: "create",
        reason: "possible-duplicate",
        graphicId: null,
      });
    }
    const known = [{ unknown: true }, { graphic: same }, { former: other }, { adoptable: prior }];
    const reasons = known.map((more) => decideAction(want, { ...have, ...more }, "hold").reason);
    expect(reasons).not.toContain("possible-duplicate");
  });

  it("creates what is new", () => {
    expect(decideAction(want, NOTHING, "hold")).toEqual({
      action: "create",
      reason: "new",
      graphicId: null,
      replaces: undefined,
    });
  });
});
