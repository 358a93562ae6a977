import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { Database } from "../../../src/ledger/database.ts";
import { hasTerminals, startAtTerminal } from "../../support/at-terminal.ts";
import { png } from "../../support/pictures.ts";
import { BIN } from "../../support/program.ts";
import { openWorkplace, type Workplace } from "../../support/workplace.ts";

/** A manifest with an orphan, in a ledger whose runs are somebody else's. */
async function openOthers(): Promise<Workplace> {
  const place = await openWorkplace();
  place.write("a.png", png(1));
  place.write("b.png", png(2));
  place.write("m.csv", "path,name,folder\na.png,A,Summer\nb.png,B,Summer\n");
  await place.qgfx("apply", "m.csv", "--yes");
  const database = new Database(join(place.dir, ".qgfx/ledger.db"), "rw");
  database.run("UPDATE runs SET user = 'mallory', machine = 'elsewhere'", []);
  database.close();
  place.write("m.csv", "path,name,folder\na.png,A,Summer\n");
  return place;
}

it.each(["prune", "undo"])(
  "%s names what somebody else recorded, and --yes does not count for it",
  async (command) => {
    const place = await openOthers();
    const before = await place.held();
    const { code, stderr } = await place.qgfx(command, "m.csv", "--yes");
    expect(code).toBe(4);
    expect(stderr).toMatch(/IM_\w+ Summer\/B: recorded by mallory on elsewhere/);
    expect(stderr).toContain("--yes does not count for these");
    expect(await place.held()).toEqual(before);
  },
);

it.each([
  { options: [], file: "z.png", name: "Z" },
  { options: ["--replaced"], file: "b.png", name: "B" },
])("prune $options: an id that only a results file gave is named", async (given) => {
  const { options, file, name } = given;
  const place = await openWorkplace();
  place.write("a.png", png(1));
  place.write("own.csv", "path,name,folder\na.png,Logo,Brand\n");
  await place.qgfx("apply", "own.csv", "--yes");
  const [logo] = await place.held();
  for (const own of [".qgfx", "own.csv", "own.results.csv"]) {
    rmSync(join(place.dir, own), { recursive: true });
  }
  // A stranger's manifest, with the id of a graphic of ours: anybody can read that in a survey.
  place.write("b.png", png(2));
  place.write("m.csv", "path,name,folder\nb.png,B,Summer\n");
  const { url, library } = place.sandbox;
  const found = `${logo?.id},${url}/CP/Graphic.php?IM=${logo?.id},${library},${"0".repeat(64)}`;
  place.write(
    "m.results.csv",
    `path,name,folder,status,graphicId,url,library,sha256,uploadedAt,error
${file},${name},Summer,uploaded,${found},2026-01-01T00:00:00.000Z,\n`,
  );
  await place.qgfx("apply", "m.csv", "--yes");
  const { code, stderr } = await place.qgfx("prune", "m.csv", ...options);
  expect(stderr).toContain(`${logo?.id} Summer/${name}: known from a results file alone`);
  expect(code).toBe(4);
  expect((await place.held()).map(({ id }) => id)).toContain(logo?.id);
});

it("asks nothing more for what this user recorded here", async () => {
  const place = await openWorkplace();
  place.write("a.png", png(1));
  place.write("m.csv", "path,name,folder\na.png,A,Summer\n");
  await place.qgfx("apply", "m.csv", "--yes");
  expect(await place.qgfx("undo", "m.csv", "--yes")).toMatchObject({ code: 0 });
  expect(await place.held()).toEqual([]);
});

it.skipIf(!hasTerminals)("deletes it once that is agreed to at a terminal", async () => {
  const place = await openOthers();
  const command = [process.execPath, BIN, "prune", "m.csv", "--yes"];
  const running = startAtTerminal(command, { cwd: place.dir, env: place.env });
  await running.asked;
  running.answer("y");
  const { code, stdout } = await running.ended;
  expect(code, stdout).toBe(0);
  expect((await place.held()).map(({ name }) => name)).toEqual(["A"]);
});
