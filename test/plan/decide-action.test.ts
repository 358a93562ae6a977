import { describe, expect, it } from "vitest";
import { decideAction, type Have } from "../../src/plan/decide-action.ts";
import { aGraphic, aWant, SHA_A, SHA_B } from "./samples.ts";

const NOTHING: Have = {
  graphic: undefined,
  unknown: false,
  unknownElsewhere: false,
  former: undefined,
  lost: undefined,
  isTaken: false,
};
const want = aWant({ folder: "Summer", name: "sun.png" }, SHA_A);
const same = aGraphic({ folder: "Summer", name: "sun.png", sha256: SHA_A });
const other = aGraphic({ folder: "Summer", name: "sun.png", sha256: SHA_B });

describe("decideAction, line by line of its table", () => {
  it("keeps a graphic whose bytes are the same, whatever else is known", () => {
    const have = { ...NOTHING, graphic: same, unknown: true, former: other };
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

  it.each(["hold", "retry"] as const)(
    "asks again for an unanswered upload that may be repeated, whatever becomes of others (%s)",
    (policy) => {
      const repeats = { key: "k", since: "2026-11-29T12:00:00.000Z" };
      const have = { ...NOTHING, unknown: true, repeats };
      const plain = { action: "create", reason: "will-repeat", graphicId: null };
      expect(decideAction(want, have, policy)).toMatchObject(plain);
      const replaced = decideAction(want, { ...have, graphic: other }, policy);
      expect(replaced).toMatchObject({ action: "replace", reason: "will-repeat" });
      expect(replaced.replaces?.graphicId).toBe(other.graphicId);
      expect(decideAction(want, { ...have, graphic: same }, policy).action).toBe("unchanged");
    },
  );

  it("keeps the old id in sight when a replacement got no answer", () => {
    const decision = decideAction(want, { ...NOTHING, graphic: other, unknown: true }, "retry");
    expect(decision.graphicId).toBe(other.graphicId);
    expect(decision.replaces?.graphicId).toBe(other.graphicId);
  });

  it("replaces a graphic whose bytes changed", () => {
    const decision = decideAction(want, { ...NOTHING, graphic: other }, "hold");
    expect(decision).toMatchObject({ action: "replace", reason: "bytes-changed" });
    expect(decision.replaces).toBe(other);
  });

  it("says that a graphic is adopted whose id a file has just given, unanswered or not", () => {
    const have = { ...NOTHING, graphic: same, isTaken: true };
    for (const unknown of [false, true]) {
      for (const policy of ["hold", "retry"] as const) {
        expect(decideAction(want, { ...have, unknown }, policy)).toMatchObject({
          action: "unchanged",
          reason: "adopted",
          graphicId: same.graphicId,
        });
      }
    }
  });

  it("decides of an id that a file has just given as of any other where the bytes differ", () => {
    const have = { ...NOTHING, graphic: other, isTaken: true };
    const replaced = { action: "replace", reason: "bytes-changed", graphicId: other.graphicId };
    expect(decideAction(want, have, "hold")).toMatchObject(replaced);
    expect(decideAction(want, { ...have, unknown: true }, "hold")).toMatchObject({
      action: "unknown",
      reason: "held",
      graphicId: other.graphicId,
    });
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
    const known = [{ unknown: true }, { graphic: same }, { former: other }];
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
