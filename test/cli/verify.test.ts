import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { verificationSchema } from "../../src/report/verification.ts";
import type { FaultScript } from "../../src/sandbox/fault-script.ts";
import { GIF, png } from "../support/pictures.ts";
import { runCli } from "../support/run-cli.ts";
import { openWorkplace, type Workplace } from "../support/workplace.ts";

type Faults = NonNullable<FaultScript["faults"]>;

/** Three pictures, applied; what the library then holds is up to the faults. */
async function openApplied(...faults: Faults): Promise<Workplace> {
  const place = await openWorkplace({ script: { version: 1, faults } });
  place.write("a.png", png(1));
  place.write("b.png", png(2));
  place.write("c.gif", GIF);
  place.write("m.csv", "path,name,folder\na.png,A,F\nb.png,B,F\nc.gif,C,F\n");
  await place.qgfx("apply", "m.csv", "--yes");
  return place;
}

async function verified(place: Workplace) {
  const { code, stdout } = await place.qgfx("verify", "m.csv", "--json");
  return { code, ...verificationSchema.parse(JSON.parse(stdout)) };
}

async function deleteGraphic(place: Workplace, name: string): Promise<void> {
  const { url, library, token } = place.sandbox;
  const graphic = (await place.held()).find((one) => one.name === name);
  const route = `${url}/API/v3/libraries/${library}/graphics/${graphic?.id}`;
  await fetch(route, { method: "DELETE", headers: { "x-api-token": token } });
}

describe("qgfx verify", () => {
  it("asks no host that the ledger alone names", async () => {
    const place = await openApplied();
    const alone = await runCli(place.dir, ["verify", "m.csv"]);
    expect(alone).toMatchObject({ code: 2, stderr: expect.stringContaining("HOST_NOT_TRUSTED") });
    const { url, library } = place.sandbox;
    const named = ["verify", "m.csv", "--host", url, "--library", library];
    expect(await runCli(place.dir, named)).toMatchObject({ code: 0, stdout: "3 exact\n" });
  });

  it("finds everything as it was sent", async () => {
    const place = await openApplied();
    const { code, stdout } = await place.qgfx("verify", "m.csv");
    expect(code).toBe(0);
    expect(stdout).toBe("3 exact\n");
  });

  it("needs no token", async () => {
    const place = await openApplied();
    const { QUALTRICS_API_KEY: _, ...env } = place.env;
    expect(await runCli(place.dir, ["verify", "m.csv"], env)).toMatchObject({ code: 0 });
  });

  it.each(["A", "C"])("tells a picture written anew from another one (%s)", async (name) => {
    const place = await openApplied(
      { name, play: { kind: "alter", how: "re-encode" } },
      { name: "B", play: { kind: "alter", how: "other" } },
    );
    const { code, summary, graphics } = await verified(place);
    expect(code).toBe(3);
    expect(summary).toMatchObject({ exact: 1, reEncoded: 1, different: 1, missing: 0 });
    expect(graphics.find((one) => one.name === name)?.verdict).toBe("re-encoded");
    expect(graphics.find((one) => one.name === "B")?.verdict).toBe("different");
  });

  it("takes a picture that is only re-encoded for well", async () => {
    const place = await openApplied({ name: "A", play: { kind: "alter", how: "re-encode" } });
    const { code, stdout } = await place.qgfx("verify", "m.csv");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^re-encoded F\/A IM_\w+: /);
    expect(stdout).toContain("2 exact, 1 re-encoded in the same size");
  });

  it("cannot tell so much where the file that was sent is gone", async () => {
    const place = await openApplied({ name: "A", play: { kind: "alter", how: "re-encode" } });
    rmSync(join(place.dir, "a.png"));
    const { graphics } = await verified(place);
    expect(graphics[0]).toMatchObject({ verdict: "different" });
    expect(graphics[0]?.message).toContain("not there to compare");
  });

  it("names what is missing", async () => {
    const place = await openApplied();
    await deleteGraphic(place, "B");
    const { code, stdout } = await place.qgfx("verify", "m.csv");
    expect(code).toBe(3);
    expect(stdout).toMatch(/^missing F\/B IM_\w+: not there \(HTTP 404\)$/m);
    expect(stdout).toContain("2 exact, 1 missing");
  });

  it("never takes a service that is away for a loss", async () => {
    const place = await openApplied();
    await place.sandbox.close();
    const { code, summary } = await verified(place);
    expect(code).toBe(3);
    expect(summary).toMatchObject({ unreachable: 3, missing: 0 });
  });

  it("compares with the record, not with the file as it is now", async () => {
    const place = await openApplied();
    place.write("a.png", png(9));
    expect(await verified(place)).toMatchObject({ code: 0, summary: { exact: 3 } });
  });

  it("looks at orphans too, which have no line", async () => {
    const place = await openApplied();
    place.write("m.csv", "path,name,folder\na.png,A,F\n");
    const { graphics } = await verified(place);
    expect(graphics.map(({ line, name }) => `${line} ${name}`).sort()).toEqual([
      "2 A",
      "null B",
      "null C",
    ]);
  });

  it("verifies what the built-in sandbox holds, on another port than then", async () => {
    const place = await openWorkplace();
    place.write("a.png", png(1));
    place.write("m.csv", "path,name,folder\na.png,A,F\n");
    await runCli(place.dir, ["apply", "m.csv", "--sandbox", "--yes"]);
    const { code, stdout } = await runCli(place.dir, ["verify", "m.csv", "--sandbox"]);
    expect(code).toBe(0);
    expect(stdout).toBe("1 exact\n");
  });

  it("says so where nothing is recorded", async () => {
    const place = await openWorkplace();
    place.write("m.csv", "path,name,folder\na.png,A,F\n");
    const { code, stderr } = await place.qgfx("verify", "m.csv");
    expect(code).toBe(2);
    expect(stderr).toContain("NOTHING_RECORDED");
  });
});
