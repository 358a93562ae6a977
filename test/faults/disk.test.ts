import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { BIN, type Ended } from "../support/program.ts";
import { checkRefusal, lookAfter, rerunAndCheck } from "./support/crash-invariants.ts";
import { LEDGER, MANIFEST, Place, RESULTS } from "./support/crash-place.ts";
import { type Server, startServer } from "./support/crash-server.ts";
import { canMount, mountSmallDisk } from "./support/disk-mount.ts";
import { ordinaryUser } from "./support/ordinary-user.ts";
import { report, secondsSince, times } from "./support/programme.ts";

const ROWS = 6;
const CONCURRENCY = 2;
const ARGS = ["apply", MANIFEST, "--yes", "--rate", "100000", "--concurrency", `${CONCURRENCY}`];
/** With so much room even a first run has all it needs. */
const ENOUGH_KB = 360;

let server: Server;
let nextPlace = 1;

beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

/** In a temporary folder that is gone after the test, or on a disk that its owner removes. */
function newPlace(disk?: string, at = server): Place {
  const number = nextPlace++;
  const place = new Place(at, `disk${number}`, disk);
  place.writeRows(seedsOf(number));
  if (disk === undefined) onTestFinished(() => place.remove());
  return place;
}

function seedsOf(number: number): number[] {
  return Array.from({ length: ROWS }, (_, row) => number * 1000 + row);
}

function expectRemedy(ended: Ended, ...parts: (string | RegExp)[]): void {
  for (const part of parts) expect(ended.stderr).toMatch(part);
  expect(ended.stderr).not.toContain("this is a bug");
}

const mayMount = canMount();
if (!mayMount) report("disk: no file system can be mounted here: full and read-only disks skipped");

describe.skipIf(!mayMount)("a full disk", () => {
  /** One run with `leftKb` of room, then one with enough. Gives how it ended. */
  async function tryRoom(leftKb: number, isRerun: boolean) {
    const disk = mountSmallDisk("4m");
    const temporary = mkdtempSync(join(tmpdir(), "qgfx-rescue-"));
    try {
      const place = newPlace(disk.dir);
      if (isRerun) {
        expect((await place.apply()).code).toBe(0);
        place.writeRows(seedsOf(nextPlace++));
      }
      const before = await lookAfter(place);
      const filler = disk.fill(leftKb * 1024);
      const env = { TMPDIR: temporary };
      const ended = await place.run(process.execPath, [BIN, ...ARGS], { env }).ended;
      const after = await lookAfter(place);
      const told = checkRefusal(before, after, ended, CONCURRENCY);
      if (ended.code !== 0) expectRemedy(ended, /disk is full|SQLITE_FULL|SQLITE_IOERR/, disk.dir);
      if (told > 0) expectRescued(temporary, disk.dir, after.lost);
      rmSync(filler);
      await rerunAndCheck(place, ROWS);
      return { code: ended.code, told };
    } finally {
      disk.remove();
      rmSync(temporary, { recursive: true, force: true });
    }
  }

  /** What is in no ledger is in the emergency file, beside the manifest or in the temporary folder. */
  function expectRescued(temporary: string, dir: string, lost: readonly { id: string }[]): void {
    const texts = [dir, temporary].flatMap((folder) =>
      readdirSync(folder)
        .filter((name) => name.startsWith("qgfx-rescued-ids-"))
        .map((name) => readFileSync(join(folder, name), "utf8")),
    );
    expect(texts).toHaveLength(1);
    for (const { id } of lost) expect(texts[0]).toContain(id);
  }

  it.each([
    ["a first run", false],
    ["a rerun that replaces", true],
  ])("at every step of %s: no id is lost, and room makes it good", async (name, isRerun) => {
    const startMs = Date.now();
    const stepKb = times(4, 120);
    const codes = new Map<number | null, number>();
    let told = 0;
    let points = 0;
    for (let leftKb = 0; leftKb <= ENOUGH_KB; leftKb += stepKb) {
      const ended = await tryRoom(leftKb, isRerun);
      codes.set(ended.code, (codes.get(ended.code) ?? 0) + 1);
      told += ended.told;
      points += 1;
    }
    const list = [...codes].map(([code, count]) => `${code}: ${count}`).join(", ");
    report(
      `full disk, ${name}: ${points} amounts of room from 0 to ${ENOUGH_KB} KB, 0 lost ids, 0 silent duplicates; ` +
        `exit codes ${list}; ${told} ids rescued; ${secondsSince(startMs)}`,
    );
    expect(codes.get(0)).toBeGreaterThan(0);
    expect(codes.get(2)).toBeGreaterThan(0);
  });
});

describe.skipIf(!mayMount)("a read-only disk", () => {
  it("refuses to start, with or without a ledger, and still shows the plan", async () => {
    const disk = mountSmallDisk("4m");
    onTestFinished(() => disk.remove());
    const place = newPlace(disk.dir);
    disk.makeReadOnly(true);
    const first = await place.apply();
    expect(first.code).toBe(2);
    expectRemedy(first, "LEDGER_UNWRITABLE", "read-only", disk.dir, "--ledger");
    disk.makeReadOnly(false);
    expect((await place.apply()).code).toBe(0);
    place.writeRows(seedsOf(nextPlace++));
    disk.makeReadOnly(true);
    const second = await place.apply();
    expect(second.code).toBe(2);
    expectRemedy(second, "LEDGER_UNWRITABLE", "read-only", disk.dir);
    expect((await place.qgfx("plan", MANIFEST, "--detailed-exitcode")).code).toBe(6);
    const results = await place.qgfx("results", MANIFEST);
    expect(results.code).toBe(2);
    expectRemedy(results, "WRITE_READ_ONLY", RESULTS);
    disk.makeReadOnly(false);
    expect(await place.held()).toHaveLength(ROWS);
    await rerunAndCheck(place, ROWS);
  });
});

describe("files that may not be written", () => {
  it.each([
    ["the folder", (place: Place) => chmodSync(place.dir, 0o555), "LEDGER_UNWRITABLE", 2, ""],
    [
      "the ledger",
      (place: Place) => chmodSync(join(place.dir, LEDGER), 0o444),
      "LEDGER_UNWRITABLE",
      2,
      "",
    ],
    [
      "the ledger, which may not be read either",
      (place: Place) => chmodSync(join(place.dir, LEDGER), 0),
      "LEDGER_UNWRITABLE",
      2,
      "",
    ],
    ["the folder of the results", makeLockedFolder, "WRITE_NOT_ALLOWED", 3, "locked/r.csv"],
  ])("%s", async (_, forbid, code, exitCode, results) => {
    const place = newPlace();
    const user = await openTo(place);
    if (!user) return;
    const needsLedger = code.startsWith("LEDGER") && exitCode === 2;
    if (needsLedger) await place.run(process.execPath, [BIN, ...ARGS], user).ended;
    if (_ === "the folder") rmSync(join(place.dir, ".qgfx"), { recursive: true });
    place.writeRows(seedsOf(nextPlace++));
    const heldBefore = (await place.held()).length;
    forbid(place);
    const args = results ? [...ARGS, "--results", results] : ARGS;
    const ended = await place.run(process.execPath, [BIN, ...args], user).ended;
    expect(ended.code, ended.stderr).toBe(exitCode);
    expectRemedy(ended, code, place.dir);
    if (exitCode === 2) expect(await place.held()).toHaveLength(heldBefore);
    else await rerunAndCheck(place, ROWS);
  });

  async function openTo(place: Place) {
    chmodSync(place.dir, 0o777);
    const user = await ordinaryUser(place);
    if (!user) report("disk: no other user can run the program here: rights skipped");
    return user;
  }

  function makeLockedFolder(place: Place): void {
    mkdirSync(join(place.dir, "locked"), { mode: 0o555 });
  }
});

describe("results that can no longer be written once something was sent", () => {
  it.each([
    ["a folder is in their place", "r.csv", "WRITE_NOT_A_FILE"],
    ["their folder is gone", "gone/r.csv", "WRITE_NO_FOLDER"],
  ])(
    "%s: everything is recorded, exit 3, and `qgfx results` makes it good",
    async (_, file, code) => {
      const slow = await startServer({ version: 1, latencyMs: 300 });
      onTestFinished(() => slow.stop());
      const place = newPlace(undefined, slow);
      mkdirSync(join(place.dir, "gone"));
      const { ended } = place.run(process.execPath, [BIN, ...ARGS, "--results", file]);
      await expect.poll(async () => (await place.held()).length, { timeout: 20_000 }).not.toBe(0);
      if (file === "r.csv") mkdirSync(join(place.dir, file));
      else rmSync(join(place.dir, "gone"), { recursive: true });
      const run = await ended;
      expect(run.code, run.stderr).toBe(3);
      expectRemedy(run, code, file, `qgfx results ${MANIFEST}`);
      const after = await lookAfter(place);
      expect(after.held).toHaveLength(ROWS);
      expect(after.lost).toEqual([]);
      expect(after.ids.size).toBe(ROWS);
      await rerunAndCheck(place, ROWS);
    },
  );
});

describe("too few open files", () => {
  const codes = new Map<number | null, number>();

  /** What must hold whatever the limit; then the next run, without one. */
  async function check(place: Place, run: Ended, limit: number): Promise<void> {
    codes.set(run.code, (codes.get(run.code) ?? 0) + 1);
    const told = `at ${limit}: ${run.code}, ${run.stderr}`;
    expect(run.stderr).not.toContain("this is a bug");
    const after = await lookAfter(place);
    const lost = after.lost.filter(({ id }) => !run.stderr.includes(id));
    expect(lost, told).toEqual([]);
    if (run.code === 0) expect(after.ids.size, told).toBe(ROWS);
    await rerunAndCheck(place, ROWS);
  }

  function reportCodes(what: string, limits: readonly number[], startMs: number): void {
    const list = [...codes].map(([code, count]) => `${code}: ${count}`).join(", ");
    report(
      `too few open files, ${what}: ${limits.length} limits from ${limits[0]} to ${limits.at(-1)}, 0 lost ids; ` +
        `exit codes ${list}; ${secondsSince(startMs)}`,
    );
    codes.clear();
  }

  it("from the start: nothing is sent, or everything goes well", async () => {
    const startMs = Date.now();
    const limits = Array.from({ length: times(30, 2) }, (_, index) => 16 + index * times(4, 116));
    for (const limit of limits) {
      const place = newPlace();
      const script = `ulimit -n ${limit} && exec "$@"`;
      const { ended } = place.run("sh", ["-c", script, "sh", process.execPath, BIN, ...ARGS]);
      const run = await ended;
      // With the fewest, Node itself cannot load the program.
      const isNodes = run.signal !== null || (run.code === 1 && run.stderr.includes("EMFILE"));
      if (isNodes) expect(await place.held()).toEqual([]);
      else expect([0, 2, 3, 5], run.stderr).toContain(run.code);
      await check(place, run, limit);
    }
    expect(codes.get(0)).toBeGreaterThan(0);
    reportCodes("from the start", limits, startMs);
  });

  const canLimit = spawnSync("prlimit", ["--version"]).status === 0;
  it.skipIf(!canLimit)(
    "from the midst of a run on: what went is recorded, the rest told",
    async () => {
      const startMs = Date.now();
      const slow = await startServer({ version: 1, latencyMs: 100 });
      onTestFinished(() => slow.stop());
      const limits = Array.from({ length: times(30, 2) }, (_, index) => 8 + index * times(1, 20));
      for (const limit of limits) {
        const place = newPlace(undefined, slow);
        const { child, ended } = place.run(process.execPath, [BIN, ...ARGS]);
        while ((await place.held()).length === 0) await delay(20);
        spawnSync("prlimit", [`--pid=${child.pid}`, `--nofile=${limit}`]);
        const run = await ended;
        expect([0, 2, 3, 5], run.stderr).toContain(run.code);
        if (run.code !== 0)
          expect(run.stderr).toMatch(/EMFILE|too many (open )?files|unable to open/i);
        await check(place, run, limit);
      }
      reportCodes("from the midst of a run on", limits, startMs);
    },
  );
});
