import { describe, expect, it } from "vitest";
import type { FaultScript } from "../../src/sandbox/fault-script.ts";
import { statuses } from "../support/faulty-place.ts";
import { openListener } from "../support/listener.ts";
import { png } from "../support/pictures.ts";
import { openWorkplace, type Workplace } from "../support/workplace.ts";

type Faults = NonNullable<FaultScript["faults"]>;

/** Six pictures A to F. */
async function openSix(...faults: Faults): Promise<Workplace> {
  const place = await openWorkplace({ script: { version: 1, faults } });
  const rows = [..."ABCDEF"].map((name, index) => {
    place.write(`${name}.png`, png(index));
    return `${name}.png,${name},Six`;
  });
  place.write("m.csv", ["path,name,folder", ...rows, ""].join("\n"));
  return place;
}

describe("apply --canary", () => {
  it("goes on once the first rows are found to be the same in the library", async () => {
    const place = await openSix();
    const { code, stdout, stderr } = await place.qgfx("apply", "m.csv", "--yes", "--canary", "2");
    expect(code).toBe(0);
    expect(stderr).toContain("canary: 2 fetched back, the same bytes");
    expect(stdout).toContain("6 uploaded");
    expect(await place.held()).toHaveLength(6);
  });

  it.each([
    ["re-encode", /Six\/B came back as \d+ bytes of image\/png, 1 × 1; sent were/],
    ["other", /Six\/B came back as \d+ bytes of image\/gif, 2 × 3; sent were/],
  ] as const)("stops where the library has them otherwise (%s)", async (how, message) => {
    const place = await openSix({ name: "B", play: { kind: "alter", how } });
    const { code, stderr } = await place.qgfx("apply", "m.csv", "--yes", "--canary", "2");
    expect(code).toBe(3);
    expect(stderr).toContain("stopped: the canary failed");
    expect(stderr).toMatch(message);
    expect(await place.held()).toHaveLength(2);
    const notRun = Array(4).fill("not-run");
    expect(statuses(place)).toEqual(["uploaded", "uploaded", ...notRun]);
  });

  it("exits 3 also where the canary was every row", async () => {
    const place = await openSix({ name: "B", play: { kind: "alter", how: "other" } });
    const { code } = await place.qgfx("apply", "m.csv", "--yes", "--canary", "50");
    expect(code).toBe(3);
    expect(await place.held()).toHaveLength(6);
  });

  it("stops where a row of the canary failed", async () => {
    const place = await openSix({ name: "A", play: { kind: "answer", status: 400 } });
    const { code, stderr } = await place.qgfx("apply", "m.csv", "--yes", "--canary", "2");
    expect(code).toBe(3);
    expect(stderr).toContain("the canary failed: Six/A is failed");
    expect(await place.held()).toHaveLength(1);
  });

  it("tells every row's end on the event stream, the rows it kept back too", async () => {
    const place = await openSix({ name: "A", play: { kind: "alter", how: "other" } });
    const { stdout } = await place.qgfx("apply", "m.csv", "--yes", "--json", "--canary", "1");
    const events = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    const ended = events.filter(({ event }) => event === "item.finished");
    expect(ended.map(({ name }) => name).sort()).toEqual([..."ABCDEF"]);
    expect(ended.filter(({ status }) => status === "not-run")).toHaveLength(5);
    expect(events.at(-1)).toMatchObject({ event: "run.finished", exitCode: 3 });
  });
});

describe("apply --max-failures", () => {
  const REFUSED = { kind: "answer", status: 400 } as const;

  it("stops the run at that many failed rows", async () => {
    const place = await openSix({ upload: [1, 2, 3, 4, 5, 6], play: REFUSED });
    const args = ["apply", "m.csv", "--yes", "--concurrency", "1", "--max-failures", "2"];
    const { code, stderr } = await place.qgfx(...args);
    expect(code).toBe(3);
    expect(stderr).toContain("stopped: 2 rows failed, and --max-failures allows no more");
    expect(statuses(place)).toEqual(["failed", "failed", ...Array(4).fill("not-run")]);
  });

  it("goes on below it", async () => {
    const place = await openSix({ upload: 1, play: REFUSED });
    const { code, stdout } = await place.qgfx("apply", "m.csv", "--yes", "--max-failures", "2");
    expect(code).toBe(3);
    expect(stdout).toContain("5 uploaded, 0 unchanged, 1 failed");
  });
});

describe("the sample that every apply looks at", () => {
  it("stops a run whose first pictures are others in the library", async () => {
    const alter = { kind: "alter", how: "other" } as const;
    const place = await openSix({ name: "B", play: alter }, ...slowly());
    const { code, stderr } = await place.qgfx("apply", "m.csv", "--yes", "--concurrency", "1");
    expect(code).toBe(3);
    expect(stderr).toContain(
      "stopped: the library does not hold what was sent: Six/B has the id IM_",
    );
    expect(statuses(place)).toContain("not-run");
    expect((await place.held()).length).toBeLessThan(6);
  });

  it("looks at the last ones, too", async () => {
    const place = await openSix({ name: "F", play: { kind: "alter", how: "other" } });
    const { code, stderr } = await place.qgfx("apply", "m.csv", "--yes", "--concurrency", "1");
    expect(code).toBe(3);
    expect(stderr).toContain("Six/F has the id IM_");
    expect(place.read("m.results.csv").match(/,uploaded,/g)).toHaveLength(6);
  });

  it("takes a picture that is only written anew for the same", async () => {
    const place = await openSix({ name: "A", play: { kind: "alter", how: "re-encode" } });
    expect(await place.qgfx("apply", "m.csv", "--yes")).toMatchObject({ code: 0 });
  });

  it("is not missed where the service lets nobody see pictures, and can be left out", async () => {
    const stranger = await openListener();
    const place = await openSix({ name: "A", play: { kind: "alter", how: "other" } });
    const hidden = await place.qgfx("apply", "m.csv", "--yes", "--host", stranger.url);
    expect(hidden.stderr).not.toContain("does not hold");
    const unseen = await place.qgfx("apply", "m.csv", "--yes", "--sample", "0");
    expect(unseen.code).toBe(0);
  });
});

/** Slow enough for a look at the first ones before the last is sent. */
function slowly(): Faults {
  return [..."DEF"].map((name) => ({ name, play: { kind: "delay", delayMs: 400 } }) as const);
}
