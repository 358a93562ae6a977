import { cpSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { FaultScript } from "../../../src/sandbox/fault-script.ts";
import { png } from "../../support/pictures.ts";
import { runCli } from "../../support/run-cli.ts";
import { openWorkplace, type Workplace } from "../../support/workplace.ts";

async function openPlanned(script?: FaultScript): Promise<Workplace> {
  const place = await openWorkplace(script ? { script } : {});
  for (const [index, name] of ["a.png", "b.png", "c.png"].entries()) place.write(name, png(index));
  place.write("m.csv", "path,name,folder\na.png,A,F\nb.png,B,F\nc.png,C,F\n");
  expect(await place.qgfx("plan", "m.csv", "--out", "p.json")).toMatchObject({ code: 0 });
  return place;
}

describe("a saved plan", () => {
  it("of which a row failed goes on with that row", async () => {
    const refused = { kind: "answer", status: 400, code: "E_1", message: "no good" } as const;
    const place = await openPlanned({
      version: 1,
      faults: [{ name: "B", times: 1, play: refused }],
    });
    expect(await place.qgfx("apply", "p.json", "--yes")).toMatchObject({ code: 3 });
    const { code, stdout, stderr } = await place.qgfx("apply", "p.json", "--yes");
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stdout).toContain("1 uploaded, 2 unchanged");
    expect(await place.held()).toHaveLength(3);
  });

  it("of which a row got no answer holds that row", async () => {
    const play = { kind: "reset", at: "after-store" } as const;
    const place = await openPlanned({ version: 1, faults: [{ name: "B", times: 1, play }] });
    expect(await place.qgfx("apply", "p.json", "--yes")).toMatchObject({ code: 5 });
    expect(await place.qgfx("apply", "p.json", "--yes")).toMatchObject({ code: 5 });
    expect(await place.held()).toHaveLength(3);
  });

  it("that is done has nothing left to do", async () => {
    const place = await openPlanned();
    expect(await place.qgfx("apply", "p.json", "--yes")).toMatchObject({ code: 0 });
    expect(await place.qgfx("apply", "p.json", "--yes")).toMatchObject({ code: 0 });
    expect(await place.held()).toHaveLength(3);
  });

  it("is stale where another run did its rows, or a row was changed since its own run", async () => {
    const place = await openPlanned();
    await place.qgfx("apply", "m.csv", "--yes");
    const { code, stderr } = await place.qgfx("apply", "p.json", "--yes");
    expect(code).toBe(2);
    expect(stderr).toContain("PLAN_STALE");
    const other = await openPlanned();
    await other.qgfx("apply", "p.json", "--yes");
    other.write("b.png", png(8));
    expect(await other.qgfx("apply", "p.json", "--yes")).toMatchObject({ code: 2 });
  });

  it("that was approved on one machine is applied on another, with manifest, pictures and results", async () => {
    const place = await openPlanned();
    await place.qgfx("apply", "m.csv", "--yes");
    place.write("m.csv", "path,name,folder\na.png,A,F\nb.png,Bee,F\nd.png,D,F\n");
    place.write("a.png", png(7));
    place.write("d.png", png(9));
    expect(await place.qgfx("plan", "m.csv", "--out", "p.json")).toMatchObject({ code: 0 });
    const other = join(place.dir, "other");
    mkdirSync(other);
    for (const name of ["m.csv", "m.results.csv", "p.json", "a.png", "b.png", "d.png"]) {
      cpSync(join(place.dir, name), join(other, name));
    }
    const { code, stdout, stderr } = await runCli(other, ["apply", "p.json", "--yes"], place.env);
    expect({ code, stale: stderr.match(/warning.*/g) }).toEqual({ code: 0, stale: null });
    expect(stdout).toContain("3 uploaded, 0 unchanged");
    expect(await place.held()).toHaveLength(6);
  });

  it("holds for rows that stand, whether ledger or results have their ids", async () => {
    const refused = { kind: "answer", status: 400, code: "E_1", message: "no good" } as const;
    const place = await openPlanned({
      version: 1,
      faults: [{ name: "D", times: 2, play: refused }],
    });
    await place.qgfx("apply", "m.csv", "--yes");
    place.write("m.csv", `${place.read("m.csv")}d.png,D,F\n`);
    place.write("d.png", png(9));
    expect(await place.qgfx("plan", "m.csv", "--out", "p.json")).toMatchObject({ code: 0 });
    rmSync(join(place.dir, ".qgfx"), { recursive: true });
    expect(await place.qgfx("apply", "p.json", "--yes")).toMatchObject({ code: 3 });
    rmSync(join(place.dir, ".qgfx"), { recursive: true });
    expect(await place.qgfx("plan", "m.csv", "--out", "p.json")).toMatchObject({ code: 0 });
    expect(await place.qgfx("apply", "p.json", "--yes")).toMatchObject({ code: 3 });
    const { code, stdout, stderr } = await place.qgfx("apply", "p.json", "--yes");
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stdout).toContain("1 uploaded, 3 unchanged");
    expect(await place.held()).toHaveLength(4);
  });
});
