import { describe, expect, it } from "vitest";
import { png } from "../../support/pictures.ts";
import { openWorkplace, type Workplace } from "../../support/workplace.ts";

/** Three pictures; A and C landed without an answer. */
async function openUnanswered(): Promise<Workplace> {
  const lost = (name: string) =>
    ({ name, times: 1, play: { kind: "reset", at: "after-store" } }) as const;
  const place = await openWorkplace({ script: { version: 1, faults: [lost("A"), lost("C")] } });
  const rows = ["A", "B", "C"].map((name, index) => {
    place.write(`${name}.png`, png(index));
    return `${name}.png,${name},F`;
  });
  place.write("m.csv", ["path,name,folder", ...rows, ""].join("\n"));
  expect(await place.qgfx("apply", "m.csv", "--yes")).toMatchObject({ code: 5 });
  return place;
}

async function idOf(place: Workplace, name: string): Promise<string> {
  const found = (await place.held()).find((graphic) => graphic.name === name);
  if (!found) throw new Error(`the sandbox holds no ${name}`);
  return found.id;
}

describe("resolve", () => {
  it("lists what got no answer, and settles nothing by itself", async () => {
    const place = await openUnanswered();
    const { code, stdout } = await place.qgfx("resolve", "m.csv");
    expect(code).toBe(5);
    expect(stdout).toContain("? line 2, F/A: ");
    expect(stdout).toContain("? line 4, F/C: ");
    expect(stdout).not.toContain("F/B");
  });

  it("takes over the id the user found: the row is unchanged from then on", async () => {
    const place = await openUnanswered();
    const id = await idOf(place, "A");
    const { code } = await place.qgfx("resolve", "m.csv", "--landed", `2=${id}`);
    expect(code).toBe(5);
    expect(place.read("m.results.csv")).toContain(
      `A.png,A,F,uploaded,${id},${place.sandbox.url}/ControlPanel/Graphic.php?IM=${id},`,
    );
    const { stdout } = await place.qgfx("plan", "m.csv", "--json");
    expect(JSON.parse(stdout).summary).toMatchObject({ unchanged: 2, unknown: 1, create: 0 });
  });

  it("lets the next apply upload what is not in the library", async () => {
    const place = await openUnanswered();
    const id = await idOf(place, "A");
    const resolved = await place.qgfx(
      ...["resolve", "m.csv", "--json", "--landed", `2=${id}`, "--absent", "all"],
    );
    expect(resolved.code).toBe(0);
    expect(JSON.parse(resolved.stdout)).toEqual({
      version: 1,
      settled: [
        { line: 2, folder: "F", name: "A", settled: "landed", graphicId: id },
        { line: 4, folder: "F", name: "C", settled: "absent", graphicId: null },
      ],
      unknown: [],
    });
    const applied = await place.qgfx("apply", "m.csv", "--yes");
    expect(applied.stdout).toContain("1 uploaded, 2 unchanged");
  });

  it("says what it settled where the results cannot be written, and exits 3", async () => {
    const place = await openUnanswered();
    const args = ["resolve", "m.csv", "--absent", "all", "--results", "none/r.csv"];
    const { code, stdout, stderr } = await place.qgfx(...args);
    expect(code, stderr).toBe(3);
    expect(stdout).toContain("line 2, F/A: absent");
    expect(stdout).toContain("no unknown uploads left");
    expect(stderr).toMatch(/^error WRITE_NO_FOLDER: /m);
    expect(stderr).toContain("no results were written");
  });

  it.each([
    [["--landed", "2=IM_short"], "IM_ with 11 to 15 letters or digits"],
    [["--landed", "3=IM_abcdefghijk"], "line '3' holds no unknown upload, these do: 2, 4"],
    [["--absent", "x"], "line 'x' holds no unknown upload"],
    [["--absent", "2", "--landed", "2=IM_abcdefghijk"], "line 2 is named twice"],
    [["--landed", "2=IM_abcdefghijk", "--landed", "4=IM_abcdefghijk"], "given to two lines"],
  ])("refuses %j and changes nothing", async (args, message) => {
    const place = await openUnanswered();
    const before = place.read("m.results.csv");
    const { code, stderr } = await place.qgfx("resolve", "m.csv", ...args);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(place.read("m.results.csv")).toBe(before);
    expect((await place.qgfx("resolve", "m.csv")).stdout).toContain("2 uploads got no answer");
  });

  it("refuses an id that belongs to another row", async () => {
    const place = await openUnanswered();
    const taken = await idOf(place, "B");
    const { code, stderr } = await place.qgfx("resolve", "m.csv", "--landed", `2=${taken}`);
    expect(code).toBe(2);
    expect(stderr).toContain(`${taken}, given for line 2, is recorded for another upload`);
  });
});
