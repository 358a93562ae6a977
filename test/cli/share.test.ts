import { describe, expect, it } from "vitest";
import type { FaultScript } from "../../src/sandbox/fault-script.ts";
import { png } from "../support/pictures.ts";
import { openWorkplace, type Workplace } from "../support/workplace.ts";

type Faults = NonNullable<FaultScript["faults"]>;

function sheet(...rows: string[]): string {
  return ["path,name,folder", ...rows, ""].join("\n");
}

/** A and B with the same bytes, C with others. */
async function openWith(rows: string[], faults: Faults = []): Promise<Workplace> {
  const place = await openWorkplace({ script: { version: 1, faults } });
  for (const [index, name] of ["same", "same-too", "other"].entries()) {
    place.write(`${name}.png`, png(index === 2 ? 2 : 1));
  }
  place.write("m.csv", sheet(...rows));
  return place;
}

const A = "same.png,A,F";
const B = "same-too.png,B,G";
const C = "other.png,C,F";

/** The results as status and id of each row. */
function results(place: Workplace): string[][] {
  const lines = place.read("m.results.csv").trimEnd().split("\n").slice(1);
  return lines.map((line) => line.split(",").slice(3, 5));
}

async function planned(place: Workplace, ...args: string[]) {
  const { stdout } = await place.qgfx("plan", "m.csv", "--json", ...args);
  return JSON.parse(stdout);
}

describe("--share", () => {
  it("uploads the same bytes once and gives both rows the id; the plan says so first", async () => {
    const place = await openWith([A, B, C]);
    const plan = await place.qgfx("plan", "m.csv", "--share");
    expect(plan.stdout).toContain("takes the id of another row with the same bytes");
    expect(plan.stdout).toContain("3 to create; 2 requests");
    const { code, stdout } = await place.qgfx("apply", "m.csv", "--yes", "--share");
    expect(code).toBe(0);
    expect(stdout).toContain("3 uploaded, 0 unchanged");
    const held = await place.held();
    expect(held.map(({ name }) => name).sort()).toEqual(["A", "C"]);
    const id = held.find(({ name }) => name === "A")?.id;
    expect(results(place).slice(0, 2)).toEqual([
      ["uploaded", id],
      ["uploaded", id],
    ]);
    expect((await planned(place)).summary).toMatchObject({ unchanged: 3, create: 0 });
  });

  it("names the rows in a note, and uploads each where it is not given", async () => {
    const place = await openWith([A, B]);
    const { stderr } = await place.qgfx("apply", "m.csv", "--yes");
    expect(stderr).toContain("lines 2 and 3 use the same image");
    expect(stderr).toContain("give --share");
    expect(await place.held()).toHaveLength(2);
  });

  it("gives a new row the id that another row has already, and sends nothing", async () => {
    const place = await openWith([A]);
    await place.qgfx("apply", "m.csv", "--yes");
    place.write("m.csv", sheet(A, B));
    const { stdout } = await place.qgfx("apply", "m.csv", "--yes", "--share", "--json");
    const events = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(events.filter(({ event }) => event === "item.started")).toEqual([]);
    expect(await place.held()).toHaveLength(1);
    const [a, b] = results(place);
    expect(b).toEqual(a);
  });

  it("sends a picture that two rows share once when it changes, and lists what it replaced", async () => {
    const place = await openWith([A, "same.png,B,G"]);
    await place.qgfx("apply", "m.csv", "--yes", "--share");
    const [[, old] = []] = results(place);
    place.write("same.png", png(9));
    expect((await planned(place, "--share")).actions).toMatchObject([
      { action: "replace", reason: "bytes-changed", graphicId: old },
      { action: "replace", reason: "shared", graphicId: old },
    ]);
    const { stderr } = await place.qgfx("apply", "m.csv", "--yes", "--share");
    const [[, now] = [], [, alsoNow] = []] = results(place);
    expect(alsoNow).toBe(now);
    expect(stderr).toContain("2 graphics replaced");
    expect(stderr).toContain(`  F/A ${old} → ${now}`);
    expect(stderr).toContain(`  G/B ${old} → ${now}`);
    expect(await place.held()).toHaveLength(2);
    expect((await planned(place)).summary).toMatchObject({ unchanged: 2 });
  });

  it("leaves both rows without an id where the upload fails, and says why", async () => {
    const place = await openWith(
      [A, B],
      [{ name: "A", times: 1, play: { kind: "answer", status: 400, message: "no" } }],
    );
    expect(await place.qgfx("apply", "m.csv", "--yes", "--share")).toMatchObject({ code: 3 });
    expect(results(place).map(([status]) => status)).toEqual(["failed", "not-run"]);
    expect(place.read("m.results.csv")).toContain("shares the upload of line 2: no");
    expect(await place.qgfx("apply", "m.csv", "--yes", "--share")).toMatchObject({ code: 0 });
    expect(await place.held()).toHaveLength(1);
  });

  it("never sends the second row because the first got no answer", async () => {
    const place = await openWith(
      [A, B],
      [{ name: "A", times: 1, play: { kind: "reset", at: "after-store" } }],
    );
    expect(await place.qgfx("apply", "m.csv", "--yes", "--share")).toMatchObject({ code: 5 });
    expect(results(place).map(([status]) => status)).toEqual(["unknown", "not-run"]);
    expect(await place.held()).toHaveLength(1);
  });
});

describe("a shared graphic", () => {
  it("stays in the library as long as one row has it: prune only lets go", async () => {
    const place = await openWith([A, B]);
    await place.qgfx("apply", "m.csv", "--yes", "--share");
    place.write("m.csv", sheet(A));
    const pruned = await place.qgfx("prune", "m.csv", "--yes");
    expect(pruned.stdout).toBe("0 deleted, 1 let go\n");
    expect(await place.held()).toHaveLength(1);
    expect((await planned(place)).summary).toMatchObject({ unchanged: 1, orphan: 0 });
    place.write("m.csv", sheet(C));
    expect((await place.qgfx("prune", "m.csv", "--yes")).stdout).toBe("1 deleted\n");
    expect(await place.held()).toEqual([]);
  });

  it("stays the one of a row that is renamed or moved: nothing is replaced", async () => {
    const place = await openWith([A, B]);
    await place.qgfx("apply", "m.csv", "--yes", "--share");
    const [[, id] = []] = results(place);
    place.write("m.csv", sheet("same.png,D,H", B));
    const plan = await planned(place, "--share");
    expect(plan.summary).toMatchObject({ create: 0, replace: 0, unchanged: 2, orphan: 0 });
    expect(plan.actions[0]).toMatchObject({ action: "unchanged", reason: "shared", graphicId: id });
    const { code, stderr } = await place.qgfx("apply", "m.csv", "--yes", "--share");
    expect(code).toBe(0);
    expect(stderr).not.toContain("keep the old image");
    expect(stderr).not.toContain("replaced");
    expect(results(place)).toEqual([
      ["uploaded", id],
      ["uploaded", id],
    ]);
    expect((await planned(place)).summary).toMatchObject({ unchanged: 2, orphan: 0 });
    const pruned = await place.qgfx("prune", "m.csv", "--yes", "--replaced");
    expect(pruned.stdout).toBe("nothing to delete\n");
    expect(await place.held()).toHaveLength(1);
  });

  it("is let go of under the former name of a row that was renamed, not under the new one", async () => {
    const place = await openWith([A, B]);
    await place.qgfx("apply", "m.csv", "--yes", "--share");
    place.write("m.csv", sheet("same.png,D,H", B));
    await place.qgfx("apply", "m.csv", "--yes", "--share");
    place.write("m.csv", sheet("same.png,D,H"));
    expect((await place.qgfx("prune", "m.csv", "--yes")).stdout).toBe("0 deleted, 1 let go\n");
    expect((await planned(place)).summary).toMatchObject({ unchanged: 1, orphan: 0 });
    place.write("m.csv", sheet(C));
    expect((await place.qgfx("prune", "m.csv", "--yes")).stdout).toBe("1 deleted\n");
    expect(await place.held()).toEqual([]);
  });

  it("is deleted once by undo, and neither row has it any more", async () => {
    const place = await openWith([A, B]);
    await place.qgfx("apply", "m.csv", "--yes", "--share");
    const { stdout, stderr } = await place.qgfx("undo", "m.csv", "--yes");
    expect(stdout).toBe("1 deleted\n");
    expect(stderr).toContain("G/B loses it too");
    expect(results(place).map(([status]) => status)).toEqual(["not-run", "not-run"]);
    expect((await planned(place)).summary).toMatchObject({ create: 2 });
  });

  it("is let go, not deleted, by undoing the run that only shared it", async () => {
    const place = await openWith([A]);
    await place.qgfx("apply", "m.csv", "--yes");
    place.write("m.csv", sheet(A, B));
    await place.qgfx("apply", "m.csv", "--yes", "--share");
    expect((await place.qgfx("undo", "m.csv", "--yes")).stdout).toBe("0 deleted, 1 let go\n");
    expect(await place.held()).toHaveLength(1);
    expect((await planned(place)).summary).toMatchObject({ unchanged: 1, create: 1 });
  });
});
