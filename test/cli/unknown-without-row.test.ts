import { describe, expect, it } from "vitest";
import { planDocumentSchema } from "../../src/plan/plan-document.ts";
import { png } from "../support/pictures.ts";
import { openWorkplace, type Workplace } from "../support/workplace.ts";

const HEADER = "path,name,folder\n";
const U = "u.png,U,F\n";
const U2 = "u.png,U2,F\n";
const K = "k.png,K,F\n";

/** K is uploaded; U landed without an answer. */
async function openUnanswered(): Promise<Workplace> {
  const place = await openWorkplace({
    script: {
      version: 1,
      faults: [{ name: "U", times: 1, play: { kind: "reset", at: "after-store" } }],
    },
  });
  place.write("u.png", png(1));
  place.write("k.png", png(2));
  place.write("m.csv", HEADER + U + K);
  expect(await place.qgfx("apply", "m.csv", "--yes")).toMatchObject({ code: 5 });
  return place;
}

async function planned(place: Workplace, ...args: string[]) {
  const { stdout } = await place.qgfx("plan", "m.csv", "--json", ...args);
  return planDocumentSchema.parse(JSON.parse(stdout));
}

const SHOWN = {
  action: "unknown",
  reason: "held-not-in-manifest",
  line: null,
  path: "u.png",
  name: "U",
  folder: "F",
  graphicId: null,
};

describe("an upload without an answer whose row was removed", () => {
  it("is shown by the plan, and sent by no apply", async () => {
    const place = await openUnanswered();
    place.write("m.csv", HEADER + K);
    const { summary, actions } = await planned(place);
    expect(summary).toMatchObject({ unchanged: 1, unknown: 1, create: 0, bytes: 0 });
    expect(actions[1]).toMatchObject(SHOWN);
    const shown = await place.qgfx("plan", "m.csv", "--detailed-exitcode");
    expect(shown).toMatchObject({ code: 0 });
    expect(shown.stdout).toContain("? U  (");
    expect(shown.stdout).toContain("1 unchanged, 1 unknown; nothing to upload");
    for (const args of [[], ["--unknown", "retry"]]) {
      const applied = await place.qgfx("apply", "m.csv", "--yes", ...args);
      expect(applied).toMatchObject({ code: 0 });
      expect(applied.stderr).toContain("? U  (");
    }
    expect(await place.held()).toHaveLength(2);
    expect((await planned(place, "--unknown", "retry")).actions[1]).toMatchObject(SHOWN);
  });

  it("is its own manifest's alone", async () => {
    const place = await openUnanswered();
    place.write("other.csv", HEADER + K);
    const { stdout } = await place.qgfx("plan", "other.csv", "--json");
    expect(JSON.parse(stdout).summary).toMatchObject({ unchanged: 1, unknown: 0 });
  });

  it("is its row's again, once that is back", async () => {
    const place = await openUnanswered();
    place.write("m.csv", HEADER + K);
    await place.qgfx("apply", "m.csv", "--yes");
    place.write("m.csv", HEADER + U + K);
    const { actions } = await planned(place);
    expect(actions).toMatchObject([{ line: 2, reason: "held" }, { action: "unchanged" }]);
  });

  it("is on the pages of plan and apply", async () => {
    const place = await openUnanswered();
    place.write("m.csv", HEADER + K);
    await place.qgfx("plan", "m.csv", "--html", "plan.html");
    await place.qgfx("apply", "m.csv", "--yes", "--html", "run.html");
    for (const page of ["plan.html", "run.html"]) {
      expect(place.read(page)).toContain('data-state="unknown" data-action="unknown"');
      expect(place.read(page)).toContain("an upload of a row that is no longer in the manifest");
    }
  });

  it("is in a saved plan, which holds as long as it does, beside an orphan of the same address", async () => {
    const place = await openWorkplace({
      script: { version: 1, faults: [{ upload: 3, play: { kind: "reset", at: "after-store" } }] },
    });
    place.write("u.png", png(1));
    place.write("k.png", png(2));
    place.write("m.csv", HEADER + U + K);
    await place.qgfx("apply", "m.csv", "--yes");
    place.write("u.png", png(3));
    expect(await place.qgfx("apply", "m.csv", "--yes")).toMatchObject({ code: 5 });
    place.write("m.csv", HEADER + K);
    await place.qgfx("plan", "m.csv", "--out", "m.plan");
    const { summary } = planDocumentSchema.parse(JSON.parse(place.read("m.plan")));
    expect(summary).toMatchObject({ unchanged: 1, orphan: 1, unknown: 1 });
    expect(await place.qgfx("apply", "m.plan", "--yes")).toMatchObject({ code: 0 });
  });
});

describe("an upload without an answer whose row was renamed", () => {
  it("is said of the new row, which is uploaded", async () => {
    const place = await openUnanswered();
    place.write("m.csv", HEADER + U2 + K);
    const { summary, actions } = await planned(place);
    expect(summary).toMatchObject({ create: 1, unchanged: 1, unknown: 1 });
    expect(actions[0]).toMatchObject({ action: "create", reason: "possible-duplicate" });
    expect(actions[2]).toMatchObject(SHOWN);
    const { code, stderr } = await place.qgfx("apply", "m.csv", "--yes");
    expect(code).toBe(0);
    expect(stderr).toContain("+ U2  (");
    expect(stderr).toContain("an upload of the same bytes under another name or folder");
    expect((await planned(place)).summary).toMatchObject({ unchanged: 2, unknown: 1 });
    expect((await place.held()).map(({ name }) => name).sort()).toEqual(["K", "U", "U2"]);
  });
});
