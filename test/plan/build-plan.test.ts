import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildPlan, describeActions } from "../../src/plan/build-plan.ts";
import { isSent } from "../../src/plan/decide-action.ts";
import { addressKey } from "../../src/plan/recorded.ts";
import { aGraphic, anUnknown, aPrior, aWant, SHA_A, SHA_B } from "./samples.ts";

const EMPTY = { graphics: [], past: [], unknowns: [] };

describe("buildPlan", () => {
  it("shows a rename as one replace, not as a create and an orphan", () => {
    const old = aGraphic({ folder: "Summer", name: "old.png" });
    const plan = buildPlan(
      [aWant({ folder: "Summer", name: "new.png" })],
      { graphics: [old], past: [], unknowns: [] },
      "hold",
    );
    expect(describeActions(plan)).toMatchObject([
      { action: "replace", reason: "renamed", graphicId: old.graphicId },
    ]);
  });

  it("gives each leftover to one row only, the likeliest", () => {
    const left = aGraphic({ folder: "F", name: "a.png", path: "p/a.png" });
    const stranger = aWant({ folder: "F", name: "b.png" }, SHA_A, { path: "p/b.png" });
    const likely = aWant({ folder: "F", name: "c.png" }, SHA_A, { path: "p/a.png" });
    const plan = buildPlan(
      [stranger, likely],
      { graphics: [left], past: [], unknowns: [] },
      "hold",
    );
    expect(describeActions(plan).map(({ action }) => action)).toEqual(["create", "replace"]);
  });

  it("leaves another manifest's graphics alone: neither orphan nor former", () => {
    const theirs = aGraphic({ folder: "F", name: "a.png", ownedByManifest: false });
    const plan = buildPlan(
      [aWant({ folder: "F", name: "b.png" })],
      { graphics: [theirs], past: [], unknowns: [] },
      "hold",
    );
    expect(describeActions(plan).map(({ action }) => action)).toEqual(["create"]);
  });

  it("follows an id in the row itself across manifests", () => {
    const theirs = aGraphic({ folder: "F", name: "a.png", ownedByManifest: false });
    const prior = aPrior({ graphicId: theirs.graphicId });
    const renamed = aWant({ folder: "F", name: "b.png" }, SHA_A, { prior });
    const plan = buildPlan([renamed], { graphics: [theirs], past: [], unknowns: [] }, "hold");
    expect(describeActions(plan)).toMatchObject([{ action: "replace", reason: "renamed" }]);
  });

  it("does not adopt an id that the ledger holds at another wanted address", () => {
    const taken = aGraphic({ folder: "F", name: "a.png" });
    const prior = aPrior({ graphicId: taken.graphicId });
    const rows = [
      aWant({ folder: "F", name: "a.png" }),
      aWant({ folder: "F", name: "copy.png" }, SHA_A, { prior }),
    ];
    const plan = buildPlan(rows, { graphics: [taken], past: [], unknowns: [] }, "hold");
    expect(describeActions(plan).map(({ action }) => action)).toEqual(["unchanged", "create"]);
  });

  it("says of a graphic whose id a file has just given that it is adopted, and of no other", () => {
    const [given, known] = ["a.png", "b.png"].map((name) => aGraphic({ folder: "F", name }));
    const graphics = [given, known].flatMap((one) => one ?? []);
    const rows = graphics.map((one) => aWant(one));
    const recorded = { graphics, past: [], unknowns: [] };
    const taken = new Set([given?.graphicId ?? ""]);
    const plan = buildPlan(rows, recorded, "hold", { taken });
    expect(describeActions(plan)).toMatchObject([
      { action: "unchanged", reason: "adopted", graphicId: given?.graphicId },
      { action: "unchanged", reason: "same-bytes", graphicId: known?.graphicId },
    ]);
    expect(plan.uploads).toEqual([]);
  });

  it("sends a picture that changed after its id was given, and shows an id whose row is gone", () => {
    const [given, gone] = ["a.png", "b.png"].map((name) => aGraphic({ folder: "F", name }));
    const graphics = [given, gone].flatMap((one) => one ?? []);
    const taken = new Set(graphics.map(({ graphicId }) => graphicId));
    const rows = [aWant({ folder: "F", name: "a.png" }, SHA_B)];
    const plan = buildPlan(rows, { graphics, past: [], unknowns: [] }, "hold", { taken });
    expect(describeActions(plan)).toMatchObject([
      { action: "replace", reason: "bytes-changed", graphicId: given?.graphicId },
      { action: "orphan", graphicId: gone?.graphicId },
    ]);
  });

  it("does not believe an id in the row by itself: what counts is what is recorded", () => {
    const row = aWant({ folder: "F", name: "a.png" }, SHA_A, { prior: aPrior() });
    expect(describeActions(buildPlan([row], EMPTY, "hold"))).toMatchObject([
      { action: "create", reason: "new" },
    ]);
  });

  it("tells the upload which graphic it replaces", () => {
    const old = aGraphic({ folder: "Spring", name: "a.png" });
    const plan = buildPlan(
      [aWant({ folder: "Summer", name: "a.png" })],
      { graphics: [old], past: [], unknowns: [] },
      "hold",
    );
    expect(plan.uploads[0]?.decision.replaces).toBe(old);
  });
});

describe("an upload without an answer whose row is gone", () => {
  const gone = anUnknown({ folder: "F", name: "old.png", path: "p/old.png" });

  it("is shown as such, after the rows and the orphans, and is never sent", () => {
    const orphan = aGraphic({ folder: "F", name: "old.png", sha256: SHA_B });
    for (const policy of ["hold", "retry"] as const) {
      const plan = buildPlan([], { graphics: [orphan], past: [], unknowns: [gone] }, policy);
      const { error: _, ownedByManifest: __, run: ___, ...sent } = gone;
      expect(describeActions(plan).slice(1)).toEqual([
        {
          action: "unknown",
          reason: "held-not-in-manifest",
          line: null,
          ...sent,
          graphicId: null,
        },
      ]);
      expect(describeActions(plan)[0]).toMatchObject({
        action: "orphan",
        graphicId: orphan.graphicId,
      });
      expect(plan.uploads).toEqual([]);
    }
  });

  it("is marked at new rows with the same bytes, and at no others", () => {
    const rows = [
      aWant({ folder: "F", name: "new.png" }),
      aWant({ folder: "F", name: "other.png" }, SHA_B),
      aWant({ folder: "F", name: "known.png" }),
    ];
    const graphics = [aGraphic({ folder: "F", name: "known.png" })];
    const plan = buildPlan(rows, { graphics, past: [], unknowns: [gone] }, "hold");
    expect(describeActions(plan).map(({ reason }) => reason)).toEqual([
      "possible-duplicate",
      "new",
      "same-bytes",
      "held-not-in-manifest",
    ]);
    expect(plan.uploads.map(({ row }) => row.name)).toEqual(["new.png", "other.png"]);
  });

  it("belongs to the manifest that sent it", () => {
    const theirs = { ...gone, ownedByManifest: false };
    const rows = [aWant({ folder: "F", name: "new.png" })];
    const plan = buildPlan(rows, { graphics: [], past: [], unknowns: [theirs] }, "hold");
    expect(describeActions(plan).map(({ reason }) => reason)).toEqual(["new"]);
  });

  it("is no shard's, but marks a shard's new row; another shard's row is not gone", () => {
    const rows = [aWant({ folder: "F", name: "new.png" })];
    const recorded = { graphics: [], past: [], unknowns: [gone] };
    const shard = (others: { folder: string; name: string }[]) =>
      describeActions(buildPlan(rows, recorded, "hold", { share: false, others }));
    expect(shard([])).toMatchObject([{ reason: "possible-duplicate" }]);
    expect(shard([gone])).toMatchObject([{ reason: "new" }]);
  });
});

const place = fc.record({
  folder: fc.constantFrom("F", "G", "H"),
  name: fc.constantFrom("a.png", "b.png", "c.png", "d.png"),
});
const sha = fc.constantFrom(SHA_A, SHA_B, "c".repeat(64));
const places = fc.uniqueArray(place, { selector: addressKey, maxLength: 12 });

/** Some rows carry an id that nobody heard of, and bytes that fit it or do not. */
function anyRow(one: { folder: string; name: string }) {
  const carried = fc.option(sha, { nil: undefined });
  return fc.record({ own: sha, carried }).map(({ own, carried }) => {
    const graphicId = `IM_${one.folder}${one.name}`;
    if (carried === undefined) return aWant(one, own);
    return aWant(one, own, { prior: aPrior({ graphicId, sha256: carried }) });
  });
}

describe("for any manifest and any ledger", () => {
  const situation = fc.record({
    rows: places.chain((all) => fc.tuple(...all.map(anyRow))),
    graphics: places.chain((all) =>
      fc.tuple(
        ...all.map((one) =>
          fc
            .record({ sha256: sha, ownedByManifest: fc.boolean() })
            .map((more) => aGraphic({ ...one, ...more })),
        ),
      ),
    ),
    unknowns: places.map((all) => all.map((one) => anUnknown(one))),
    policy: fc.constantFrom("hold" as const, "retry" as const),
  });

  it("covers each row once, in order, and each own graphic at most once", () => {
    fc.assert(
      fc.property(situation, ({ rows, graphics, unknowns, policy }) => {
        const plan = buildPlan(rows, { graphics, past: [], unknowns }, policy);
        const lines = describeActions(plan).flatMap(({ line }) => (line === null ? [] : [line]));
        expect(lines).toEqual(rows.map(({ row }) => row.line));
        const ids = describeActions(plan).flatMap(({ graphicId }) => graphicId ?? []);
        expect(new Set(ids).size).toBe(ids.length);
        const own = graphics.filter(({ ownedByManifest }) => ownedByManifest);
        for (const { graphicId } of own) expect(ids).toContain(graphicId);
      }),
    );
  });

  it("sends exactly the actions that say so, and nothing unanswered while holding", () => {
    fc.assert(
      fc.property(situation, ({ rows, graphics, unknowns, policy }) => {
        const plan = buildPlan(rows, { graphics, past: [], unknowns }, policy);
        const sent = describeActions(plan)
          .filter(isSent)
          .map(({ line }) => line);
        expect(plan.uploads.map(({ row }) => row.line)).toEqual(sent);
        const open = new Set(unknowns.map(addressKey));
        const risky = plan.uploads.filter((upload) => open.has(addressKey(upload.row)));
        if (policy === "hold") expect(risky).toEqual([]);
      }),
    );
  });

  it("has nothing to send once what it wanted is recorded", () => {
    fc.assert(
      fc.property(situation, ({ rows }) => {
        const graphics = rows.map(({ row, image }) =>
          aGraphic({ folder: row.folder, name: row.name, sha256: image.sha256 }),
        );
        const again = buildPlan(rows, { graphics, past: [], unknowns: [] }, "hold");
        expect(describeActions(again).every(({ action }) => action === "unchanged")).toBe(true);
      }),
    );
  });
});
