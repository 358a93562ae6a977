import { once } from "node:events";
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { firstOf } from "../../support/counts.ts";
import { png } from "../../support/pictures.ts";
import { BIN, start } from "../../support/program.ts";
import { openWorkplace, type Workplace } from "../../support/workplace.ts";

const ROWS = 20;

/** A run that was killed in the midst of its uploads; its results are still the first run's. */
async function openKilled(): Promise<Workplace> {
  const place = await openWorkplace({ script: { version: 1, latencyMs: 60 } });
  const sheet = (count: number) =>
    ["path,folder", ...Array.from({ length: count }, (_, index) => `${index}.png,F`), ""].join(
      "\n",
    );
  for (let index = 0; index < ROWS; index += 1) place.write(`${index}.png`, png(index));
  place.write("m.csv", sheet(1));
  expect(await place.qgfx("apply", "m.csv", "--yes")).toMatchObject({ code: 0 });
  place.write("m.csv", sheet(ROWS));
  await applyAndKill(place);
  return place;
}

/** Kills a run after some of its uploads; gives the names of those that it told of. */
async function applyAndKill(place: Workplace, ...options: string[]): Promise<string[]> {
  const args = [BIN, "apply", "m.csv", "--yes", "--json", "--concurrency", "2", ...options];
  const { child, ended } = start(process.execPath, args, { cwd: place.dir, env: place.env });
  let told = "";
  child.stdout?.on("data", (text: string) => {
    told += text;
    if (told.split('"uploaded"').length > 6) child.kill("SIGKILL");
  });
  await once(child, "exit");
  await ended;
  return [...told.matchAll(/"name":"([^"]+)"[^\n]*"uploaded"/g)].map(([, name = ""]) => name);
}

const idsIn = (place: Workplace) => place.read("m.results.csv").match(/IM_\w+(?=,http)/g) ?? [];

it.each(
  firstOf(3, [
    ["plan", ["plan", "m.csv"]],
    ["prune", ["prune", "m.csv", "--yes"]],
    ["results --format", ["results", "m.csv", "--format", "json"]],
    ["apply that nobody confirms", ["apply", "m.csv"]],
    ["explain", ["explain", "m.csv", "2"]],
    ["verify", ["verify", "m.csv"]],
    ["history", ["history", "m.csv"]],
    ["resolve", ["resolve", "m.csv"]],
  ] as const),
)("after a kill, %s brings the results to what the ledger knows", async (_, args) => {
  const place = await openKilled();
  expect(idsIn(place)).toHaveLength(1);
  await place.qgfx(...args);
  const shown = idsIn(place);
  expect(shown.length).toBeGreaterThan(5);
  const held = (await place.held()).map(({ id }) => id);
  expect(held).toEqual(expect.arrayContaining(shown));
  const lines = place.read("m.results.csv").trimEnd().split("\n").slice(1);
  expect(lines).toHaveLength(ROWS);
  const unknown = lines.filter((line) => line.includes(",unknown,"));
  expect(unknown.length).toBeLessThanOrEqual(2);
  // Every graphic of the service is in the results, or its row is held.
  expect(held.length).toBeLessThanOrEqual(shown.length + unknown.length);
});

it("what a killed run retried is not held again for the results that it wrote at its start", async () => {
  const place = await openKilled();
  const uploaded = await applyAndKill(place, "--unknown", "retry");
  expect(uploaded.length).toBeGreaterThan(4);
  expect((await place.qgfx("apply", "m.csv", "--yes")).code).toBe(5);
  const unknown = place
    .read("m.results.csv")
    .split("\n")
    .filter((line) => line.includes(",unknown,"));
  expect(unknown.length).toBeLessThanOrEqual(2);
  expect(unknown.filter((line) => uploaded.includes(line.split(",")[0] ?? ""))).toEqual([]);
});

it("while a run goes on, plan leaves the results to it", async () => {
  const place = await openWorkplace({ script: { version: 1, latencyMs: 200 } });
  place.write("a.png", png(1));
  place.write("m.csv", "path,folder\na.png,F\n");
  await place.qgfx("apply", "m.csv", "--yes");
  const before = place.read("m.results.csv");
  for (let index = 0; index < 6; index += 1) place.write(`${index}.png`, png(index + 5));
  const more = Array.from({ length: 6 }, (_, index) => `${index}.png,F\n`);
  place.write("m.csv", `path,folder\na.png,F\n${more.join("")}`);
  const args = [BIN, "apply", "m.csv", "--yes", "--json", "--concurrency", "1"];
  const { child, ended } = start(process.execPath, args, { cwd: place.dir, env: place.env });
  await new Promise<void>((resolve) => {
    child.stdout?.on("data", (text: string) => text.includes("item.finished") && resolve());
  });
  expect(await place.qgfx("plan", "m.csv")).toMatchObject({ code: 0 });
  expect(place.read("m.results.csv")).toBe(before);
  expect(await ended).toMatchObject({ code: 0 });
});

it("a ledger that comes back from a copy of before the kill goes on from the results of after it", async () => {
  const place = await openKilled();
  await place.qgfx("plan", "m.csv");
  rmSync(join(place.dir, ".qgfx"), { recursive: true });
  const held = await place.held();
  expect(await place.qgfx("apply", "m.csv", "--yes")).toMatchObject({ code: 5 });
  const names = (await place.held()).map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names.length).toBeGreaterThanOrEqual(held.length);
  cpSync(join(place.dir, "m.results.csv"), join(place.dir, "kept.csv"));
});
