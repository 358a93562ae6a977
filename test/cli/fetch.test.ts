import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fetchSchema } from "../../src/report/survey-documents.ts";
import { png } from "../support/pictures.ts";
import { runCli } from "../support/run-cli.ts";
import { openWorkplace, type Workplace } from "../support/workplace.ts";

/** Two pictures in a library, and a survey that uses them. */
async function openUsed(): Promise<{ place: Workplace; sun: string; rain: string }> {
  const place = await openWorkplace();
  place.write("sun.png", png(1));
  place.write("rain.png", png(2));
  place.write("summer.csv", "path,name,folder\nsun.png,Sun,Weather\nrain.png,Rain,Weather\n");
  await place.qgfx("apply", "summer.csv", "--yes");
  const ids = new Map((await place.held()).map(({ name, id }) => [name, id]));
  const [sun = "", rain = ""] = [ids.get("Sun"), ids.get("Rain")];
  const url = `${place.sandbox.url}/ControlPanel/Graphic.php?IM=${sun}`;
  const Payload = { QuestionID: "QID1", QuestionText: `<img src="${url}">`, Graphics: rain };
  place.write("survey.qsf", JSON.stringify({ SurveyElements: [{ Payload }] }));
  return { place, sun, rain };
}

describe("qgfx fetch", () => {
  it("saves what a survey uses, with a manifest that validates and that adopt knows", async () => {
    const { place, sun, rain } = await openUsed();
    const run = await place.qgfx("fetch", "survey.qsf", "-o", "out");
    expect(run).toMatchObject({ code: 0, stderr: "" });
    expect(run.stdout).toBe(`2 images saved; ${join("out", "graphics.csv")} lists them\n`);
    expect(readdirSync(join(place.dir, "out")).sort()).toEqual(
      ["graphics.csv", `${sun}.png`, `${rain}.png`].sort(),
    );
    expect(readFileSync(join(place.dir, "out", `${sun}.png`)).equals(png(1))).toBe(true);
    expect(await place.qgfx("validate", "out/graphics.csv")).toMatchObject({ code: 0 });
    const adopted = await place.qgfx("adopt", "out/graphics.csv");
    expect(adopted).toMatchObject({ code: 0 });
    expect(adopted.stdout).toContain("2 adopted");
    const plan = await place.qgfx("plan", "out/graphics.csv", "--json");
    expect(JSON.parse(plan.stdout).summary).toMatchObject({ unchanged: 2, create: 0 });
  });

  it("takes names and folders from a results file, and ids as they are", async () => {
    const { place, sun } = await openUsed();
    await place.qgfx("fetch", "summer.results.csv", sun, "-o", "out");
    expect(place.read("out/graphics.csv")).toContain(`${sun}.png,Sun,Weather,uploaded,${sun},`);
    expect(place.read("out/graphics.csv").trimEnd().split("\n")).toHaveLength(3);
  });

  it("lists what is missing, and saves the rest", async () => {
    const { place, sun } = await openUsed();
    const missing = "IM_000000000000000";
    place.write("page.html", `${sun} ${missing}`);
    const { code, stdout } = await place.qgfx("fetch", "page.html", "-o", "out", "--json");
    const { summary, graphics } = fetchSchema.parse(JSON.parse(stdout));
    expect(code).toBe(3);
    expect(summary).toMatchObject({ saved: 1, missing: 1 });
    expect(graphics[1]).toMatchObject({ graphicId: missing, status: "missing", path: null });
    expect(graphics[1]?.files).toEqual(["page.html"]);
  });

  it("asks no host that a file alone names, and none without one", async () => {
    const { place, sun } = await openUsed();
    const stranger = await openWorkplace();
    place.write("a.html", `${stranger.sandbox.url}/ControlPanel/Graphic.php?IM=${sun}`);
    expect(await place.qgfx("fetch", "a.html", "-o", "one")).toMatchObject({ code: 0 });
    const run = await runCli(place.dir, ["fetch", "a.html", "-o", "two"]);
    expect(run.code).toBe(2);
    expect(run.stderr).toContain("HOST_MISSING");
    expect(existsSync(join(place.dir, "two"))).toBe(false);
  });

  it("says where a file is in the place of its folder", async () => {
    const place = await openWorkplace();
    place.write("taken", "a file");
    const args = ["fetch", "IM_000000000000001", "--host", place.sandbox.url, "-o"];
    for (const folder of ["taken", "taken/below"]) {
      const { code, stderr } = await place.qgfx(...args, folder);
      expect([code, stderr]).toEqual([2, expect.stringContaining("error WRITE_NO_FOLDER: ")]);
      expect(stderr).toContain("a file is where a folder is needed\n    move that file away");
    }
  });

  it("never writes over a manifest, and says where there is no id", async () => {
    const { place } = await openUsed();
    place.write("out/graphics.csv", "mine");
    for (const [args, code] of [
      [["survey.qsf", "-o", "out"], "FETCH_EXISTS"],
      [["sun.png", "-o", "new"], "SURVEY_ENCODING"],
      [["summer.csv", "-o", "new"], "FETCH_NO_IDS"],
    ] as const) {
      const run = await place.qgfx("fetch", ...args);
      expect(run.code).toBe(2);
      expect(run.stderr).toContain(code);
    }
    expect(place.read("out/graphics.csv")).toBe("mine");
  });
});

it("a survey moves to another account: fetch, apply there, fill --replaced", async () => {
  const { place, sun, rain } = await openUsed();
  const other = await openWorkplace();
  await place.qgfx("fetch", "survey.qsf", "-o", "moved");
  const there = (...args: string[]) => runCli(place.dir, args, other.env);
  expect(await there("apply", "moved/graphics.csv", "--yes")).toMatchObject({ code: 0 });
  const held = new Map((await other.held()).map(({ name, id }) => [name, id]));
  expect([...held.keys()].sort()).toEqual([`${sun}.png`, `${rain}.png`].sort());
  const run = await there("fill", "survey.qsf", "--with", "moved/graphics.csv", "--replaced");
  expect(run).toMatchObject({ code: 0 });
  const filled = place.read("survey.filled.qsf");
  expect(filled).not.toContain(sun);
  expect(filled).toContain(held.get(`${sun}.png`));
  expect(JSON.parse(filled).SurveyElements[0].Payload.Graphics).toBe(held.get(`${rain}.png`));
});
