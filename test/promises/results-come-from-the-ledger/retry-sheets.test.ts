import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { FaultScript } from "../../../src/sandbox/fault-script.ts";
import { png } from "../../support/pictures.ts";
import { openWorkplace, type Workplace } from "../../support/workplace.ts";

type Faults = NonNullable<FaultScript["faults"]>;

/** Refuses that name, so often. */
function refuse(name: string, times = 1): Faults[number] {
  return { name, times, play: { kind: "answer", status: 400, code: "E_1", message: "no good" } };
}

/** `m.csv` with a row for each name. */
async function openWith(names: readonly string[], faults: Faults): Promise<Workplace> {
  const place = await openWorkplace({ script: { version: 1, faults } });
  for (const [index, name] of names.entries()) place.write(`${name}.png`, png(index));
  place.write("m.csv", sheet(names));
  return place;
}

function sheet(names: readonly string[]): string {
  return ["path,name,folder", ...names.map((name) => `${name}.png,${name},F`), ""].join("\n");
}

async function summaryOf(place: Workplace, manifest: string) {
  const { stdout } = await place.qgfx("plan", manifest, "--json");
  return JSON.parse(stdout).summary;
}

it("holds just the rows that failed, with the reason, and says so", async () => {
  const place = await openWith(["A", "B", "C"], [refuse("B")]);
  const { code, stderr } = await place.qgfx("apply", "m.csv", "--yes");
  expect(code).toBe(3);
  expect(stderr).toContain("1 row to try again in m.retry.csv");
  const lines = place.read("m.retry.csv").trimEnd().split("\n");
  expect(lines).toHaveLength(2);
  expect(lines[0]).toBe("path,name,folder,status,graphicId,url,library,sha256,uploadedAt,error");
  expect(lines[1]).toMatch(/^B\.png,B,F,failed,,,,,,HTTP 400 E_1: no good/);
});

it("runs as it is; then its manifest's results show the id, and the sheet is gone", async () => {
  const place = await openWith(["A", "B", "C"], [refuse("B")]);
  await place.qgfx("apply", "m.csv", "--yes");
  const retry = await place.qgfx("apply", "m.retry.csv", "--yes");
  expect(retry.stdout).toContain("1 uploaded, 0 unchanged");
  expect(place.read("m.results.csv")).toMatch(/^B\.png,B,F,uploaded,IM_\w+,.*,$/m);
  expect(existsSync(join(place.dir, "m.retry.csv"))).toBe(false);
  expect(await summaryOf(place, "m.csv")).toMatchObject({ unchanged: 3, orphan: 0 });
  expect(await place.qgfx("apply", "m.csv", "--yes")).toMatchObject({ code: 0 });
  expect(existsSync(join(place.dir, "m.retry.csv"))).toBe(false);
  expect(await place.held()).toHaveLength(3);
});

it("makes no orphans: neither of its manifest's rows nor of what an earlier retry sheet uploaded", async () => {
  const place = await openWith(["A", "B", "C"], [refuse("B"), refuse("C", 3)]);
  await place.qgfx("apply", "m.csv", "--yes");
  expect(await summaryOf(place, "m.retry.csv")).toMatchObject({ create: 2, orphan: 0 });
  await place.qgfx("apply", "m.retry.csv", "--yes");
  await place.qgfx("apply", "m.csv", "--yes");
  expect(place.read("m.retry.csv")).not.toContain("B.png");
  expect(await summaryOf(place, "m.retry.csv")).toMatchObject({ create: 1, orphan: 0 });
});

it("leaves what it uploaded to its manifest: a row taken out there is that manifest's orphan", async () => {
  const place = await openWith(["A", "B"], [refuse("B")]);
  await place.qgfx("apply", "m.csv", "--yes");
  await place.qgfx("apply", "m.retry.csv", "--yes");
  place.write("m.csv", sheet(["A"]));
  const { stdout } = await place.qgfx("plan", "m.csv", "--json");
  expect(JSON.parse(stdout).actions).toContainEqual(
    expect.objectContaining({ action: "orphan", name: "B" }),
  );
});

it("holds no unknown uploads: nothing sends those again by itself", async () => {
  const place = await openWith(
    ["A", "B"],
    [{ name: "B", times: 1, play: { kind: "reset", at: "after-store" } }],
  );
  expect(await place.qgfx("apply", "m.csv", "--yes")).toMatchObject({ code: 5 });
  expect(existsSync(join(place.dir, "m.retry.csv"))).toBe(false);
});

it("is written as its manifest is, formulas guarded, and reads back the same names", async () => {
  const place = await openWorkplace({ script: { version: 1, faults: [refuse("=Ä;ö")] } });
  place.write("a.png", png(1));
  place.write("m.csv", Buffer.from('\uFEFFpath;name;folder\r\na.png;"=Ä;ö";F\r\n', "utf16le"));
  await place.qgfx("apply", "m.csv", "--yes");
  const bytes = Buffer.from(place.read("m.retry.csv"), "utf8");
  expect(bytes.includes("\u0000")).toBe(true);
  const { stdout } = await place.qgfx("plan", "m.retry.csv", "--json");
  expect(JSON.parse(stdout).actions).toMatchObject([{ action: "create", name: "=Ä;ö" }]);
});

it.each([
  ["--folder", "m.csv", "path,name\na.png,A\n", ["--folder", "Mine"]],
  ["a YAML manifest's defaults", "m.yaml", yamlManifest(), []],
])("takes the folder along that came from %s", async (_what, manifest, text, options) => {
  const place = await openWorkplace({ script: { version: 1, faults: [refuse("A")] } });
  place.write("a.png", png(1));
  place.write(manifest, text);
  await place.qgfx("apply", manifest, "--yes", ...options);
  const { stdout } = await place.qgfx("plan", "m.retry.csv", "--json");
  expect(JSON.parse(stdout).actions).toMatchObject([{ name: "A", folder: "Mine" }]);
});

function yamlManifest(): string {
  return "version: 1\ndefaults: {folder: Mine}\ngraphics:\n  - {path: a.png, name: A}\n";
}

it("is never the results file", async () => {
  const place = await openWith(["A"], []);
  const { code, stderr } = await place.qgfx("apply", "m.csv", "--yes", "--results", "m.retry.csv");
  expect(code).toBe(2);
  expect(stderr).toContain("RESULTS_IS_RETRY");
});

it.each([
  ["removed", []],
  ["written", [refuse("B")]],
] as [string, Faults][])(
  "is told of where it cannot be %s: exit 3, all else is done",
  async (_what, faults) => {
    const place = await openWith(["A", "B"], faults);
    mkdirSync(join(place.dir, "m.retry.csv"));
    const { code, stdout, stderr } = await place.qgfx("apply", "m.csv", "--yes");
    expect(code, stderr).toBe(3);
    expect(stderr).toMatch(/^error WRITE_NOT_A_FILE: '.*m\.retry\.csv' is a folder/m);
    expect(stderr).not.toContain("no results were written");
    expect(stdout).toContain("results in m.results.csv");
    for (const { id } of await place.held()) expect(place.read("m.results.csv")).toContain(id);
  },
);

it.runIf(existsSync("/proc/self"))(
  "says how to write the results of that ledger, where they could not be written",
  async () => {
    const place = await openWith(["A"], []);
    // A folder that takes no file, which shows only once one is written.
    const results = ["--results", "/proc/results.csv"];
    const told = async (...options: string[]) =>
      (await place.qgfx("apply", "m.csv", "--yes", ...results, ...options)).stderr;
    expect(await told("--sandbox")).toContain("`qgfx results m.csv --sandbox` writes them");
    const options = ["--ledger", "other.db", "--shard", "1/1"];
    expect(await told(...options)).toContain(`\`qgfx results m.csv ${options.join(" ")}\``);
  },
);
