import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { png } from "../support/pictures.ts";
import { runCli } from "../support/run-cli.ts";
import { edit, expectRefused, openPlanned, SHEET } from "../support/saved-plan.ts";
import { openWorkplace, type Workplace } from "../support/workplace.ts";

/** Applies the plan, which must be refused for these reasons with nothing sent. */
async function expectStale(place: Workplace, ...reasons: string[]): Promise<void> {
  const before = await place.held();
  const { code, stderr } = await place.qgfx("apply", "m.plan", "--yes");
  expect(code).toBe(2);
  expect(stderr).toContain("PLAN_STALE");
  for (const reason of reasons) expect(stderr).toContain(reason);
  expect(await place.held()).toEqual(before);
}

describe("a saved plan", () => {
  it("is applied in place of its manifest, whatever it is called", async () => {
    const place = await openPlanned();
    const { code, stdout } = await place.qgfx("apply", "m.plan", "--yes");
    expect(code).toBe(0);
    expect(stdout).toContain("2 uploaded");
    expect(await place.held()).toHaveLength(2);
    expect(place.read("m.results.csv")).toContain("a.png,A,Summer,uploaded,IM_");
  });

  it("asks before it sends, as any apply", async () => {
    const place = await openPlanned();
    expect(await place.qgfx("apply", "m.plan")).toMatchObject({ code: 4 });
    expect(await place.held()).toEqual([]);
  });

  it("goes to its own library, whatever the environment says by then", async () => {
    const place = await openPlanned();
    const env = { ...place.env, QUALTRICS_LIBRARY_ID: "UR_AnotherLib0001" };
    const { code } = await runCli(place.dir, ["apply", "m.plan", "--yes"], env);
    expect(code).toBe(0);
    const libraries = (await place.held()).map(({ libraryId }) => libraryId);
    expect(new Set(libraries)).toEqual(new Set([place.sandbox.library]));
  });

  it("keeps the options it was made with", async () => {
    const place = await openPlanned();
    place.write("bare.csv", "path\na.png\n");
    await place.qgfx("plan", "bare.csv", "--folder", "Later", "--out", "bare.plan", "--sandbox");
    const { code } = await runCli(place.dir, ["apply", "bare.plan", "--yes"]);
    expect(code).toBe(0);
    expect(place.read("bare.sandbox.results.csv")).toContain("uploaded");
    const rerun = await runCli(place.dir, ["plan", "bare.csv", "--sandbox", "--folder", "Later"]);
    expect(rerun.stdout).toContain("1 unchanged");
  });

  it("moves with its manifest, and is found from another folder", async () => {
    const place = await openPlanned();
    mkdirSync(join(place.dir, "elsewhere"));
    for (const name of ["a.png", "b.png", "m.csv", "m.plan"]) {
      renameSync(join(place.dir, name), join(place.dir, "elsewhere", name));
    }
    const { code } = await place.qgfx("apply", "elsewhere/m.plan", "--yes");
    expect(code).toBe(0);
    expect(place.read("elsewhere/m.results.csv")).toContain("uploaded");
  });

  it("refuses options it has settled", async () => {
    const place = await openPlanned();
    const { code, stderr } = await place.qgfx("apply", "m.plan", "--yes", "--folder", "Other");
    expect(code).toBe(2);
    expect(stderr).toContain("--folder is fixed by the saved plan");
  });
});

describe("a plan that is out of date is refused with what changed:", () => {
  it("a picture's bytes", async () => {
    const place = await openPlanned();
    place.write("b.png", png(3));
    await expectStale(place, "line 3, Summer/B: the bytes of b.png changed");
  });

  it("a row that came and a row that went", async () => {
    const place = await openPlanned();
    place.write("m.csv", "path,name,folder\na.png,A,Summer\na.png,C,Summer\n");
    await expectStale(
      place,
      "the manifest's bytes changed",
      "line 3, Summer/C is new (create)",
      "line 3, Summer/B is gone (was create)",
    );
  });

  it("a row inserted above the others is one change, not many", async () => {
    const place = await openPlanned();
    place.write("m.csv", SHEET.replace("a.png,A", "a.png,New,Summer\na.png,A"));
    await expectStale(place, "line 2, Summer/New is new", "2 changes");
  });

  it("a column of the user's own", async () => {
    const place = await openPlanned();
    place.write("m.csv", SHEET.replaceAll("Summer", "Summer,note").replace("folder", "folder,x"));
    await expectStale(place, "the manifest's bytes changed", "1 change since");
  });

  it("what the ledger holds", async () => {
    const place = await openPlanned();
    await place.qgfx("apply", "m.csv", "--yes");
    await expectStale(place, "was create (new), is unchanged (same-bytes");
  });

  it("an action somebody edited in the plan", async () => {
    const place = await openPlanned();
    place.write("m.plan", place.read("m.plan").replace('"name": "A"', '"name": "Z"'));
    await expectStale(place, "line 2, Summer/A is new (create)", "Summer/Z is gone");
  });

  it("a picture that is not there any more", async () => {
    const place = await openPlanned();
    rmSync(join(place.dir, "a.png"));
    const { code, stderr } = await place.qgfx("apply", "m.plan", "--yes");
    expect(code).toBe(2);
    expect(stderr).toContain("FILE_NOT_FOUND");
    expect(stderr).toContain("is out of date");
  });

  it("but not another manifest's uploads to other addresses", async () => {
    const place = await openPlanned();
    place.write("other.csv", "path,name,folder\na.png,Other,Summer\n");
    await place.qgfx("apply", "other.csv", "--yes");
    expect(await place.qgfx("apply", "m.plan", "--yes")).toMatchObject({ code: 0 });
  });
});

/** Two pictures in `work`, a plan of them beside, and a folder that is none of its business. */
async function openBesideHome(...planArgs: string[]): Promise<Workplace> {
  const place = await openWorkplace();
  place.write("work/a.png", png(1));
  place.write("work/b.png", png(2));
  place.write("work/m.csv", SHEET);
  place.write("home/.bashrc", "mine\n");
  mkdirSync(join(place.dir, "out"));
  const args = ["plan", "work/m.csv", ...planArgs, "--out", "m.plan"];
  expect(await place.qgfx(...args)).toMatchObject({ code: 0 });
  return place;
}

describe("a saved plan alone does not reach out of its manifest's folder:", () => {
  it.each([
    ["results", "home/.bashrc"],
    ["ledger", "home/ledger.db"],
    ["root", "/"],
    ["root", "."],
    // Begins as the folder does, and is another.
    ["results", "work-too/m.results.csv"],
  ] as const)("not with the %s %s", async (name, path) => {
    const place = await openBesideHome();
    edit(place, { [name]: path });
    await expectRefused(place, [], "PLAN_OUTSIDE", `--${name}`, `'${resolve(place.dir, path)}'`);
    expect(place.read("home/.bashrc")).toBe("mine\n");
    expect(existsSync(join(place.dir, "home/ledger.db"))).toBe(false);
  });

  it("not through a link", async () => {
    const place = await openBesideHome();
    symlinkSync("../home", join(place.dir, "work/link"));
    edit(place, { results: "work/link/.bashrc" });
    await expectRefused(place, [], "PLAN_OUTSIDE", "--results");
    expect(place.read("home/.bashrc")).toBe("mine\n");
  });

  it("not where the command line names another place", async () => {
    const place = await openBesideHome();
    edit(place, { results: "home/.bashrc" });
    await expectRefused(place, ["--results", "home/m.csv"], "PLAN_OUTSIDE", "home/.bashrc");
    expect(place.read("home/.bashrc")).toBe("mine\n");
  });

  it("but where the command line names the same places", async () => {
    const given = ["--results", "out/r.csv", "--ledger", "out/l.db", "--root", "."];
    const place = await openBesideHome(...given);
    await expectRefused(place, [], "PLAN_OUTSIDE");
    await expectRefused(place, given.slice(0, 4), "PLAN_OUTSIDE", "--root");
    const run = await place.qgfx("apply", "m.plan", "--yes", ...given);
    expect(run.stderr).not.toContain("error");
    expect(run).toMatchObject({ code: 0 });
    expect(place.read("out/r.csv")).toContain("uploaded");
    expect(existsSync(join(place.dir, "out/l.db"))).toBe(true);
  });

  it("which plan says when it saves", async () => {
    const place = await openBesideHome();
    const given = ["--results", "out/r.csv", "--ledger", "work/l.db"];
    const { stderr } = await place.qgfx("plan", "work/m.csv", ...given, "--out", "m.plan");
    expect(stderr).toContain("`qgfx apply m.plan --results out/r.csv` does exactly this");
  });

  it("and the whole's place is given again for a shard's plan", async () => {
    const given = ["--results", "out/r.csv"];
    const place = await openBesideHome(...given, "--shard", "1/1");
    expect(await place.qgfx("apply", "m.plan", "--yes", ...given)).toMatchObject({ code: 0 });
    expect(place.read("out/r.shard-1-of-1.csv")).toContain("uploaded");
  });

  it("and places within the folder are the plan's own: named again or not, never others", async () => {
    const given = ["--results", "work/r.csv"];
    const place = await openBesideHome(...given);
    const other = ["--results", "work/other.csv"];
    await expectRefused(place, other, "--results is fixed by the saved plan m.plan");
    expect(await place.qgfx("apply", "m.plan", "--yes", ...given)).toMatchObject({ code: 0 });
    expect(place.read("work/r.csv")).toContain("uploaded");
  });
});

describe("qgfx show", () => {
  it("shows a plan, even one that is out of date", async () => {
    const place = await openPlanned();
    const { stdout: fresh } = await place.qgfx("plan", "m.csv");
    place.write("m.csv", "path\n");
    const { code, stdout, stderr } = await place.qgfx("show", "m.plan");
    expect(code).toBe(0);
    expect(stdout).toBe(fresh);
    expect(stderr).toMatch(/^saved \d{4}-\d\d-\d\dT\S+ by qgfx \d/);
  });

  it("prints with --json what was saved", async () => {
    const place = await openPlanned();
    const { stdout } = await place.qgfx("show", "m.plan", "--json");
    expect(JSON.parse(stdout)).toEqual(JSON.parse(place.read("m.plan")));
  });

  it.each([
    ["a manifest", "m.csv", SHEET, "NOT_A_PLAN"],
    ["half a plan", "half.plan", '{"version":1,"actions":[', "NOT_A_PLAN"],
    ["a plan of another shape", "odd.plan", '{"version":2,"actions":[]}', "PLAN_DAMAGED"],
  ])("refuses %s", async (_, file, content, expected) => {
    const place = await openPlanned();
    place.write(file, content);
    const { code, stderr } = await place.qgfx("show", file);
    expect(code).toBe(2);
    expect(stderr).toContain(expected);
  });
});

it("does not take the output of plan --json for a saved plan", async () => {
  const place = await openPlanned();
  const { stdout } = await place.qgfx("plan", "m.csv", "--json");
  place.write("printed.json", stdout);
  const { code, stderr } = await place.qgfx("apply", "printed.json", "--yes");
  expect(code).toBe(2);
  expect(stderr).toContain("PLAN_NOT_SAVED");
});

it("says how to plan anew for the sandbox, where the plan was for it", async () => {
  const place = await openPlanned();
  await place.qgfx("plan", "m.csv", "--sandbox", "--out", "s.plan");
  place.write("m.csv", SHEET.replace("path", "path "));
  const { code, stderr } = await place.qgfx("apply", "s.plan", "--yes");
  expect(code).toBe(2);
  expect(stderr).toContain("`qgfx plan m.csv --sandbox --out s.plan`");
});

it("never writes a plan over what it was made from", async () => {
  const place = await openPlanned();
  const { code, stderr } = await place.qgfx("plan", "m.csv", "--out", "m.csv");
  expect(code).toBe(2);
  expect(stderr).toContain("OUT_IS_INPUT");
  expect(place.read("m.csv")).toBe(SHEET);
});
