import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { FaultScript } from "../../src/sandbox/fault-script.ts";
import { png } from "../support/pictures.ts";
import { openWorkplace, type Workplace } from "../support/workplace.ts";

type Play = NonNullable<FaultScript["faults"]>[number]["play"];

/** Three pictures; the sandbox plays one fault on the second, each time it comes up to `times`. */
async function openWithFault(play: Play, times = 1): Promise<Workplace> {
  const place = await openWorkplace({
    script: { version: 1, faults: [{ name: "B", times, play }] },
  });
  const rows = ["A", "B", "C"].map((name, index) => {
    place.write(`${name}.png`, png(index));
    return `${name}.png,${name},F`;
  });
  place.write("m.csv", ["path,name,folder", ...rows, ""].join("\n"));
  return place;
}

function statuses(place: Workplace): string[] {
  const lines = place.read("m.results.csv").trimEnd().split("\n").slice(1);
  return lines.map((line) => line.split(",")[3] ?? "");
}

describe("an upload without an answer", () => {
  const LOST: Play = { kind: "reset", at: "after-store" };

  it("is unknown: exit 5, the id cell empty, the others done", async () => {
    const place = await openWithFault(LOST);
    const { code, stdout, stderr } = await place.qgfx("apply", "m.csv", "--yes");
    expect(code).toBe(5);
    expect(stdout).toContain("2 uploaded, 0 unchanged, 1 unknown");
    expect(stderr).toContain("--unknown retry");
    expect(statuses(place)).toEqual(["uploaded", "unknown", "uploaded"]);
    expect(place.read("m.results.csv")).toMatch(/^B\.png,B,F,unknown,,,,,.+$/m);
  });

  it("is never sent again by itself", async () => {
    const place = await openWithFault(LOST);
    await place.qgfx("apply", "m.csv", "--yes");
    const { stdout } = await place.qgfx("plan", "m.csv", "--json");
    expect(JSON.parse(stdout).summary).toMatchObject({ unchanged: 2, unknown: 1, create: 0 });
    const { code } = await place.qgfx("apply", "m.csv", "--yes");
    expect(code).toBe(5);
    expect(await place.held()).toHaveLength(3);
    expect(statuses(place)).toEqual(["unchanged", "unknown", "unchanged"]);
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

describe("an upload without an answer whose retry failed", () => {
  /** Two pictures; the first upload of A lands without an answer, the second is refused. */
  async function openRefusedRetry(): Promise<Workplace> {
    const faults: NonNullable<FaultScript["faults"]> = [
      { name: "A", times: 1, play: { kind: "reset", at: "after-store" } },
      { name: "A", times: 1, play: { kind: "answer", status: 400, code: "E_1", message: "no" } },
    ];
    const place = await openWorkplace({ script: { version: 1, faults } });
    place.write("A.png", png(1));
    place.write("B.png", png(2));
    place.write("m.csv", "path,name,folder\nA.png,A,F\nB.png,B,F\n");
    expect(await place.qgfx("apply", "m.csv", "--yes")).toMatchObject({ code: 5 });
    return place;
  }

  const retried = (place: Workplace) =>
    place.qgfx("apply", "m.csv", "--yes", "--unknown", "retry", "--json");

  it("stays unknown, in the events and in the results, and says what became of the retry", async () => {
    const place = await openRefusedRetry();
    const { code, stdout } = await retried(place);
    expect(code).toBe(5);
    const events = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    const ended = events.find(({ event, line }) => event === "item.finished" && line === 2);
    expect(ended).toMatchObject({ status: "unknown" });
    expect(ended.error).toMatch(/^HTTP 400 E_1: no.*; an earlier upload got no answer$/);
    expect(events.at(-1).summary).toMatchObject({ unchanged: 1, unknown: 1, failed: 0 });
    const results = place.read("m.results.csv");
    expect(results).toContain(`A.png,A,F,unknown,,,,,${ended.error}`);
    expect(existsSync(join(place.dir, "m.retry.csv"))).toBe(false);
    await place.qgfx("results", "m.csv");
    expect(place.read("m.results.csv")).toBe(results);
  });

  it("counts as failed for --max-failures", async () => {
    const place = await openRefusedRetry();
    const args = ["apply", "m.csv", "--yes", "--unknown", "retry", "--max-failures", "1"];
    expect((await place.qgfx(...args)).stderr).toContain("1 row failed");
  });

  it("can be settled as absent: it is what its retry was, and is sent by the next apply", async () => {
    const place = await openRefusedRetry();
    await retried(place);
    const listed = await place.qgfx("resolve", "m.csv");
    expect(listed).toMatchObject({ code: 5 });
    expect(listed.stdout).toContain("? line 2, F/A: connection reset");
    expect(await place.qgfx("resolve", "m.csv", "--absent", "2")).toMatchObject({ code: 0 });
    expect(place.read("m.results.csv")).toContain("A.png,A,F,failed,,,,,HTTP 400 E_1");
    expect((await place.qgfx("apply", "m.csv", "--yes")).stdout).toContain("1 uploaded");
  });

  it("can be settled under its id: the row is unchanged from then on", async () => {
    const place = await openRefusedRetry();
    await retried(place);
    const landed = (await place.held()).find(({ name }) => name === "A");
    const { code } = await place.qgfx("resolve", "m.csv", "--landed", `2=${landed?.id}`);
    expect(code).toBe(0);
    expect(place.read("m.results.csv")).toContain(`A.png,A,F,unchanged,${landed?.id},`);
    expect(await place.qgfx("apply", "m.csv", "--yes")).toMatchObject({ code: 0 });
  });

  it("fails anew, once it is settled and a later replacement is refused", async () => {
    const place = await openRefusedRetry();
    const landed = (await place.held()).find(({ name }) => name === "A");
    await place.qgfx("resolve", "m.csv", "--landed", `2=${landed?.id}`);
    place.write("A.png", png(3));
    expect(await place.qgfx("apply", "m.csv", "--yes")).toMatchObject({ code: 3 });
    expect(place.read("m.results.csv")).toContain(`A.png,A,F,failed,${landed?.id},`);
  });
});

describe("an upload the service refuses", () => {
  it("fails alone, and its reason is in the results: status, code, message, request id", async () => {
    const play: Play = { kind: "answer", status: 400, code: "MFDP_3", message: "no good, really" };
    const place = await openWithFault(play);
    const { code } = await place.qgfx("apply", "m.csv", "--yes");
    expect(code).toBe(3);
    expect(statuses(place)).toEqual(["uploaded", "failed", "uploaded"]);
    expect(place.read("m.results.csv")).toMatch(/MFDP_3.*no good, really.*[0-9a-f-]{36}/);
  });

  it("is tried again by the next run", async () => {
    const place = await openWithFault({ kind: "answer", status: 400 });
    await place.qgfx("apply", "m.csv", "--yes");
    const { code, stdout } = await place.qgfx("apply", "m.csv", "--yes");
    expect(code).toBe(0);
    expect(stdout).toContain("1 uploaded, 2 unchanged");
    expect(await place.held()).toHaveLength(3);
  });

  it("is tried again at once where the service says wait", async () => {
    const retryAfter = { seconds: 0 };
    const place = await openWithFault({ kind: "answer", status: 429, retryAfter }, 2);
    const { code, stderr } = await place.qgfx("apply", "m.csv", "--yes");
    expect(code).toBe(0);
    expect(stderr).toContain("retrying F/B");
    expect(await place.held()).toHaveLength(3);
  });
});

it("passes the service's hint about a nearer host on", async () => {
  const notice =
    "Request proxied. For faster response times, use this host instead: fra1.qualtrics.com";
  const place = await openWithFault({ kind: "answer", status: 200, store: true, notice });
  const { code, stderr } = await place.qgfx("apply", "m.csv", "--yes");
  expect(code).toBe(0);
  expect(stderr).toContain("give --host fra1.qualtrics.com");
});

it("stops when nobody listens, with every row not-run and nothing lost", async () => {
  const place = await openWithFault({ kind: "stall" });
  await place.sandbox.close();
  const { code, stderr } = await place.qgfx("apply", "m.csv", "--yes");
  expect(code).toBe(3);
  expect(stderr).toContain("stopped:");
  expect(statuses(place)).toEqual(["not-run", "not-run", "not-run"]);
});
