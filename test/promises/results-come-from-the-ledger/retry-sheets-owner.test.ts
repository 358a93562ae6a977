import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  ended,
  newLedgerFile,
  openForTest,
  runThrough,
  TARGET,
  upload,
  uploaded,
} from "../../support/ledger.ts";
import { png } from "../../support/pictures.ts";
import type { SampleRow } from "../../support/planned-row.ts";
import { workbook } from "../../support/workbook.ts";
import { openWorkplace, type Workplace } from "../../support/workplace.ts";

const HEADER = ["path", "name", "folder"];

/** A picture for each name; the service refuses B once. */
async function openPlace(): Promise<Workplace> {
  const play = { kind: "answer", status: 400, code: "E_1", message: "no good" } as const;
  const faults = [{ name: "B", times: 1, play }];
  const place = await openWorkplace({ script: { version: 1, faults } });
  for (const [index, name] of ["A", "B", "C", "D"].entries())
    place.write(`${name}.png`, png(index));
  return place;
}

function rowsOf(...names: string[]): string[][] {
  return [HEADER, ...names.map((name) => [`${name}.png`, name, "F"])];
}

function csv(...names: string[]): string {
  return rowsOf(...names)
    .map((row) => `${row.join(",")}\n`)
    .join("");
}

function yaml(...names: string[]): string {
  const rows = names.map((name) => `  - {path: ${name}.png, name: ${name}, folder: F}\n`);
  return `version: 1\ngraphics:\n${rows.join("")}`;
}

async function orphans(place: Workplace, ...manifest: string[]): Promise<string[]> {
  const { stdout } = await place.qgfx("plan", ...manifest, "--json");
  const { actions } = JSON.parse(stdout) as { actions: { action: string; name: string }[] };
  return actions.flatMap(({ action, name }) => (action === "orphan" ? name : []));
}

async function names(place: Workplace): Promise<string[]> {
  return (await place.held()).map(({ name }) => name).sort();
}

async function expectRefused(place: Workplace, ...args: string[]): Promise<void> {
  const before = await names(place);
  for (const command of [["plan"], ["apply", "--yes"]]) {
    const run = await place.qgfx(...command, ...args);
    expect(run).toMatchObject({ code: 2, stdout: "" });
    expect(run.stderr).toContain("RESULTS_OF_ANOTHER_MANIFEST");
    expect(run.stderr).toContain("--results");
  }
  expect(await names(place)).toEqual(before);
}

it("is the manifest that had the row, not its neighbour of the same name", async () => {
  const place = await openPlace();
  place.write("s.yaml", yaml("C"));
  place.write("s.csv", csv("A", "B"));
  await place.qgfx("apply", "s.yaml", "--yes");
  const results = place.read("s.results.csv");
  await expectRefused(place, "s.csv");
  const own = ["--results", "s.csv.results.csv"];
  expect(await place.qgfx("apply", "s.csv", "--yes", ...own)).toMatchObject({ code: 3 });
  expect(place.read("s.csv.retry.csv")).toContain("B.png,B,F,failed");
  // The neighbour's next run does not take it away.
  place.write("s.yaml", yaml("C", "D"));
  expect(await place.qgfx("apply", "s.yaml", "--yes")).toMatchObject({ code: 0 });
  const retried = await place.qgfx("apply", "s.csv.retry.csv", "--yes", ...own);
  expect(retried).toMatchObject({ code: 0 });
  expect(existsSync(join(place.dir, "s.csv.retry.csv"))).toBe(false);
  expect(place.read("s.csv.results.csv")).toContain("B.png,B,F,uploaded,IM_");
  expect(place.read("s.results.csv")).toContain(results.trimEnd());
  expect(await orphans(place, "s.yaml")).toEqual([]);
  expect((await place.qgfx("prune", "s.yaml", "--yes")).stdout).toBe("nothing to delete\n");
  expect(await names(place)).toEqual(["A", "B", "C", "D"]);
  place.write("s.csv", csv("A"));
  expect(await orphans(place, "s.csv", ...own)).toEqual(["B"]);
  expect((await place.qgfx("prune", "s.csv", "--yes", ...own)).stdout).toBe("1 deleted\n");
  expect(await names(place)).toEqual(["A", "C", "D"]);
});

it("is the sheet of a workbook that had the row", async () => {
  const place = await openPlace();
  const write = (ofOne: string[], ofTwo: string[]) => {
    const sheets = [
      { name: "One", rows: rowsOf(...ofOne) },
      { name: "Two.5", rows: rowsOf(...ofTwo) },
    ];
    place.write("w.xlsx", workbook(sheets));
  };
  write(["C"], ["A", "B"]);
  const one = ["w.xlsx", "--sheet", "One"];
  const two = ["--sheet", "Two.5", "--results", "two.results.xlsx"];
  await place.qgfx("apply", ...one, "--yes");
  await expectRefused(place, "w.xlsx", "--sheet", "Two.5");
  const applied = await place.qgfx("apply", "w.xlsx", ...two, "--yes");
  expect(applied).toMatchObject({ code: 3 });
  const retry = /1 row to try again in (\S+)/.exec(applied.stderr)?.[1] ?? "";
  expect(existsSync(join(place.dir, retry))).toBe(true);
  // The other sheet's next run does not take it away.
  write(["C", "D"], ["A", "B"]);
  expect(await place.qgfx("apply", ...one, "--yes")).toMatchObject({ code: 0 });
  expect(existsSync(join(place.dir, retry))).toBe(true);
  expect(await place.qgfx("apply", retry, ...two, "--yes")).toMatchObject({ code: 0 });
  expect(existsSync(join(place.dir, retry))).toBe(false);
  write(["C", "D"], ["A"]);
  expect(await orphans(place, ...one)).toEqual([]);
  expect(await orphans(place, "w.xlsx", ...two)).toEqual(["B"]);
});

it("is its manifest, whatever the row is called in it; a manifest of the same stem gets none of it", async () => {
  const place = await openPlace();
  place.write("s.csv", csv("A", "B"));
  await place.qgfx("apply", "s.csv", "--yes");
  place.write("s.retry.csv", place.read("s.retry.csv").replace("B.png,B,", "B.png,B2,"));
  await place.qgfx("apply", "s.retry.csv", "--yes");
  expect(await orphans(place, "s.csv")).toEqual([]);
  place.write("s.csv", csv("A"));
  expect(await orphans(place, "s.csv")).toEqual(["B2"]);
  place.write("s.yaml", yaml("A"));
  await expectRefused(place, "s.yaml");
  expect(await orphans(place, "s.yaml", "--results", "other.csv")).toEqual([]);
});

describe("a row that version 0.1 recorded as a retry sheet's own", () => {
  const [A, B] = [upload("A"), upload("B")];

  /** Whose B is, after these runs of two rows and of the retry sheet. */
  async function ownersAfter(...runs: [string, ...SampleRow[]][]): Promise<string[]> {
    const ledger = openForTest(newLedgerFile());
    for (const [manifest, ...rows] of runs) {
      const failed = rows.map((row) => [row, ended("failed", "no good")] as const);
      await runThrough(ledger, failed, { manifest });
    }
    await runThrough(ledger, [[B, uploaded("IM_b")]], { manifest: "../s.retry.csv" });
    return ["../s.csv", "../s.yaml"].filter((manifest) => {
      const [graphic] = ledger.recorded(TARGET, manifest).graphics;
      return graphic?.ownedByManifest;
    });
  }

  it("is the only manifest's of that stem that was ever applied", async () => {
    expect(await ownersAfter(["../s.csv", A])).toEqual(["../s.csv"]);
    expect(await ownersAfter(["../s.yaml", A, B], ["../t.csv", B])).toEqual(["../s.yaml"]);
  });

  it("is the manifest's that had the row, of several of that stem", async () => {
    expect(await ownersAfter(["../s.csv", A, B], ["../s.yaml", A])).toEqual(["../s.csv"]);
  });

  it("is nobody's where two manifests had the row: hidden is safer than deleted", async () => {
    expect(await ownersAfter(["../s.csv", A, B], ["../s.yaml", B])).toEqual([]);
    expect(await ownersAfter(["../s.csv", A], ["../s.yaml", A])).toEqual([]);
  });
});
