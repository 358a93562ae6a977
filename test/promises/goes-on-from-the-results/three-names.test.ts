import { existsSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { FaultScript } from "../../../src/sandbox/fault-script.ts";
import { png } from "../../support/pictures.ts";
import { workbook } from "../../support/workbook.ts";
import { openWorkplace, type Workplace } from "../../support/workplace.ts";

const HEADER = "path,name,folder,note";
const ROWS = ["a.png,A,F,first", "b.png,B,F,second", "c.png,C,F,third"];

/** B is refused once, then taken. */
const REFUSED_ONCE: FaultScript = {
  version: 1,
  faults: [
    { name: "B", times: 1, play: { kind: "answer", status: 400, code: "E_1", message: "no good" } },
  ],
};

function sheet(rows = ROWS): string {
  return `${[HEADER, ...rows].join("\n")}\n`;
}

async function openSheet(script?: FaultScript): Promise<Workplace> {
  const place = await openWorkplace(script ? { script } : {});
  for (const [index, name] of ["a.png", "b.png", "c.png"].entries()) place.write(name, png(index));
  place.write("m.csv", sheet());
  return place;
}

const has = (place: Workplace, name: string) => existsSync(join(place.dir, name));

async function summary(place: Workplace, ...args: string[]) {
  const { stdout } = await place.qgfx("plan", ...args, "--json");
  return JSON.parse(stdout).summary;
}

function statuses(place: Workplace, file = "m.results.csv"): (string | undefined)[] {
  return place
    .read(file)
    .trimEnd()
    .split("\n")
    .slice(1)
    .map((line) => line.split(",")[4]);
}

describe("a retry sheet that is applied", () => {
  it("leaves the results whole and true, and goes away", async () => {
    const place = await openSheet(REFUSED_ONCE);
    expect(await place.qgfx("apply", "m.csv", "--yes")).toMatchObject({ code: 3 });
    expect(statuses(place)).toEqual(["uploaded", "failed", "uploaded"]);
    const { code, stdout } = await place.qgfx("apply", "m.retry.csv", "--yes");
    expect({ code, stdout }).toMatchObject({ code: 0 });
    expect(statuses(place)).toEqual(["uploaded", "uploaded", "uploaded"]);
    expect(place.read("m.results.csv")).toContain("b.png,B,F,second,uploaded,IM_");
    for (const name of ["m.retry.csv", "m.retry.results.csv", "m.retry.retry.csv"]) {
      expect(has(place, name)).toBe(false);
    }
    expect(await summary(place, "m.csv")).toMatchObject({ unchanged: 3, orphan: 0 });
    expect(await place.held()).toHaveLength(3);
  });

  it("does so without its manifest, from the results", async () => {
    const place = await openSheet(REFUSED_ONCE);
    await place.qgfx("apply", "m.csv", "--yes");
    rmSync(join(place.dir, "m.csv"));
    rmSync(join(place.dir, ".qgfx"), { recursive: true });
    expect(await place.qgfx("apply", "m.retry.csv", "--yes")).toMatchObject({ code: 0 });
    expect(statuses(place)).toEqual(["uploaded", "uploaded", "uploaded"]);
    expect(has(place, "m.retry.csv")).toBe(false);
    expect(await place.held()).toHaveLength(3);
  });

  it("is a workbook where the manifest is one", async () => {
    const place = await openSheet(REFUSED_ONCE);
    const rows = [HEADER, ...ROWS].map((line) => line.split(","));
    place.write("w.xlsx", workbook([{ name: "Pictures", rows }]));
    expect(await place.qgfx("apply", "w.xlsx", "--yes")).toMatchObject({ code: 3 });
    expect(has(place, "w.retry.xlsx")).toBe(true);
    expect(await place.qgfx("apply", "w.retry.xlsx", "--yes")).toMatchObject({ code: 0 });
    expect(has(place, "w.retry.xlsx")).toBe(false);
    expect(await summary(place, "w.results.xlsx")).toMatchObject({ unchanged: 3, orphan: 0 });
    expect(await place.held()).toHaveLength(3);
  });

  it("counts for the whole manifest: its rows that are not in the sheet are no orphans", async () => {
    const place = await openSheet(REFUSED_ONCE);
    await place.qgfx("apply", "m.csv", "--yes");
    expect(await summary(place, "m.retry.csv")).toMatchObject({ create: 1, orphan: 0 });
    await place.qgfx("prune", "m.retry.csv", "--yes");
    expect(await place.held()).toHaveLength(2);
  });
});

describe("results that are applied as a manifest", () => {
  it("are written back to themselves, with rows added and edited in them", async () => {
    const place = await openSheet();
    await place.qgfx("apply", "m.csv", "--yes");
    place.write("d.png", png(6));
    const edited = place.read("m.results.csv").replace("b.png,B,F,second", "b.png,Bee,F,edited");
    place.write("m.results.csv", `${edited}d.png,D,F,new,,,,,,,\n`);
    expect(await summary(place, "m.results.csv")).toMatchObject({
      create: 1,
      replace: 1,
      unchanged: 2,
    });
    expect(await place.qgfx("apply", "m.results.csv", "--yes")).toMatchObject({ code: 0 });
    expect(statuses(place)).toEqual(["uploaded", "uploaded", "uploaded", "uploaded"]);
    expect(place.read("m.results.csv")).toContain("b.png,Bee,F,edited,uploaded,IM_");
    expect(has(place, "m.results.results.csv")).toBe(false);
    expect(await summary(place, "m.results.csv")).toMatchObject({ unchanged: 4, orphan: 0 });
    expect(await place.held()).toHaveLength(5);
  });

  it("belong to their manifest: a row that is gone there is its orphan", async () => {
    const place = await openSheet();
    await place.qgfx("apply", "m.csv", "--yes");
    await place.qgfx("apply", "m.results.csv", "--yes");
    place.write("m.csv", sheet(ROWS.slice(0, 2)));
    expect(await summary(place, "m.csv")).toMatchObject({ unchanged: 2, orphan: 1 });
  });
});

describe("a sheet that is saved under a new name", () => {
  async function openCopied(): Promise<Workplace> {
    const place = await openSheet();
    renameSync(join(place.dir, "m.csv"), join(place.dir, "study-v1.csv"));
    await place.qgfx("apply", "study-v1.csv", "--yes");
    place.write("study-v2.csv", place.read("study-v1.results.csv"));
    return place;
  }

  it("shares its pictures with the old one, and plan says so", async () => {
    const place = await openCopied();
    const { stdout, stderr } = await place.qgfx("plan", "study-v2.csv", "--json");
    expect(JSON.parse(stdout).summary).toMatchObject({ unchanged: 3, create: 0 });
    expect(stderr).toContain("study-v1.csv");
  });

  it("has renamed and changed rows as such, and the old sheet keeps its pictures", async () => {
    const place = await openCopied();
    place.write("study-v2.csv", place.read("study-v2.csv").replace("b.png,B,F", "b.png,Bee,F"));
    const { stdout } = await place.qgfx("plan", "study-v2.csv", "--json");
    const plan = JSON.parse(stdout);
    expect(plan.summary).toMatchObject({ unchanged: 2, replace: 1, create: 0, orphan: 0 });
    expect(plan.actions[1]).toMatchObject({ action: "replace", reason: "renamed" });
    await place.qgfx("apply", "study-v2.csv", "--yes");
    expect(await summary(place, "study-v1.csv")).toMatchObject({
      unchanged: 3,
      create: 0,
      orphan: 0,
    });
    expect(await place.held()).toHaveLength(4);
  });

  it("and is applied first where the ledger is lost: the old sheet still has its pictures", async () => {
    const place = await openCopied();
    place.write("study-v2.csv", place.read("study-v2.csv").replace("b.png,B,F", "b.png,Bee,F"));
    rmSync(join(place.dir, ".qgfx"), { recursive: true });
    await place.qgfx("apply", "study-v2.csv", "--yes");
    expect(await summary(place, "study-v1.csv")).toMatchObject({ unchanged: 3, create: 0 });
    await place.qgfx("apply", "study-v1.csv", "--yes");
    const names = (await place.held()).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const sheet of ["study-v1.csv", "study-v2.csv"]) {
      place.write(sheet, `${place.read(sheet).split("\n").slice(0, 2).join("\n")}\n`);
      await place.qgfx("prune", sheet, "--yes");
      if (sheet === "study-v1.csv") expect(await place.held()).toHaveLength(names.length);
    }
  });

  it.each([
    ["the old", "study-v1.csv", "study-v2.csv"],
    ["the new", "study-v2.csv", "study-v1.csv"],
  ])("prune of %s deletes nothing that the other still uses", async (_, one, other) => {
    const place = await openCopied();
    await place.qgfx("apply", "study-v2.csv", "--yes");
    place.write(one, `${place.read(one).split("\n").slice(0, 2).join("\n")}\n`);
    for (const args of [[], ["--replaced"]]) await place.qgfx("prune", one, "--yes", ...args);
    expect(await place.held()).toHaveLength(3);
    expect(await summary(place, other)).toMatchObject({ unchanged: 3, create: 0 });
  });
});

describe("two manifests of one stem", () => {
  const YAML = "version: 1\ngraphics:\n  - {path: c.png, name: See, folder: G}\n";

  it.each(["m.yaml", "m.tsv"])(
    "m.csv beside %s: neither touches the other's results or retry sheet",
    async (other) => {
      const place = await openSheet(REFUSED_ONCE);
      place.write(other, other === "m.yaml" ? YAML : "path\tname\tfolder\nc.png\tSee\tG\n");
      await place.qgfx("apply", "m.csv", "--yes");
      const before = [place.read("m.results.csv"), place.read("m.retry.csv")];
      const { code, stderr } = await place.qgfx("apply", other, "--yes");
      expect(code).toBe(2);
      expect(stderr).toContain("m.results.csv holds the results of m.csv");
      expect(stderr).toContain("--results");
      expect(
        await place.qgfx("apply", other, "--yes", "--results", "other.results.csv"),
      ).toMatchObject({ code: 0 });
      expect([place.read("m.results.csv"), place.read("m.retry.csv")]).toEqual(before);
      expect(place.read("other.results.csv")).toMatch(/c\.png[,\t]See/);
      expect(await place.qgfx("apply", "m.csv", "--yes")).toMatchObject({ code: 0 });
    },
  );

  it("are told apart by their rows where the ledger is lost", async () => {
    const place = await openSheet();
    await place.qgfx("apply", "m.csv", "--yes");
    rmSync(join(place.dir, ".qgfx"), { recursive: true });
    place.write("m.yaml", YAML);
    const before = place.read("m.results.csv");
    expect(await place.qgfx("apply", "m.yaml", "--yes")).toMatchObject({ code: 2 });
    expect(place.read("m.results.csv")).toBe(before);
  });

  it("and so are the sheets of a workbook", async () => {
    const place = await openSheet();
    const sheets = [
      {
        name: "One",
        rows: [
          ["path", "name", "folder"],
          ["a.png", "A", "F"],
        ],
      },
      {
        name: "Two",
        rows: [
          ["path", "name", "folder"],
          ["a.png", "Again", "T"],
        ],
      },
    ];
    place.write("w.xlsx", workbook(sheets));
    for (const [first, second] of [
      [[], ["--sheet", "Two"]],
      [["--sheet", "Two"], []],
    ] as const) {
      await place.qgfx("apply", "w.xlsx", "--yes", ...first);
      const [held, before] = [await place.held(), place.read("w.results.xlsx")];
      rmSync(join(place.dir, ".qgfx"), { recursive: true });
      const { code, stderr } = await place.qgfx("apply", "w.xlsx", "--yes", ...second);
      expect({ code, stderr }).toMatchObject({ code: 2 });
      expect(stderr).toContain("RESULTS_OF_ANOTHER_MANIFEST");
      expect(await place.held()).toEqual(held);
      expect(place.read("w.results.xlsx")).toBe(before);
      expect(await place.qgfx("apply", "w.xlsx", "--yes", ...first)).toMatchObject({ code: 0 });
      expect(await place.held()).toEqual(held);
      rmSync(join(place.dir, "w.results.xlsx"));
      rmSync(join(place.dir, ".qgfx"), { recursive: true });
    }
  });
});
