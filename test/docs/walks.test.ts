import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readPage, walk } from "../support/page.ts";
import { png } from "../support/pictures.ts";
import { runCli } from "../support/run-cli.ts";
import { openWorkplace, type Workplace } from "../support/workplace.ts";

it("docs/tutorial.md leads from 30 pictures to a Loop & Merge table and a survey, step by step", async () => {
  const place = await openWorkplace();
  for (const [index, side] of ["left", "right", "target"].entries()) {
    for (let trial = 1; trial <= 10; trial += 1) {
      place.write(`pictures/${side}/${trial}.png`, png(index * 10 + trial));
    }
  }
  const { steps, commands } = readPage("tutorial.md");
  for (const step of steps) {
    const made = "file" in step && step.file === "stimuli.csv" && place.read(step.file);
    await walk(place, step);
    if ("file" in step && made) expect(withoutTrial(step.text)).toEqual(sheetOf(made));
  }
  const shown = commands.find(({ command }) => command.includes("loop-merge"))?.command ?? "";
  const table = await place.qgfx(...shown.split(" ").slice(1));
  const [header, ...rows] = table.stdout.trimEnd().split("\n");
  expect(header).toBe("trial\tleft\tright\ttarget");
  const idOf = new Map((await place.held()).map(({ folder, name, id }) => [folder + name, id]));
  expect(rows.map((row) => row.split("\t"))).toEqual(
    Array.from({ length: 10 }, (_, index) => {
      const name = `${index + 1}.png`;
      return [`${index + 1}`, ...["left", "right", "target"].map((side) => idOf.get(side + name))];
    }),
  );
  const survey = place.read("survey.filled.txt");
  expect(new Set(survey.match(/IM_\w+/g))).toEqual(new Set(idOf.values()));
});

it("docs/surveys.md shows what each command prints", async () => {
  const place = await openWorkplace();
  place.write("pictures/sun.png", png(1));
  place.write("pictures/rain.png", png(2));
  for (const step of readPage("surveys.md").steps) {
    if ("command" in step && step.command.includes("--check")) {
      place.write("pictures/sun.png", png(3));
      await place.qgfx("apply", "summer.csv", "--yes");
    }
    await walk(place, step);
    if ("file" in step && step.file === "summer.csv")
      await place.qgfx("apply", "summer.csv", "--yes");
  }
});

/** The page's sheet is the one that init made, with the reader's own column added. */
function withoutTrial(text: string): string[] {
  return sheetOf(text).map((line) => line.replace(/,(trial|\d+)$/, ""));
}

function sheetOf(text: string): string[] {
  return text
    .replace(/^\uFEFF/, "")
    .trimEnd()
    .split(/\r?\n/);
}

it("docs/cleaning-up.md shows what each command prints", async () => {
  const place = await openWorkplace();
  for (const [index, name] of ["sun", "rain", "snow"].entries()) {
    place.write(`${name}.png`, png(index + 1));
  }
  const { steps } = readPage("cleaning-up.md");
  for (const [index, step] of steps.entries()) {
    await walk(place, step);
    if (index === 0) await place.qgfx("apply", "summer.csv", "--yes");
  }
});

it("docs/surveys.md moves a survey to another account", async () => {
  const [here, there] = [await openWorkplace(), await openWorkplace()];
  for (const [index, name] of ["sun", "rain"].entries()) {
    here.write(`pictures/${name}.png`, png(index + 1));
  }
  const { files } = readPage("surveys.md");
  here.write("summer.csv", files.get("summer.csv") ?? "");
  here.write("draft.txt", files.get("survey.txt") ?? "");
  await here.qgfx("apply", "summer.csv", "--yes");
  await here.qgfx("fill", "draft.txt", "--out", "survey.txt");
  // A colleague has the survey alone.
  const survey = here.read("survey.txt");
  there.write("survey.txt", survey);
  const [fetch, apply, fill] = readMove();
  const runAt = ({ env }: Workplace, command = "") =>
    runCli(there.dir, command.replace("survey.qsf", "survey.txt").split(" ").slice(1), env);
  expect(await runAt(here, fetch)).toMatchObject({ code: 0 });
  const withoutTarget = apply?.replace(/ --host.*/, " --yes");
  expect(await runAt(there, withoutTarget)).toMatchObject({ code: 0 });
  expect(await runAt(there, fill)).toMatchObject({ code: 0 });
  const filled = there.read("survey.filled.txt");
  const [before, after] = [await here.held(), await there.held()];
  expect(after.map(({ sha256 }) => sha256).sort()).toEqual(
    before.map(({ sha256 }) => sha256).sort(),
  );
  const moved = before.reduce((text, { id, sha256 }) => {
    const other = after.find((graphic) => graphic.sha256 === sha256);
    return text.replaceAll(id, other?.id ?? "");
  }, survey);
  expect(filled).toBe(moved);
});

/** The three commands of the page that move a survey. */
function readMove(): string[] {
  const page = readFileSync(join(import.meta.dirname, "../../docs/surveys.md"), "utf8");
  const block = /To move a survey to another account.*?```sh\n(.*?)```/s.exec(page)?.[1] ?? "";
  return block.trimEnd().split("\n");
}
