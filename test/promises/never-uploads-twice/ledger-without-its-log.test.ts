import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { Database } from "../../../src/ledger/database.ts";
import { openLedger } from "../../../src/ledger/open-ledger.ts";
import { readLedger } from "../../../src/ledger/read-ledger.ts";
import {
  ended,
  finish,
  MANIFEST,
  makeTestFolder,
  newLedgerFile,
  OWNER,
  openForTest,
  readForTest,
  recordsOf,
  runStart,
  runThrough,
  send,
  snapshot,
  TARGET,
  upload,
  uploaded,
} from "../../support/ledger.ts";

const [A, B, C, D] = ["a.png", "b.png", "c.png", "d.png"].map((name, line) =>
  upload(name, { line: line + 2 }),
) as [ReturnType<typeof upload>, ...ReturnType<typeof upload>[]];

/** As a backup or a sync takes it in the middle of a run: the file alone. */
function copyOf(file: string): string {
  const copy = join(makeTestFolder(), ".qgfx", "ledger.db");
  mkdirSync(dirname(copy));
  copyFileSync(file, copy);
  return copy;
}

const unknownsOf = (file: string) =>
  readForTest(file)
    ?.recorded(TARGET, MANIFEST)
    .unknowns.map(({ name }) => name);

it("holds all that its run meant to send as unknown, and nothing else", async () => {
  const file = newLedgerFile();
  const ledger = openForTest(file);
  await runThrough(ledger, [[upload("before.png"), uploaded("IM_before")]]);
  ledger.close();
  const next = openForTest(file);
  const run = next.startRun(
    runStart(),
    [A, B, C].map((row) => row ?? A),
  );
  await send(run, A, uploaded("IM_a"));
  const copy = copyOf(file);
  const before = snapshot(dirname(copy));
  expect(unknownsOf(copy)).toEqual(["a.png", "b.png", "c.png"]);
  expect(snapshot(dirname(copy))).toEqual(before);

  const again = openForTest(copy);
  expect(again.recorded(TARGET, MANIFEST)).toMatchObject({
    graphics: [{ graphicId: "IM_before" }],
    unknowns: [{ name: "a.png" }, { name: "b.png" }, { name: "c.png" }],
  });
  expect(recordsOf(again, TARGET)(A)).toMatchObject({ status: "unknown" });
  again.close();
  expect(readdirSync(dirname(copy)).sort()).toEqual(["ledger.db", "ledger.db.lock"]);
  expect(unknownsOf(copy)).toEqual(["a.png", "b.png", "c.png"]);
});

it("learns from the whole ledger how they ended", async () => {
  const file = newLedgerFile();
  const ledger = openForTest(file);
  const run = ledger.startRun(runStart(), [A, B ?? A, C ?? A, D ?? A]);
  const copy = copyOf(file);
  await send(run, A, uploaded("IM_a"));
  await send(run, B ?? A, ended("failed", "too large"));
  await run.notRun(C ?? A, "stopped");
  await finish(run);
  ledger.close();
  const held = openLedger(copy, OWNER);
  held.merge([file], { manifest: MANIFEST, onConflict: "refuse" });
  const recordOf = recordsOf(held, TARGET);
  expect(recordOf(A)).toMatchObject({ status: "uploaded", graphicId: "IM_a" });
  expect(recordOf(B ?? A)).toMatchObject({ status: "failed" });
  expect(held.recorded(TARGET, MANIFEST).unknowns.map(({ name }) => name)).toEqual([
    "c.png",
    "d.png",
  ]);
  held.close();
});

it("is in doubt of each id that its run meant to delete", async () => {
  const file = newLedgerFile();
  const ledger = openForTest(file);
  await runThrough(ledger, [
    [A, uploaded("IM_a")],
    [B ?? A, uploaded("IM_b")],
  ]);
  ledger.startDeletions(runStart({ command: "prune" }), [
    { action: "delete", graphicId: "IM_a", folder: A.folder, name: A.name },
  ]);
  const { graphics, past } = readForTest(copyOf(file))?.recorded(TARGET, MANIFEST) ?? {};
  expect(graphics?.map(({ graphicId }) => graphicId)).toEqual(["IM_b"]);
  expect(past).toMatchObject([{ graphicId: "IM_a", isInDoubt: true }]);
});

it("is whole where its run has ended, or none was begun", async () => {
  const file = newLedgerFile();
  const ledger = openForTest(file);
  await runThrough(ledger, [[A, ended("refused", "busy")]]);
  ledger.close();
  openForTest(file);
  const copy = copyOf(file);
  expect(unknownsOf(copy)).toEqual([]);
  openLedger(copy, OWNER).close();
  const view = readLedger(copy);
  expect(view?.rowRecords(TARGET)(A)).toMatchObject({ status: "not-run" });
  view?.close();
});

describe("a log that another ledger left", () => {
  /** The log of a run that was killed after it had recorded `A`. */
  async function logOfDeadRun(): Promise<string> {
    const file = newLedgerFile();
    const dead = openForTest(file);
    await send(dead.startRun(runStart(), [A, B ?? A]), A, uploaded("IM_a"));
    return `${file}-wal`;
  }

  it("is no part of the ledger that is made where its own was deleted", async () => {
    const file = newLedgerFile();
    copyFileSync(await logOfDeadRun(), `${file}-wal`);
    const ledger = openForTest(file);
    expect(ledger.recorded(TARGET, MANIFEST)).toMatchObject({ graphics: [], unknowns: [] });
    await runThrough(ledger, [[C ?? A, uploaded("IM_c")]]);
    ledger.close();
    expect(readForTest(file)?.recorded(TARGET, MANIFEST)).toMatchObject({
      graphics: [{ graphicId: "IM_c" }],
      unknowns: [],
    });
  });

  it("is no part of a ledger that was put back in its own's place", async () => {
    const file = newLedgerFile();
    const older = openForTest(file);
    await runThrough(older, [[D ?? A, uploaded("IM_d")]]);
    older.close();
    copyFileSync(await logOfDeadRun(), `${file}-wal`);
    const before = snapshot(dirname(file));
    const whatItHolds = { graphics: [{ graphicId: "IM_d" }], unknowns: [] };
    expect(readForTest(file)?.recorded(TARGET, MANIFEST)).toMatchObject(whatItHolds);
    expect(snapshot(dirname(file))).toEqual(before);
    const ledger = openForTest(file);
    expect(ledger.recorded(TARGET, MANIFEST)).toMatchObject(whatItHolds);
    ledger.close();
    expect(readForTest(file)?.recorded(TARGET, MANIFEST)).toMatchObject(whatItHolds);
  });
});

it("what a killed run left of a commit is no part of the ledger that is made where its own was deleted", async () => {
  const file = newLedgerFile();
  const dead = openForTest(file);
  await runThrough(dead, [[A, uploaded("IM_a")]]);
  dead.close();
  const writer = new Database(file, "rw");
  writer.exec("PRAGMA journal_mode = PERSIST; BEGIN; UPDATE runs SET host = 'x'");
  const header = readFileSync(`${file}-journal`).subarray(0, 28);
  writer.exec("UPDATE attempts SET name = 'x', graphic_id = 'IM_x'; COMMIT");
  writer.close();
  // As it was just before the commit: its mark is written, and all its records count (-1).
  const journal = readFileSync(`${file}-journal`);
  header.copy(journal);
  journal.set(Buffer.from("d9d505f920a163d7ffffffff", "hex"));
  const other = newLedgerFile();
  writeFileSync(`${other}-journal`, journal);
  const ledger = openForTest(other);
  expect(ledger.knowsId("IM_a")).toBe(false);
  await runThrough(ledger, [[C ?? A, uploaded("IM_c")]]);
  ledger.close();
  expect(readForTest(other)?.knowsId("IM_a")).toBe(false);
  expect(readForTest(other)?.recorded(TARGET, MANIFEST)).toMatchObject({
    graphics: [{ graphicId: "IM_c" }],
    unknowns: [],
  });
});
