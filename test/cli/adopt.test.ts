import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { adoptionSchema } from "../../src/report/adoption.ts";
import { GIF, png } from "../support/pictures.ts";
import { runCli } from "../support/run-cli.ts";
import { openWorkplace, type Workplace } from "../support/workplace.ts";

const SHEET = "path,name,folder\npics/a.png,A,F\npics/b.png,B,F\n";

/** Two pictures in the library that no ledger knows, as an earlier script would leave them. */
async function openScripted(): Promise<{ place: Workplace; ids: [string, string] }> {
  const place = await openWorkplace();
  place.write("pics/a.png", png(1));
  place.write("pics/b.png", png(2));
  place.write("m.csv", SHEET);
  await place.qgfx("apply", "m.csv", "--yes");
  const held = await place.held();
  const idOf = (name: string) => held.find((graphic) => graphic.name === name)?.id ?? "";
  for (const left of [".qgfx", "m.results.csv"]) {
    rmSync(join(place.dir, left), { recursive: true });
  }
  return { place, ids: [idOf("A"), idOf("B")] };
}

async function summaryOf(place: Workplace) {
  const { stdout } = await place.qgfx("plan", "m.csv", "--json");
  return JSON.parse(stdout).summary;
}

describe("adopt", () => {
  it.each<[string, string, (a: string, b: string) => string]>([
    ["a JSON map by name", "ids.json", (a, b) => JSON.stringify({ A: a, B: b })],
    ["by path", "ids.json", (a, b) => JSON.stringify({ "pics/a.png": a, "pics/b.png": b })],
    ["by the file's name", "ids.json", (a, b) => JSON.stringify({ "a.png": a, "b.png": b })],
    ["by folder and name", "ids.json", (a, b) => JSON.stringify({ "F/A": a, "F/B": b })],
    ["an old results file", "old.csv", (a, b) => `Name;Graphic ID\r\nA;${a}\r\nB;${b}\r\n`],
  ])("takes %s, and nothing is uploaded again", async (_what, file, textOf) => {
    const { place, ids } = await openScripted();
    place.write(file, textOf(...ids));
    const { code, stdout } = await place.qgfx("adopt", "m.csv", "--from", file, "--yes");
    expect([code, stdout]).toEqual([0, "2 adopted\n"]);
    expect(await summaryOf(place)).toMatchObject({ unchanged: 2, create: 0 });
    expect(place.read("m.results.csv")).toContain(`pics/a.png,A,F,uploaded,${ids[0]},http`);
    expect(await place.held()).toHaveLength(2);
  });

  it("takes the manifest's own graphicId column, and is done the second time", async () => {
    const { place, ids } = await openScripted();
    place.write("m.csv", `path,name,folder,graphicId\npics/a.png,A,F,${ids[0]}\npics/b.png,B,F,\n`);
    expect((await place.qgfx("adopt", "m.csv")).stdout).toBe("1 adopted\n");
    expect(await summaryOf(place)).toMatchObject({ unchanged: 1, create: 1 });
    expect((await place.qgfx("adopt", "m.csv")).stdout).toBe("0 adopted, 1 recorded already\n");
  });

  it("says what it took where the results cannot be written, exits 3, and its run has ended", async () => {
    const { place, ids } = await openScripted();
    place.write("ids.json", JSON.stringify({ A: ids[0], B: ids[1] }));
    const args = ["m.csv", "--from", "ids.json", "--yes", "--results", `${"x".repeat(300)}.csv`];
    const { code, stdout, stderr } = await place.qgfx("adopt", ...args);
    expect([code, stdout]).toEqual([3, "2 adopted\n"]);
    expect(stderr).toMatch(/^error WRITE_FAILED: /m);
    expect(stderr).toContain("no results were written");
    const history = await place.qgfx("history", "m.csv", "--json");
    expect(JSON.parse(history.stdout).runs).toMatchObject([{ command: "adopt", exitCode: 3 }]);
    expect(await summaryOf(place)).toMatchObject({ unchanged: 2, create: 0 });
  });

  it("reports a graphic that differs and leaves it, unless --force says otherwise", async () => {
    const { place, ids } = await openScripted();
    place.write("pics/a.png", png(7));
    place.write("pics/b.png", GIF);
    place.write("ids.json", JSON.stringify({ A: ids[0], B: ids[1] }));
    const args = ["adopt", "m.csv", "--from", "ids.json", "--yes"];
    const first = await place.qgfx(...args, "--json");
    expect(first.code).toBe(3);
    const { summary, rows } = adoptionSchema.parse(JSON.parse(first.stdout));
    expect(summary).toEqual({ adopted: 0, alreadyRecorded: 0, refused: 2 });
    expect(rows.map(({ verdict }) => verdict)).toEqual(["re-encoded", "re-encoded"]);
    expect(await summaryOf(place)).toMatchObject({ create: 2 });
    const forced = await place.qgfx(...args, "--force");
    expect(forced.code).toBe(0);
    expect(forced.stdout).toContain(`adopted line 2, F/A ${ids[0]}: re-encoded: `);
    expect(await summaryOf(place)).toMatchObject({ unchanged: 2 });
  });

  it("refuses an id that the library does not have, and one that is recorded for another row", async () => {
    const { place, ids } = await openScripted();
    place.write("ids.json", JSON.stringify({ A: ids[0], B: "IM_abcdefghijk" }));
    const { code, stdout } = await place.qgfx("adopt", "m.csv", "--from", "ids.json", "--yes");
    expect(code).toBe(3);
    expect(stdout).toContain("refused line 3, F/B IM_abcdefghijk: missing: not there (HTTP 404)");
    expect(stdout).toContain("1 adopted, 1 refused");
    place.write("pics/b.png", png(1));
    place.write("ids.json", JSON.stringify({ B: ids[0] }));
    const again = await place.qgfx("adopt", "m.csv", "--from", "ids.json", "--yes");
    expect(again.stdout).toContain("the ledger knows this id from another place");
  });

  it("adopts what nobody can check, and says so", async () => {
    const { place, ids } = await openScripted();
    place.write("ids.json", JSON.stringify({ A: ids[0] }));
    await place.sandbox.close();
    const { code, stdout } = await place.qgfx("adopt", "m.csv", "--from", "ids.json", "--yes");
    expect(code).toBe(0);
    expect(stdout).toContain("adopted line 2, F/A");
    expect(stdout).toContain("not checked: connection refused");
  });

  it("sends the token nowhere: it needs none", async () => {
    const { place, ids } = await openScripted();
    place.write("ids.json", JSON.stringify({ A: ids[0] }));
    const { QUALTRICS_API_KEY: _, ...env } = place.env;
    expect(
      await runCli(place.dir, ["adopt", "m.csv", "--from", "ids.json", "--yes"], env),
    ).toMatchObject({
      code: 0,
    });
  });

  it.each([
    ["ids.json", '{"A": "IM_short"}', "ADOPT_ID_MALFORMED"],
    ["ids.json", '{"A": "IM_abcdefghijk", "F/A": "IM_abcdefghijx"}', "ADOPT_TWO_IDS"],
    [
      "ids.json",
      '{\n  "A": "IM_abcdefghijk",\n  "A": "IM_abcdefghijx"\n}',
      "ids.json:3 error ADOPT_TWO_IDS: 'A' has two ids, IM_abcdefghijk (line 2) and IM_abcdefghijx (line 3)",
    ],
    ["ids.json", '{"A": "IM_abcdefghijk", "\\u0041": "IM_abcdefghijx"}', "ADOPT_TWO_IDS"],
    [
      "old.csv",
      "name,graphicId\nA,IM_abcdefghijk\nA,IM_abcdefghijx\n",
      "old.csv:3 error ADOPT_TWO_IDS: 'A' has two ids, IM_abcdefghijk (line 2) and IM_abcdefghijx (line 3)",
    ],
    ["ids.json", '["IM_abcdefghijk"]', "ID_LIST_UNREADABLE"],
    ["ids.json", '{"A": 1, "A": "IM_abcdefghijk"}', "ID_LIST_UNREADABLE"],
    ["ids.json", '{"A": "IM_abcdefghijk",}', "ID_LIST_UNREADABLE"],
    ["ids.json", "{}", "ADOPT_NO_IDS"],
    ["old.csv", "a,b\n1,2\n", "ID_LIST_UNREADABLE"],
    [
      "old.csv",
      "name,graphicId\nA,IM_abcdefghijk,\nB,nonsense\n",
      "old.csv:3 error ADOPT_ID_MALFORMED",
    ],
  ])("adopts nothing from %s holding %s", async (file, text, message) => {
    const { place } = await openScripted();
    place.write(file, text);
    const { code, stderr } = await place.qgfx("adopt", "m.csv", "--from", file, "--yes");
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(await summaryOf(place)).toMatchObject({ create: 2 });
  });

  it("takes an id that a name has twice", async () => {
    const { place, ids } = await openScripted();
    place.write("ids.json", `{"A": "${ids[0]}",\r\n\t"A" : "${ids[0]}" , "B":"${ids[1]}"}\n`);
    const run = await place.qgfx("adopt", "m.csv", "--from", "ids.json", "--yes");
    expect(run).toMatchObject({ code: 0, stdout: expect.stringContaining("2 adopted") });
  });

  it("asks for folder/name where a name alone may be two rows", async () => {
    const { place, ids } = await openScripted();
    place.write("m.csv", "path,name,folder\npics/a.png,A,F\npics/b.png,A,G\n");
    place.write("ids.json", JSON.stringify({ A: ids[0], C: ids[1] }));
    const { code, stderr } = await place.qgfx("adopt", "m.csv", "--from", "ids.json", "--yes");
    expect(code).toBe(2);
    expect(stderr).toContain("'A' may be any of the rows in lines 2, 3");
    expect(stderr).toContain("ADOPT_NO_ROW: no row of the manifest is 'C'");
  });
});
