import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { png } from "../support/pictures.ts";
import { openWorkplace, type Workplace } from "../support/workplace.ts";

/** "Привет" in Windows-1251. */
const CYRILLIC = Buffer.concat([
  Buffer.from("path,name,folder\r\na.png,"),
  Buffer.from("cff0e8e2e5f2", "hex"),
  Buffer.from(",F\r\n"),
]);

async function open(): Promise<Workplace> {
  const place = await openWorkplace();
  place.write("a.png", png(1));
  place.write("m.csv", CYRILLIC);
  return place;
}

describe("--encoding", () => {
  it("is asked for, and nothing is changed or sent without it", async () => {
    const place = await open();
    for (const args of [
      ["validate", "m.csv", "--fix", "--yes"],
      ["apply", "m.csv", "--yes"],
    ]) {
      const { code, stdout, stderr } = await place.qgfx(...args);
      expect(code).toBe(2);
      expect(stdout + stderr).toContain("--encoding windows-1251");
    }
    expect(readFileSync(join(place.dir, "m.csv"))).toEqual(CYRILLIC);
    expect(await place.held()).toEqual([]);
  });

  it("decides how a table is read, also by a saved plan", async () => {
    const place = await open();
    const planned = await place.qgfx("plan", "m.csv", "--encoding", "cp1251", "--out", "p.json");
    expect(planned.code).toBe(0);
    expect(await place.qgfx("apply", "p.json", "--yes")).toMatchObject({ code: 0 });
    expect((await place.held()).map(({ name }) => name)).toEqual(["Привет"]);
    expect(place.read("m.results.csv")).toContain("Привет");
  });

  it("saves the table as UTF-8 with --fix", async () => {
    const place = await open();
    const { code } = await place.qgfx(
      "validate",
      "m.csv",
      "--encoding",
      "windows-1251",
      "--fix",
      "--yes",
    );
    expect(code).toBe(0);
    expect(place.read("m.csv")).toBe("\uFEFFpath,name,folder\r\na.png,Привет,F\r\n");
    expect(await place.qgfx("validate", "m.csv")).toMatchObject({
      code: 0,
      stdout: "m.csv: no problems\n",
    });
  });

  it("is refused where nobody knows it", async () => {
    const place = await open();
    const { code, stderr } = await place.qgfx("validate", "m.csv", "--encoding", "klingon");
    expect(code).toBe(2);
    expect(stderr).toContain("the encoding 'klingon' is not known");
  });
});
