import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { png } from "../../support/pictures.ts";
import { runCli } from "../../support/run-cli.ts";
import { openWorkplace, type Workplace } from "../../support/workplace.ts";

const HEADER = "path,name,folder";
const A = "a.png,A,Summer";
const B = "b.png,B,Summer";

function sheet(...rows: string[]): string {
  return `${[HEADER, ...rows].join("\n")}\n`;
}

/** Two pictures, applied once. */
async function openApplied(): Promise<Workplace> {
  const place = await openWorkplace();
  place.write("a.png", png(1));
  place.write("b.png", png(2));
  place.write("m.csv", sheet(A, B));
  const { code } = await place.qgfx("apply", "m.csv", "--yes");
  expect(code).toBe(0);
  return place;
}

async function planned(place: Workplace, ...args: string[]) {
  const { stdout } = await place.qgfx("plan", "m.csv", "--json", ...args);
  return JSON.parse(stdout);
}

describe("a rerun", () => {
  it("sends nothing when nothing changed", async () => {
    const place = await openApplied();
    const { code, stdout } = await place.qgfx("apply", "m.csv", "--yes");
    expect(code).toBe(0);
    expect(stdout).toContain("0 uploaded, 2 unchanged");
    expect(await place.held()).toHaveLength(2);
    expect(place.read("m.results.csv")).toContain("a.png,A,Summer,uploaded,IM_");
  });

  it("sends the one picture whose bytes changed, and shows the old id", async () => {
    const place = await openApplied();
    const [old] = (await place.held()).filter(({ name }) => name === "A");
    place.write("a.png", png(3));
    const plan = await planned(place);
    expect(plan.summary).toMatchObject({ create: 0, replace: 1, unchanged: 1, orphan: 0 });
    expect(plan.actions[0]).toMatchObject({
      action: "replace",
      reason: "bytes-changed",
      graphicId: old?.id,
    });
    const { stdout, stderr } = await place.qgfx("apply", "m.csv", "--yes");
    expect(stdout).toContain("1 uploaded, 1 unchanged");
    expect(stderr).toContain(`surveys that use ${old?.id} keep the old image`);
    expect(await place.held()).toHaveLength(3);
  });

  it.each([
    ["renamed", "a.png,A2,Summer"],
    ["moved", "a.png,A,Winter"],
    ["moved-and-renamed", "a.png,A2,Winter"],
  ])("sends the one row that was %s, and calls it that", async (reason, row) => {
    const place = await openApplied();
    place.write("m.csv", sheet(row, B));
    const plan = await planned(place);
    expect(plan.summary).toMatchObject({ create: 0, replace: 1, unchanged: 1, orphan: 0 });
    expect(plan.actions[0].reason).toBe(reason);
    const { stdout } = await place.qgfx("apply", "m.csv", "--yes");
    expect(stdout).toContain("1 uploaded, 1 unchanged");
    const again = await planned(place);
    expect(again.summary).toMatchObject({ replace: 0, unchanged: 2, orphan: 0 });
  });

  it("shows a row that went as an orphan, and deletes nothing", async () => {
    const place = await openApplied();
    place.write("m.csv", sheet(A));
    const plan = await planned(place);
    expect(plan.actions[1]).toMatchObject({ action: "orphan", name: "B", line: null });
    await place.qgfx("apply", "m.csv", "--yes");
    expect(await place.held()).toHaveLength(2);
  });

  it("makes no orphans of another manifest's rows in the same folder", async () => {
    const place = await openApplied();
    place.write("other.csv", sheet(A));
    const { stdout } = await place.qgfx("plan", "other.csv", "--json");
    expect(JSON.parse(stdout).summary).toMatchObject({ unchanged: 1, orphan: 0 });
  });

  it("keeps a record of its own for another library", async () => {
    const place = await openApplied();
    const libraries = await place.qgfx("libraries", "--json");
    const ids = JSON.parse(libraries.stdout).libraries.map(
      ({ libraryId }: { libraryId: string }) => libraryId,
    );
    const other = ids.find((id: string) => id !== place.sandbox.library);
    const { stdout } = await place.qgfx("apply", "m.csv", "--yes", "--library", other);
    expect(stdout).toContain("2 uploaded");
    expect(await planned(place)).toMatchObject({ summary: { unchanged: 2 } });
  });

  it("keeps a record of its own for another service", async () => {
    const place = await openApplied();
    const elsewhere = await openWorkplace();
    const env = { ...elsewhere.env };
    const { stdout } = await runCli(place.dir, ["plan", "m.csv", "--json"], env);
    expect(JSON.parse(stdout).summary).toMatchObject({ create: 2, unchanged: 0 });
  });

  it("takes every host name of the same service for one", async () => {
    const place = await openApplied();
    const port = new URL(place.sandbox.url).port;
    const plan = await planned(place, "--host", `http://localhost:${port}`);
    expect(plan.summary).toMatchObject({ create: 0, unchanged: 2 });
  });

  it("takes a results CSV as a manifest even when the ledger is gone: ids are adopted", async () => {
    const place = await openApplied();
    rmSync(join(place.dir, ".qgfx"), { recursive: true });
    const first = place.read("m.results.csv");
    const { stdout } = await place.qgfx("apply", "m.results.csv", "--yes");
    expect(stdout).toContain("0 uploaded, 2 unchanged");
    expect(await place.held()).toHaveLength(2);
    expect(place.read("m.results.csv")).toBe(first);
    expect(existsSync(join(place.dir, "m.results.results.csv"))).toBe(false);
    expect((await planned(place)).summary).toMatchObject({ unchanged: 2, create: 0, orphan: 0 });
  });

  it("does not adopt ids of another library", async () => {
    const place = await openApplied();
    const { stdout } = await place.qgfx(
      "plan",
      "m.results.csv",
      "--json",
      "--library",
      "GR_Sandbox000002",
    );
    expect(JSON.parse(stdout).summary).toMatchObject({ create: 2, unchanged: 0 });
  });

  it("does not even plan over ids of another library that no ledger holds", async () => {
    const place = await openApplied();
    rmSync(join(place.dir, ".qgfx"), { recursive: true });
    for (const file of ["m.csv", "m.results.csv"]) {
      for (const command of [["plan"], ["apply", "--yes"]]) {
        const run = await place.qgfx(...command, file, "--library", "GR_Sandbox000002");
        expect(run).toMatchObject({ code: 2, stdout: "" });
        expect(run.stderr).toContain("RESULTS_ELSEWHERE");
        expect(run.stderr).toContain("--results");
      }
    }
    expect(await place.held()).toHaveLength(2);
  });

  it("tells with --detailed-exitcode whether anything is pending", async () => {
    const place = await openApplied();
    expect((await place.qgfx("plan", "m.csv", "--detailed-exitcode")).code).toBe(0);
    place.write("a.png", png(9));
    expect((await place.qgfx("plan", "m.csv", "--detailed-exitcode")).code).toBe(6);
    expect((await place.qgfx("plan", "m.csv")).code).toBe(0);
  });
});
