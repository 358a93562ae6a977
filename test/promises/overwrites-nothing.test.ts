import { copyFileSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { png } from "../support/pictures.ts";
import { openWorkplace, type Workplace } from "../support/workplace.ts";

const SHEET = "path,name,folder\na.png,A,F\n";

/** One picture, uploaded, and links to what must not be lost. */
async function openApplied(): Promise<Workplace> {
  const place = await openWorkplace();
  place.write("a.png", png(1));
  place.write("m.csv", SHEET);
  expect(await place.qgfx("apply", "m.csv", "--yes")).toMatchObject({ code: 0 });
  symlinkSync("m.csv", join(place.dir, "sheet.html"));
  symlinkSync(".qgfx/ledger.db", join(place.dir, "ledger.html"));
  symlinkSync("a.png", join(place.dir, "a.html"));
  copyFileSync(join(place.dir, ".qgfx/ledger.db"), join(place.dir, "other.db"));
  symlinkSync(".qgfx", join(place.dir, "elsewhere"));
  return place;
}

describe("no output replaces the manifest, the ledger or a picture, by whatever way it is named", () => {
  it.each([
    ["results", "--results", ".qgfx/ledger.db", "RESULTS_IS_LEDGER"],
    ["results", "--results", ".qgfx/ledger.db.lock", "RESULTS_IS_LEDGER"],
    ["results", "--results", "elsewhere/ledger.db-wal", "RESULTS_IS_LEDGER"],
    ["results", "--results", "elsewhere/ledger.db", "RESULTS_IS_LEDGER"],
    ["results", "--results", "ledger.html", "RESULTS_IS_LEDGER"],
    ["results", "--results", "sheet.html", "RESULTS_IS_MANIFEST"],
    ["apply", "--results", "ledger.html", "RESULTS_IS_LEDGER"],
    ["apply", "--results", "a.png", "RESULTS_IS_PICTURE"],
    ["plan", "--results", "elsewhere/../a.png", "RESULTS_IS_PICTURE"],
    ["plan", "--out", "sheet.html", "OUT_IS_INPUT"],
    ["plan", "--out", "elsewhere/ledger.db", "OUT_IS_INPUT"],
    ["plan", "--out", "a.png", "OUT_IS_INPUT"],
    ["plan", "--out", "other.db", "OUT_IS_INPUT"],
    ["results", "--results", "a.png", "RESULTS_IS_PICTURE"],
    ["undo", "--results", "a.png", "RESULTS_IS_PICTURE"],
    ["results", "--results", "other.db", "RESULTS_IS_LEDGER"],
    ["apply", "--html", "a.html", "HTML_FILE_NAME"],
    ["plan", "--html", "sheet.html", "HTML_FILE_NAME"],
    ["apply", "--html", "ledger.html", "HTML_FILE_NAME"],
  ])("%s %s %s", async (command, option, file, code) => {
    const place = await openApplied();
    place.write("m.csv", `${SHEET}a.png,B,F\n`);
    const yes = command === "apply" || command === "undo" ? ["--yes"] : [];
    const run = await place.qgfx(command, "m.csv", option, file, ...yes);
    expect(run).toMatchObject({ code: 2, stdout: "" });
    expect(run.stderr).toContain(code);
    expect(await place.held()).toHaveLength(1);
    const { stdout } = await place.qgfx("plan", "m.csv", "--json");
    expect(JSON.parse(stdout).summary).toMatchObject({ create: 1, unchanged: 1 });
  });

  it("the whole manifest's ledger, by a shard's plan", async () => {
    const place = await openApplied();
    const args = ["m.csv", "--shard", "1/2", "--out", ".qgfx/ledger.db"];
    const run = await place.qgfx("plan", ...args);
    expect(run).toMatchObject({ code: 2, stdout: "" });
    expect(run.stderr).toContain("OUT_IS_INPUT");
  });

  it("the manifest, by a link where failed rows go", async () => {
    const place = await openApplied();
    symlinkSync("m.csv", join(place.dir, "m.retry.csv"));
    place.write("m.csv", `${SHEET}a.png,B,F\n`);
    const run = await place.qgfx("apply", "m.csv", "--yes");
    expect(run).toMatchObject({ code: 2, stdout: "" });
    expect(run.stderr).toContain("RETRY_OVERWRITES");
    expect(await place.held()).toHaveLength(1);
  });

  it("results --format --out", async () => {
    const place = await openApplied();
    for (const out of ["sheet.html", "ledger.html", "a.png", "m.results.csv"]) {
      const run = await place.qgfx("results", "m.csv", "--format", "json", "--out", out);
      expect(run).toMatchObject({ code: 2, stdout: "" });
      expect(run.stderr).toContain("OUT_IS_INPUT");
    }
  });

  it("a ledger that --ledger and --results name alike", async () => {
    const place = await openApplied();
    const run = await place.qgfx(
      "apply",
      "m.csv",
      "--yes",
      "--ledger",
      "i.csv",
      "--results",
      "i.csv",
    );
    expect(run).toMatchObject({ code: 2 });
    expect(run.stderr).toContain("RESULTS_IS_LEDGER");
    expect(await place.held()).toHaveLength(1);
  });
});

describe("a place where no results can be written is refused before anything is sent", () => {
  it.each([
    ["none/r.csv", "WRITE_NO_FOLDER"],
    ["folder", "WRITE_NOT_A_FILE"],
  ])("%s", async (file, code) => {
    const place = await openWorkplace();
    place.write("a.png", png(1));
    place.write("m.csv", SHEET);
    mkdirSync(join(place.dir, "folder"));
    for (const command of [["plan"], ["apply", "--yes"]]) {
      const run = await place.qgfx(...command, "m.csv", "--results", file);
      expect(run).toMatchObject({ code: 2, stdout: "" });
      expect(run.stderr).toContain(code);
    }
    expect(await place.held()).toEqual([]);
  });
});

it("takes a file of its own with a name like the ledger's", async () => {
  const place = await openApplied();
  const run = await place.qgfx("results", "m.csv", "--results", ".qgfx/ledger.db.csv");
  expect(run).toMatchObject({ code: 0 });
});

describe("a link where results go that nobody named", () => {
  async function openLinked(link: string): Promise<Workplace> {
    const place = await openWorkplace();
    place.write("elsewhere/mine", "mine");
    place.write("sheets/a.png", png(1));
    place.write("sheets/m.csv", SHEET);
    symlinkSync("../elsewhere/mine", join(place.dir, "sheets", link));
    return place;
  }

  it.each(["m.results.csv", "m.retry.csv"])(
    "is refused where it leads out of the folder: %s",
    async (link) => {
      const place = await openLinked(link);
      for (const command of [["plan"], ["apply", "--yes"], ["results"]]) {
        const run = await place.qgfx(...command, "sheets/m.csv");
        expect(run).toMatchObject({ code: 2, stdout: "" });
        expect(run.stderr).toContain("LINK_LEADS_OUT");
      }
      expect(await place.held()).toEqual([]);
      expect(place.read("elsewhere/mine")).toBe("mine");
    },
  );

  it("is followed where it is named", async () => {
    const place = await openLinked("m.results.csv");
    place.write("elsewhere/mine", "");
    const args = ["sheets/m.csv", "--yes", "--results", "sheets/m.results.csv"];
    expect(await place.qgfx("apply", ...args)).toMatchObject({ code: 0 });
    expect(place.read("elsewhere/mine")).toContain(",uploaded,IM_");
  });

  it("is followed where it is named, to be read first: what is no results file stays", async () => {
    const place = await openLinked("m.results.csv");
    const args = ["sheets/m.csv", "--yes", "--results", "sheets/m.results.csv"];
    const run = await place.qgfx("apply", ...args);
    expect(run).toMatchObject({ code: 2, stdout: "" });
    expect(run.stderr).toContain("RESULTS_UNREADABLE");
    expect(await place.held()).toEqual([]);
    expect(place.read("elsewhere/mine")).toBe("mine");
  });
});
