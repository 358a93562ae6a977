import { copyFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Database } from "../../src/ledger/database.ts";
import { openLedger } from "../../src/ledger/open-ledger.ts";
import { readLedger } from "../../src/ledger/read-ledger.ts";
import { addressKey } from "../../src/plan/recorded.ts";
import { shardIndexOf } from "../../src/plan/shard.ts";
import { dumpLedger } from "../support/dump-ledger.ts";
import {
  ended,
  FINISHED_AT,
  finish,
  MANIFEST,
  makeFastFolder,
  OWNER,
  readForTest,
  recordsOf,
  runStart,
  runThrough,
  send,
  snapshot,
  TARGET,
  takeGraphics,
  takenGraphic,
  upload,
  uploaded,
} from "../support/ledger.ts";

const REFUSE = { manifest: MANIFEST, onConflict: "refuse" } as const;
const LATEST = { manifest: MANIFEST, onConflict: "latest" } as const;

type Rows = Parameters<typeof runThrough>[1];

async function makeLedger(file: string, rows: Rows, changes = {}): Promise<string> {
  const ledger = openLedger(file, OWNER);
  await runThrough(ledger, rows, changes);
  ledger.close();
  return file;
}

function merge(into: string, files: readonly string[], options: typeof REFUSE | typeof LATEST) {
  const ledger = openLedger(into, OWNER);
  try {
    return ledger.merge(files, options);
  } finally {
    ledger.close();
  }
}

function currentAt(file: string): Record<string, string> {
  const ledger = readLedger(file);
  try {
    const graphics = ledger?.recorded(TARGET, MANIFEST).graphics ?? [];
    return Object.fromEntries(graphics.map((one) => [addressKey(one), one.graphicId]));
  } finally {
    ledger?.close();
  }
}

function statusOf(file: string, name: string) {
  const ledger = readLedger(file);
  try {
    return ledger && recordsOf(ledger, TARGET)({ folder: "Summer", name });
  } finally {
    ledger?.close();
  }
}

describe("merge", () => {
  it("brings every attempt, graphic and unknown of several ledgers into one", async () => {
    const folder = makeFastFolder();
    const one = await makeLedger(join(folder, "1.db"), [
      [upload("a"), uploaded("IM_a")],
      [upload("b"), ended("unknown", "reset")],
    ]);
    const two = await makeLedger(join(folder, "2.db"), [
      [upload("c"), uploaded("IM_c")],
      [upload("d"), ended("failed", "too large")],
    ]);
    const before = snapshot(folder);
    const main = join(folder, "main.db");
    const { added, conflicts, isMerged } = merge(main, [one, two], REFUSE);
    expect({ conflicts, isMerged }).toEqual({ conflicts: [], isMerged: true });
    expect(added).toEqual({ runs: 2, rows: 4, attempts: 4, graphics: 2, deletions: 0 });
    expect(currentAt(main)).toEqual({ "Summer\0a": "IM_a", "Summer\0c": "IM_c" });
    expect(statusOf(main, "b")).toMatchObject({ status: "unknown", error: "reset" });
    const after = snapshot(folder);
    expect(after).toMatchObject(before);
    expect(existsSync(`${main}.merging`)).toBe(false);
  });

  it("changes nothing the second time, whatever the order", async () => {
    const folder = makeFastFolder();
    const rows = (name: string): Rows => [
      [upload(name), uploaded(`IM_${name}`)],
      [upload(`${name}?`), ended("unknown", "reset")],
    ];
    const one = await makeLedger(join(folder, "1.db"), rows("a"));
    const two = await makeLedger(join(folder, "2.db"), rows("b"));
    const main = join(folder, "main.db");
    merge(main, [one, two], REFUSE);
    const once = dumpLedger(main);
    const { added } = merge(main, [two, one, two], REFUSE);
    expect(added).toEqual({ runs: 0, rows: 0, attempts: 0, graphics: 0, deletions: 0 });
    expect(dumpLedger(main)).toEqual(once);
  });

  it("goes on from a ledger that grew since, and from one that was copied", async () => {
    const folder = makeFastFolder();
    const main = await makeLedger(join(folder, "main.db"), [[upload("a"), uploaded("IM_a1")]]);
    const shard = join(folder, "shard.db");
    copyFileSync(main, shard);
    const again = upload("a", { sha256: "other", action: "replace", reason: "bytes-changed" });
    await makeLedger(shard, [[again, uploaded("IM_a2")]]);
    expect(merge(main, [shard], REFUSE).added).toMatchObject({ runs: 1, graphics: 1 });
    expect(currentAt(main)).toEqual({ "Summer\0a": "IM_a2" });
    // The other way round the older state comes from the source.
    await makeLedger(main, [[upload("b"), uploaded("IM_b")]]);
    merge(shard, [main], REFUSE);
    expect(dumpLedger(shard)).toEqual(dumpLedger(main));
  });

  it("takes a move over: the old address has no graphic any more", async () => {
    const folder = makeFastFolder();
    const main = await makeLedger(join(folder, "main.db"), [[upload("a"), uploaded("IM_a")]]);
    const shard = join(folder, "shard.db");
    copyFileSync(main, shard);
    const replaces = { folder: "Summer", name: "a", graphicId: "IM_a" };
    await makeLedger(shard, [[upload("z", { replaces }), uploaded("IM_z")]]);
    merge(main, [shard], REFUSE);
    expect(currentAt(main)).toEqual({ "Summer\0z": "IM_z" });
  });

  it("finds two current graphics at one address, and writes nothing", async () => {
    const folder = makeFastFolder();
    const one = await makeLedger(join(folder, "1.db"), [[upload("a"), uploaded("IM_1")]]);
    const two = await makeLedger(join(folder, "2.db"), [
      [upload("a"), uploaded("IM_2")],
      [upload("b"), uploaded("IM_b")],
    ]);
    const main = await makeLedger(join(folder, "main.db"), []);
    const before = dumpLedger(main);
    const { isMerged, conflicts } = merge(main, [one, two], REFUSE);
    expect(isMerged).toBe(false);
    expect(conflicts).toMatchObject([
      {
        folder: "Summer",
        name: "a",
        graphics: [
          { graphicId: "IM_1", ledger: one },
          { graphicId: "IM_2", ledger: two },
        ],
      },
    ]);
    expect(dumpLedger(main)).toEqual(before);
  });

  it.each([
    ["1.db", "2.db"],
    ["2.db", "1.db"],
  ])(
    "settles a conflict for the later upload (%s, %s), keeps both ids, and stays settled",
    async (...order) => {
      const folder = makeFastFolder();
      const later = { ...uploaded("IM_late"), finishedAt: "2025-06-02T00:00:00.000Z" };
      await makeLedger(join(folder, "1.db"), [[upload("a"), uploaded("IM_early")]]);
      await makeLedger(join(folder, "2.db"), [[upload("a"), later]]);
      const main = join(folder, "main.db");
      const files = order.map((name) => join(folder, name));
      const { isMerged, conflicts } = merge(main, files, LATEST);
      expect({ isMerged, count: conflicts.length }).toEqual({ isMerged: true, count: 1 });
      expect(currentAt(main)).toEqual({ "Summer\0a": "IM_late" });
      const once = dumpLedger(main);
      expect(once).toContain("IM_early");
      expect(merge(main, files, REFUSE)).toMatchObject({ isMerged: true, conflicts: [] });
      expect(dumpLedger(main)).toEqual(once);
      for (const file of files) {
        expect(merge(file, [main], REFUSE).conflicts).toEqual([]);
        expect(currentAt(file)).toEqual({ "Summer\0a": "IM_late" });
      }
    },
  );

  it("takes one id adopted in two ledgers for one graphic", async () => {
    const folder = makeFastFolder();
    const files = ["1.db", "2.db"].map((name) => join(folder, name));
    for (const file of files) {
      const ledger = openLedger(file, OWNER);
      await takeGraphics(ledger, [takenGraphic("a", "IM_a")]);
      ledger.close();
    }
    const main = join(folder, "main.db");
    expect(merge(main, files, REFUSE)).toMatchObject({ isMerged: true, conflicts: [] });
    expect(currentAt(main)).toEqual({ "Summer\0a": "IM_a" });
    const once = dumpLedger(main);
    merge(main, files, REFUSE);
    expect(dumpLedger(main)).toEqual(once);
  });

  it("keeps what a dead run left in flight as unknown, until its ledger says how it ended", async () => {
    const folder = makeFastFolder();
    const shard = join(folder, "shard.db");
    const ledger = openLedger(shard, OWNER);
    const row = upload("a");
    const run = ledger.startRun(runStart(), [row]);
    const attempt = await run.intent(row, 1);
    const copied = join(folder, "copied.db");
    for (const suffix of ["", "-wal"]) copyFileSync(`${shard}${suffix}`, `${copied}${suffix}`);
    const main = join(folder, "main.db");
    merge(main, [copied], REFUSE);
    expect(statusOf(main, "a")).toMatchObject({ status: "unknown" });
    await run.outcome(attempt, uploaded("IM_a"));
    await finish(run);
    ledger.close();
    expect(merge(main, [shard], REFUSE)).toMatchObject({ conflicts: [], added: { runs: 0 } });
    expect(statusOf(main, "a")).toMatchObject({ status: "uploaded", graphicId: "IM_a" });
  });

  it("takes with a run's end the results file that it wrote, unless one was noted here", async () => {
    const folder = makeFastFolder();
    const shard = join(folder, "shard.db");
    const ledger = openLedger(shard, OWNER);
    const run = ledger.startRun(runStart(), []);
    const copied = join(folder, "copied.db");
    for (const suffix of ["", "-wal"]) copyFileSync(`${shard}${suffix}`, `${copied}${suffix}`);
    const [bare, noted] = [join(folder, "bare.db"), join(folder, "noted.db")];
    for (const main of [bare, noted]) merge(main, [copied], REFUSE);
    const here = openLedger(noted, OWNER);
    here.noteLeftResults(MANIFEST, { name: "left.csv", sha256: "left" });
    here.close();
    await finish(run, { name: "summer.results.csv", sha256: "written" });
    ledger.close();
    for (const main of [bare, noted]) merge(main, [shard], REFUSE);
    const ended = { finishedAt: FINISHED_AT, exitCode: 0 };
    const written = { results: "summer.results.csv", resultsSha256: "written" };
    expect(readForTest(bare)?.runs()).toMatchObject([{ ...ended, ...written }]);
    const left = { results: "left.csv", resultsSha256: "left" };
    expect(readForTest(noted)?.runs()).toMatchObject([{ ...ended, ...left }]);
  });

  it("refuses a ledger that a run holds", async () => {
    const folder = makeFastFolder();
    const shard = openLedger(join(folder, "shard.db"), OWNER);
    const main = join(folder, "main.db");
    await makeLedger(main, []);
    expect(() => merge(main, [join(folder, "shard.db")], REFUSE)).toThrow(/holds the ledger/);
    shard.close();
    expect(merge(main, [join(folder, "shard.db")], REFUSE).isMerged).toBe(true);
  });

  it("takes deletions over: what one ledger deleted is current in none", async () => {
    const folder = makeFastFolder();
    const main = await makeLedger(join(folder, "main.db"), [[upload("a"), uploaded("IM_a")]]);
    const copy = join(folder, "copy.db");
    copyFileSync(main, copy);
    const ledger = openLedger(copy, OWNER);
    const run = ledger.startDeletions(runStart({ command: "prune" }), [
      { action: "delete", graphicId: "IM_a", folder: "Summer", name: "a" },
    ]);
    const gone = {
      graphicId: null,
      url: null,
      httpStatus: 200,
      errorCode: null,
      message: null,
      requestId: null,
    };
    const finishedAt = "2025-06-03T00:00:00.000Z";
    await run.outcome(await run.intent("IM_a", 1), {
      ...gone,
      result: "deleted",
      finishedAt,
    });
    await run.finish({ exitCode: 0, finishedAt, counts: { failed: 0, notRun: 0 } });
    ledger.close();
    expect(merge(main, [copy], REFUSE).added).toMatchObject({ deletions: 1, graphics: 0 });
    expect(currentAt(main)).toEqual({});
    expect(dumpLedger(main)).toEqual(dumpLedger(copy));
  });

  it("calls the manifest what it is called here, where the ledger lay elsewhere", async () => {
    const folder = makeFastFolder();
    const shard = await makeLedger(join(folder, "s.db"), [[upload("a"), uploaded("IM_a")]], {
      manifest: "../../elsewhere/summer.csv",
    });
    const main = join(folder, "main.db");
    merge(main, [shard], REFUSE);
    const ledger = readLedger(main);
    expect(ledger?.recorded(TARGET, MANIFEST).graphics).toMatchObject([{ ownedByManifest: true }]);
    expect(ledger?.runs(MANIFEST)).toHaveLength(1);
    ledger?.close();
  });

  it("says of each row what was last said of it, whatever its shard did after", async () => {
    const folder = makeFastFolder();
    const files = await Promise.all(
      ["a", "b", "c", "d"].map((name) => {
        const shard = `${shardIndexOf(upload(name), 3)}/3`;
        const rows: Rows = [[upload(name), ended("failed", `said of ${name}`)]];
        return makeLedger(join(folder, `${shard[0]}-${name}.db`), rows, { shard });
      }),
    );
    const main = join(folder, "main.db");
    merge(main, files, REFUSE);
    for (const name of ["a", "b", "c", "d"]) {
      expect(statusOf(main, name)).toMatchObject({ status: "failed", error: `said of ${name}` });
    }
    const startedAt = "2025-06-02T10:00:00.000Z";
    const again: Rows = [[upload("a"), ended("failed", "said later")]];
    const shard = `${shardIndexOf(upload("a"), 3)}/3`;
    merge(main, [await makeLedger(join(folder, "e.db"), again, { shard, startedAt })], REFUSE);
    expect(statusOf(main, "a")).toMatchObject({ error: "said later" });
  });

  it("refuses a damaged ledger and leaves the other as it was", async () => {
    const folder = makeFastFolder();
    const main = await makeLedger(join(folder, "main.db"), [[upload("a"), uploaded("IM_a")]]);
    const shard = await makeLedger(join(folder, "s.db"), [[upload("b"), uploaded("IM_b")]]);
    const database = new Database(shard, "rw");
    database.exec("DROP INDEX addresses");
    database.close();
    const before = dumpLedger(main);
    expect(() => merge(main, [shard], REFUSE)).toThrow(/damaged/);
    expect(dumpLedger(main)).toEqual(before);
    expect(() => merge(main, [join(folder, "none.db")], REFUSE)).toThrow(/cannot be read/);
  });

  it("keeps a run that was sent for an address in several attempts apart", async () => {
    const folder = makeFastFolder();
    const file = join(folder, "s.db");
    const ledger = openLedger(file, OWNER);
    const row = upload("a");
    const run = ledger.startRun(runStart(), [row]);
    await run.outcome(await run.intent(row, 1), ended("refused", "429"));
    await run.outcome(await run.intent(row, 2), uploaded("IM_a"));
    await send(ledger.startRun(runStart(), [row]), row, ended("unknown", "reset"));
    ledger.close();
    const main = join(folder, "main.db");
    expect(merge(main, [file], REFUSE).added).toMatchObject({ runs: 2, rows: 2, attempts: 3 });
  });
});
