import { describe, expect, it } from "vitest";
import { planDocumentSchema } from "../../../src/plan/plan-document.ts";
import { resolutionSchema } from "../../../src/report/resolution.ts";
import { png } from "../../support/pictures.ts";
import { openWorkplace, type Workplace } from "../../support/workplace.ts";

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
    expect(shown).toMatchObject({ code: 6 });
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
    await place.qgfx("resolve", "m.csv", "--absent", "F/U");
    const stale = await place.qgfx("apply", "m.plan", "--yes");
    expect(stale).toMatchObject({ code: 2 });
    expect(stale.stderr).toContain("F/U is gone (was unknown)");
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

describe("resolve, of an upload whose row is gone", () => {
  async function openRenamed(): Promise<Workplace> {
    const place = await openUnanswered();
    place.write("m.csv", HEADER + U2 + K);
    return place;
  }

  async function heldId(place: Workplace): Promise<string> {
    const found = (await place.held()).find(({ name }) => name === "U");
    return found?.id ?? "";
  }

  it("lists it by its folder and name", async () => {
    const place = await openRenamed();
    const { code, stdout } = await place.qgfx("resolve", "m.csv");
    expect(code).toBe(5);
    expect(stdout).toContain("? F/U: connection reset");
    expect(stdout).toContain("1 upload got no answer; look in the library");
    expect(stdout).toContain("FOLDER/NAME");
    const { stdout: json } = await place.qgfx("resolve", "m.csv", "--json");
    const unknown = [{ line: null, folder: "F", name: "U" }];
    expect(resolutionSchema.parse(JSON.parse(json))).toEqual({ version: 1, settled: [], unknown });
  });

  it("takes the id it was found under: a renamed row comes from it", async () => {
    const place = await openRenamed();
    const id = await heldId(place);
    const { code, stdout } = await place.qgfx("resolve", "m.csv", "--landed", `F/U=${id}`);
    expect(code).toBe(0);
    expect(stdout).toBe(`F/U: ${id}\nno unknown uploads left\n`);
    expect((await planned(place)).actions[0]).toMatchObject({
      action: "replace",
      reason: "renamed",
      graphicId: id,
    });
  });

  it("makes it an orphan where the row was removed, which prune deletes", async () => {
    const place = await openUnanswered();
    place.write("m.csv", HEADER + K);
    const id = await heldId(place);
    await place.qgfx("resolve", "m.csv", "--landed", `F/U=${id}`);
    expect((await planned(place)).summary).toMatchObject({ orphan: 1, unknown: 0 });
    expect((await place.qgfx("prune", "m.csv", "--yes")).stdout).toBe("1 deleted\n");
    expect((await place.held()).map(({ name }) => name)).toEqual(["K"]);
  });

  it.each(["F/U", "all"])("forgets it as absent: %s", async (text) => {
    const place = await openRenamed();
    const { code, stdout } = await place.qgfx("resolve", "m.csv", "--absent", text);
    expect(code).toBe(0);
    expect(stdout).toBe("F/U: absent\nno unknown uploads left\n");
    const { summary, actions } = await planned(place);
    expect(summary).toMatchObject({ create: 1, unknown: 0 });
    expect(actions[0]).toMatchObject({ reason: "new" });
  });

  it("leaves it to the manifest that sent it", async () => {
    const place = await openRenamed();
    place.write("other.csv", HEADER + K);
    await place.qgfx("apply", "other.csv", "--yes");
    const { code, stdout } = await place.qgfx("resolve", "other.csv");
    expect([code, stdout]).toEqual([0, "no unknown uploads left\n"]);
  });

  it.each([
    [["--absent", "F/X"], "'F/X' holds no unknown upload, these do: F/U"],
    [["--absent", "F/U", "--landed", "F/U=IM_abcdefghijk"], "F/U is named twice"],
    [["--landed", "F/U"], "IM_ with 11 to 15 letters or digits"],
  ])("refuses %j", async (args, message) => {
    const place = await openRenamed();
    const { code, stderr } = await place.qgfx("resolve", "m.csv", ...args);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});

it("resolve lists what the plan holds, also where the row has another graphic", async () => {
  const place = await openUnanswered();
  const [other] = (await place.held()).filter(({ name }) => name === "K");
  // What is adopted has other bytes than what got no answer.
  place.write("u.png", png(8));
  place.write("ids.json", JSON.stringify({ U: other?.id }));
  await place.qgfx("adopt", "m.csv", "--from", "ids.json", "--force", "--yes");
  place.write("u.png", png(9));
  expect((await planned(place)).actions[0]).toMatchObject({ line: 2, reason: "held" });
  expect((await place.qgfx("resolve", "m.csv")).stdout).toContain("? line 2, F/U: connection");
});

describe("an id that answers an upload without an answer", () => {
  /** A sheet whose row carries the id under which the upload landed. */
  async function carrying(place: Workplace): Promise<{ id: string; sheet: string }> {
    const landed = (await place.held()).find(({ name }) => name === "U");
    const id = landed?.id ?? "";
    return { id, sheet: `path,name,folder,graphicId,sha256\nu.png,U,F,${id},${landed?.sha256}\n` };
  }

  it.each([
    ["apply", (_id: string) => ["apply", "r.csv", "--yes", "--unknown", "retry"]],
    ["adopt", (_id: string) => ["adopt", "m.csv", "--from", "r.csv", "--yes"]],
  ])("is taken over by %s, settles it, and sends nothing again", async (_what, command) => {
    const place = await openUnanswered();
    const { id, sheet } = await carrying(place);
    place.write("r.csv", sheet);
    expect(await place.qgfx(...command(id))).toMatchObject({ code: 0 });
    expect(await place.held()).toHaveLength(2);
    const { summary, actions } = await planned(place);
    expect(summary).toMatchObject({ unchanged: 2, unknown: 0 });
    expect(actions[0]).toMatchObject({ name: "U", graphicId: id });
    const resolved = await place.qgfx("resolve", "m.csv");
    expect(resolved).toMatchObject({ code: 0, stdout: "no unknown uploads left\n" });
    place.write("u.png", png(9));
    expect((await planned(place)).actions[0]).toMatchObject({ action: "replace", graphicId: id });
  });
});
