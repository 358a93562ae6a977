import { describe, expect, it } from "vitest";
import { openWithFault, type Play, statuses } from "../../support/faulty-place.ts";

describe("an upload without an answer", () => {
  const LOST: Play = { kind: "reset", at: "after-store" };

  it("is unknown: exit 5, the id cell empty, the others done", async () => {
    const place = await openWithFault(LOST);
    const { code, stdout, stderr } = await place.qgfx("apply", "m.csv", "--yes");
    expect(code).toBe(5);
    expect(stdout).toContain("2 uploaded, 0 unchanged, 1 unknown");
    expect(stderr).toContain("--unknown retry");
    expect(statuses(place)).toEqual(["uploaded", "unknown", "uploaded"]);
    expect(place.read("m.results.csv")).toMatch(/^B\.png,B,F,unknown,,,UR_\w+,[0-9a-f]{64},,.+$/m);
  });

  it("is never sent again by itself", async () => {
    const place = await openWithFault(LOST);
    await place.qgfx("apply", "m.csv", "--yes");
    const { stdout } = await place.qgfx("plan", "m.csv", "--json");
    expect(JSON.parse(stdout).summary).toMatchObject({ unchanged: 2, unknown: 1, create: 0 });
    const { code } = await place.qgfx("apply", "m.csv", "--yes");
    expect(code).toBe(5);
    expect(await place.held()).toHaveLength(3);
    expect(statuses(place)).toEqual(["uploaded", "unknown", "uploaded"]);
  });

  it("is sent again with --unknown retry, and then has an id", async () => {
    const place = await openWithFault(LOST);
    await place.qgfx("apply", "m.csv", "--yes");
    const { code, stdout } = await place.qgfx("apply", "m.csv", "--yes", "--unknown", "retry");
    expect(code).toBe(0);
    expect(stdout).toContain("1 uploaded, 2 unchanged");
    expect((await place.held()).filter(({ name }) => name === "B")).toHaveLength(2);
    expect(await place.qgfx("apply", "m.csv", "--yes")).toMatchObject({ code: 0 });
  });

  it.each<[string, Play]>([
    ["a 500", { kind: "answer", status: 500, code: "GEN_1", message: "try again" }],
    ["an answer cut short", { kind: "reset", at: "half-answer" }],
    ["an answer that is no JSON", { kind: "garbage" }],
    ["an answer without an id", { kind: "id", id: "missing" }],
    ["an odd id", { kind: "id", id: "odd" }],
    ["a reset half-way through the body", { kind: "reset", at: "after-body" }],
  ])("is what %s leaves", async (_what, play) => {
    const place = await openWithFault(play);
    expect(await place.qgfx("apply", "m.csv", "--yes")).toMatchObject({ code: 5 });
    expect(statuses(place)).toEqual(["uploaded", "unknown", "uploaded"]);
  });
});
