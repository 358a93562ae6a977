import { cpSync, existsSync, linkSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, it, onTestFinished } from "vitest";
import { Database } from "../../../src/ledger/database.ts";
import { png } from "../../support/pictures.ts";
import { BIN, type Running, start } from "../../support/program.ts";
import { runCli } from "../../support/run-cli.ts";
import { openWorkplace, type Workplace } from "../../support/workplace.ts";

const ROWS = 24;
const APPLY = ["apply", "m.csv", "--yes", "--concurrency", "2"];

/** Pictures, and a service that takes its time with each. */
async function openSlow(): Promise<Workplace> {
  const place = await openWorkplace({ script: { version: 1, latencyMs: 200 } });
  const rows = Array.from({ length: ROWS }, (_, index) => {
    place.write(`study/${index}.png`, png(index));
    return `${index}.png,F`;
  });
  place.write("study/m.csv", ["path,folder", ...rows, ""].join("\n"));
  // What is loaded by then takes no time while a run goes on.
  await qgfx(place, "study", "plan", "m.csv");
  return place;
}

/** A real run in a process of its own that has uploaded some pictures, and goes on. */
async function midRun(place: Workplace): Promise<Running> {
  const cwd = join(place.dir, "study");
  const running = start(process.execPath, [BIN, ...APPLY, "--json"], { cwd, env: place.env });
  onTestFinished(() => void running.child.kill("SIGKILL"));
  let finished = 0;
  for await (const line of createInterface({ input: running.child.stdout ?? process.stdin })) {
    if (JSON.parse(line).event === "item.finished") finished += 1;
    if (finished === 4) break;
  }
  running.child.stdout?.resume();
  return running;
}

/** The whole folder under another name, as a person copies it. */
function copyFolder(place: Workplace, name: string): void {
  cpSync(join(place.dir, "study"), join(place.dir, name), { recursive: true });
}

const qgfx = (place: Workplace, folder: string, ...args: string[]) =>
  runCli(join(place.dir, folder), args, place.env);

async function expectNoDuplicates(place: Workplace): Promise<string[]> {
  const names = (await place.held()).map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  return names;
}

describe("a folder copied in the middle of a run", () => {
  it("is refused while that run goes on: who has it open, where it was copied from, what to do", async () => {
    const place = await openSlow();
    const run = await midRun(place);
    copyFolder(place, "copy");
    const refused = await qgfx(place, "copy", ...APPLY);
    expect(refused).toMatchObject({ code: 7, stdout: "" });
    expect(refused.stderr).toContain("LEDGER_COPIED");
    expect(refused.stderr).toContain(`a run of ${userInfo().username} has open`);
    expect(refused.stderr).toContain(`process ${run.child.pid} on ${hostname()}`);
    expect(refused.stderr).toContain("copy the whole folder again");
    if (existsSync("/proc/self/fd")) {
      expect(refused.stderr).toContain(join(place.dir, "study/.qgfx/ledger.db,"));
    }
    expect((await run.ended).code).toBe(0);
    expect(await expectNoDuplicates(place)).toHaveLength(ROWS);
  });

  it("sends nothing that the run may have sent once that run has ended, well or badly", async () => {
    const place = await openSlow();
    const run = await midRun(place);
    copyFolder(place, "copy");
    copyFolder(place, "late");
    await run.ended;
    const names = await expectNoDuplicates(place);
    const plan = await qgfx(place, "copy", "plan", "m.csv", "--json");
    expect(JSON.parse(plan.stdout).summary).toMatchObject({ create: 0 });
    const applied = await qgfx(place, "copy", ...APPLY);
    expect(applied.code).toBe(5);
    expect(applied.stderr).toContain("planned by a run whose end is not recorded here");
    expect((await place.held()).map(({ name }) => name)).toEqual(names);
    // The hold is in the copy for good.
    expect(await qgfx(place, "copy", ...APPLY)).toMatchObject({ code: 5 });
    expect(await place.held()).toHaveLength(ROWS);
    // With the whole ledger beside it the copy learns how its rows ended.
    const merged = await qgfx(
      place,
      "late",
      "merge",
      "m.csv",
      "--ledgers",
      "../study/.qgfx/ledger.db",
    );
    expect(merged).toMatchObject({ code: 0 });
    expect(await qgfx(place, "late", ...APPLY)).toMatchObject({ code: 0 });
    expect(await place.held()).toHaveLength(ROWS);
  });

  it("holds what was planned also without the log, or where the run was killed meanwhile", async () => {
    const place = await openSlow();
    const run = await midRun(place);
    copyFolder(place, "copy");
    copyFolder(place, "bare");
    for (const suffix of ["-wal", "-shm"]) {
      rmSync(join(place.dir, `bare/.qgfx/ledger.db${suffix}`), { force: true });
    }
    expect(await qgfx(place, "bare", ...APPLY)).toMatchObject({ code: 7 });
    run.child.kill("SIGKILL");
    await run.ended;
    const names = await expectNoDuplicates(place);
    for (const folder of ["copy", "bare"]) {
      expect(await qgfx(place, folder, ...APPLY)).toMatchObject({ code: 5 });
    }
    expect((await place.held()).map(({ name }) => name)).toEqual(names);
    // In its own place the killed run goes on: what was never begun is sent.
    const again = await qgfx(place, "study", ...APPLY);
    expect([0, 5]).toContain(again.code);
    expect((await expectNoDuplicates(place)).length).toBeGreaterThan(ROWS - 3);
  });

  it("is no copy where the folder was moved: the killed run goes on", async () => {
    const place = await openSlow();
    const run = await midRun(place);
    run.child.kill("SIGKILL");
    await run.ended;
    renameSync(join(place.dir, "study"), join(place.dir, "moved"));
    expect([0, 5]).toContain((await qgfx(place, "moved", ...APPLY)).code);
    expect((await expectNoDuplicates(place)).length).toBeGreaterThan(ROWS - 3);
  });
});

describe("the ledger of a run that was killed", () => {
  /** Says of itself something else; its log stays. */
  async function killedAs(says: () => Record<string, string | number>): Promise<Workplace> {
    const place = await openSlow();
    const run = await midRun(place);
    run.child.kill("SIGKILL");
    await run.ended;
    const file = join(place.dir, "study/.qgfx/ledger.db");
    // Whoever is the last to close it takes the log away.
    const reader = new Database(file, "rw");
    onTestFinished(() => reader.close());
    reader.exec("SELECT count(*) FROM runs");
    const writer = new Database(file, "rw");
    for (const [column, value] of Object.entries(says())) {
      writer.run(`UPDATE holder SET ${column} = ?`, [value]);
    }
    writer.close();
    return place;
  }

  it("of another computer has its planned rows held: the run may go on there", async () => {
    const place = await killedAs(() => ({ machine: "elsewhere" }));
    const names = await expectNoDuplicates(place);
    const { stdout } = await qgfx(place, "study", "plan", "m.csv", "--json");
    expect(JSON.parse(stdout).summary).toMatchObject({ create: 0 });
    expect(await qgfx(place, "study", ...APPLY)).toMatchObject({ code: 5 });
    expect((await place.held()).map(({ name }) => name)).toEqual(names);
  });
});

describe("a ledger that is not one file of our own is refused, with nothing sent", () => {
  async function applied(): Promise<{ place: Workplace; ledger: string }> {
    const place = await openWorkplace();
    place.write("a.png", png(1));
    place.write("b.png", png(2));
    place.write("m.csv", "path,folder\na.png,F\n");
    expect(await place.qgfx("apply", "m.csv", "--yes")).toMatchObject({ code: 0 });
    place.write("m.csv", "path,folder\na.png,F\nb.png,F\n");
    return { place, ledger: join(place.dir, ".qgfx/ledger.db") };
  }

  it("by a hard link", async () => {
    const { place, ledger } = await applied();
    mkdirSync(join(place.dir, "other/.qgfx"), { recursive: true });
    linkSync(ledger, join(place.dir, "other/.qgfx/ledger.db"));
    for (const folder of [".", "other"]) {
      for (const name of ["a.png", "b.png", "m.csv"]) {
        if (folder !== ".") cpSync(join(place.dir, name), join(place.dir, folder, name));
      }
      const run = await qgfx(place, folder, "apply", "m.csv", "--yes");
      expect(run).toMatchObject({ code: 2, stdout: "" });
      expect(run.stderr).toContain("hard link");
    }
    expect(await place.held()).toHaveLength(1);
  });

  it.each([
    ["a trigger", "CREATE TRIGGER t AFTER UPDATE ON attempts BEGIN SELECT 1; END"],
    ["a view", "CREATE VIEW v AS SELECT * FROM attempts"],
    ["an index", "CREATE INDEX i ON attempts (name)"],
    ["a table", "CREATE TABLE t (a)"],
  ])("by %s of a stranger's", async (_what, sql) => {
    const { place, ledger } = await applied();
    const database = new Database(ledger, "rw");
    database.exec(sql);
    database.close();
    for (const command of [["plan"], ["apply", "--yes"]]) {
      const run = await place.qgfx(...command, "m.csv");
      expect(run).toMatchObject({ code: 2, stdout: "" });
      expect(run.stderr).toContain("LEDGER_DAMAGED");
    }
    expect(await place.held()).toHaveLength(1);
  });
});
