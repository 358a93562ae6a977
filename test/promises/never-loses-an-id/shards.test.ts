import { expect, it, onTestFinished } from "vitest";
import { shardIndexOf } from "../../../src/plan/shard.ts";
import { counted } from "../../support/counts.ts";
import { png } from "../../support/pictures.ts";
import { BIN, type Ended, type Running, start } from "../../support/program.ts";
import { openWorkplace, type Workplace } from "../../support/workplace.ts";

const ROWS = Array.from({ length: 30 }, (_, index) => `p${index}`);
const COUNT = counted(2, 3);

const shardOf = (name: string) => shardIndexOf({ folder: "F", name }, COUNT);

async function openSheet(): Promise<Workplace> {
  const place = await openWorkplace();
  for (const [index, name] of ROWS.entries()) place.write(`${name}.png`, png(index));
  writeSheet(place, ROWS);
  return place;
}

function writeSheet(place: Workplace, names: readonly string[]): void {
  const rows = names.map((name) => `${name}.png,${name},F`);
  place.write("m.csv", ["path,name,folder", ...rows, ""].join("\n"));
}

function startShard(place: Workplace, index: number, ...args: string[]): Running {
  const shard = ["apply", "m.csv", "--yes", "--shard", `${index}/${COUNT}`, ...args];
  const running = start(process.execPath, [BIN, ...shard], { cwd: place.dir, env: place.env });
  onTestFinished(() => void running.child.kill("SIGKILL"));
  return running;
}

function runShards(place: Workplace): Promise<Ended[]> {
  return Promise.all(
    Array.from({ length: COUNT }, (_, index) => startShard(place, index + 1).ended),
  );
}

async function summaryOf(place: Workplace): Promise<Record<string, number>> {
  return JSON.parse((await place.qgfx("plan", "m.csv", "--json")).stdout).summary;
}

it("several processes share a manifest, run after run, and merge leaves nothing to do", async () => {
  const place = await openSheet();
  writeSheet(place, ROWS.slice(0, 20));
  for (const { code, stderr } of await runShards(place))
    expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(await place.qgfx("merge", "m.csv")).toMatchObject({ code: 0 });
  // All begin with the merged ledger now, at the same moment.
  writeSheet(place, ROWS);
  for (const { code, stderr } of await runShards(place))
    expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(await place.qgfx("merge", "m.csv")).toMatchObject({ code: 0 });
  expect(await summaryOf(place)).toMatchObject({ unchanged: ROWS.length, create: 0, orphan: 0 });
  const held = (await place.held()).map(({ name }) => name).sort();
  expect(held).toEqual([...ROWS].sort());
});

it("a shard that was killed goes on where it was, and no id is lost on the way to one ledger", async () => {
  const place = await openSheet();
  const slow = startShard(place, 2, "--rate", "60", "--concurrency", "2");
  const others = Array.from({ length: COUNT }, (_, index) => index + 1)
    .filter((index) => index !== 2)
    .map((index) => startShard(place, index).ended);
  await isAnyHeld(place, 2);
  slow.child.kill("SIGKILL");
  expect((await slow.ended).signal).toBe("SIGKILL");
  for (const { code } of await Promise.all(others)) expect(code).toBe(0);

  // Merged with its ledger as the killed run left it, and again once it has gone on.
  const early = await place.qgfx("merge", "m.csv", "--json");
  expect([3, 5]).toContain(early.code);
  expect(JSON.parse(early.stdout).summary.unknown).toBeLessThanOrEqual(2);
  const resumed = await startShard(place, 2).ended;
  expect([0, 5]).toContain(resumed.code);
  await settleUnknowns(place);
  expect(await place.qgfx("apply", "m.csv", "--yes")).toMatchObject({ code: 0 });

  expect(await summaryOf(place)).toMatchObject({ unchanged: ROWS.length, create: 0, unknown: 0 });
  const held = await place.held();
  expect(held.map(({ name }) => name).sort()).toEqual([...ROWS].sort());
  for (const { id } of held) expect(place.read("m.results.csv")).toContain(id);
});

/** Waits until the service has a graphic of that shard: its run is under way. */
async function isAnyHeld(place: Workplace, index: number): Promise<void> {
  while (!(await place.held()).some(({ name }) => shardOf(name) === index)) {
    await new Promise((done) => setTimeout(done, 20));
  }
}

/** Merges, and says of each unknown what the service has. */
async function settleUnknowns(place: Workplace): Promise<void> {
  const { stdout } = await place.qgfx("merge", "m.csv", "--json");
  if (JSON.parse(stdout).summary.unknown === 0) return;
  const listed = await place.qgfx("resolve", "m.csv", "--json");
  const held = new Map((await place.held()).map(({ name, id }) => [name, id]));
  const findings = JSON.parse(listed.stdout).unknown.flatMap(
    ({ line, name }: { line: number; name: string }) =>
      held.has(name) ? ["--landed", `${line}=${held.get(name)}`] : ["--absent", String(line)],
  );
  expect(await place.qgfx("resolve", "m.csv", ...findings)).toMatchObject({ code: 0 });
}
