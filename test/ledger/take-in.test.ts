import { copyFileSync, existsSync } from "node:fs";
import { expect, it } from "vitest";
import type { AttemptOutcome } from "../../src/execute/record.ts";
import { Database } from "../../src/ledger/database.ts";
import { openLedger } from "../../src/ledger/open-ledger.ts";
import { dumpLedger } from "./dump-ledger.ts";
import {
  ended,
  finish,
  MANIFEST,
  newLedgerFile,
  OWNER,
  openForTest,
  readForTest,
  runStart,
  send,
  TARGET,
  upload,
  uploaded,
} from "./samples.ts";

const ROWS = Array.from({ length: 12 }, (_, index) => upload(`${index}.png`, { line: index + 2 }));

/** Each row in a way of its own: refused first, failed, unknown, never sent, shared, in the place of another. */
const OUTCOMES: AttemptOutcome[] = [
  uploaded("IM_0"),
  ended("failed", "no"),
  ended("unknown", "reset"),
  ended("refused", "slow down"),
];

/** As a power cut leaves it: the file and its log, and whoever had them open is gone. */
function copyOf(file: string): string {
  const copy = newLedgerFile();
  for (const suffix of ["", "-wal"]) {
    if (existsSync(file + suffix)) copyFileSync(file + suffix, copy + suffix);
  }
  return copy;
}

async function play(file: string, afterEach: (ledger: ReturnType<typeof openLedger>) => void) {
  const ledger = openLedger(file, OWNER);
  const sharer = upload("sharer.png", { line: 90, reason: "shared" });
  const rows = ROWS.map((row, index) => (index === 4 ? { ...row, sharedBy: [sharer] } : row));
  const run = ledger.startRun(runStart(), rows, []);
  for (const [index, row] of rows.entries()) {
    const outcome = OUTCOMES[index % OUTCOMES.length] ?? uploaded("IM_x");
    const own = outcome.graphicId === null ? outcome : uploaded(`IM_${index}`);
    await send(run, row, own);
    afterEach(ledger);
    if (own.result === "refused")
      await run.outcome(await run.intent(row, 2), uploaded(`IM_${index}`));
    afterEach(ledger);
  }
  await finish(run);
  ledger.close();
}

it("gives the same ledger whether records are taken in one by one or all at the end", async () => {
  const [together, apart] = [newLedgerFile(), newLedgerFile()];
  await play(together, () => {});
  await play(apart, (ledger) => ledger.recorded(TARGET, MANIFEST));
  const withoutChance = (file: string) =>
    dumpLedger(file).replace(/"[0-9a-f]{32}"|"20\d\d-[^"]*Z"/g, "");
  expect(withoutChance(apart)).toBe(withoutChance(together));
  expect(withoutChance(together)).toContain("sharer.png");
});

it("leaves nothing to take in once a run has ended", async () => {
  const file = newLedgerFile();
  await play(file, () => {});
  const database = new Database(file, "ro");
  const count = "SELECT CAST(json_array(count(*)) AS BLOB) FROM progress";
  expect(database.getJson(count, [])).toEqual([0]);
  database.close();
});

it("takes in a long run on the way, and has all of it", async () => {
  const many = Array.from({ length: 3_000 }, (_, index) =>
    upload(`${index}.png`, { line: index + 2 }),
  );
  const file = newLedgerFile();
  const ledger = openForTest(file);
  const run = ledger.startRun(runStart(), many, []);
  for (let start = 0; start < many.length; start += 100) {
    const part = many.slice(start, start + 100);
    await Promise.all(part.map((row) => send(run, row, uploaded(`IM_${row.name}`))));
  }
  const other = new Database(file, "ro");
  const left = other.getJson("SELECT CAST(json_array(count(*)) AS BLOB) FROM progress", []);
  expect(Number(Array.isArray(left) && left[0])).toBeLessThan(2 * many.length);
  other.close();
  const ids = readForTest(file)
    ?.recorded(TARGET, MANIFEST)
    .graphics.map(({ graphicId }) => graphicId);
  expect(new Set(ids)).toEqual(new Set(many.map(({ name }) => `IM_${name}`)));
});

it("is what a merge finds in the ledger of a run that died", async () => {
  const file = newLedgerFile();
  const run = openForTest(file).startRun(runStart(), ROWS, []);
  const [first, second] = ROWS;
  if (!first || !second) return;
  await send(run, first, uploaded("IM_first"));
  await run.intent(second, 1);
  const dead = copyOf(file);
  const into = openForTest(newLedgerFile());
  const { added, conflicts } = into.merge([dead], { manifest: MANIFEST, onConflict: "refuse" });
  expect({ graphics: added.graphics, attempts: added.attempts, conflicts }).toEqual({
    graphics: 1,
    attempts: 2,
    conflicts: [],
  });
  const { graphics, unknowns } = into.recorded(TARGET, MANIFEST);
  expect(graphics.map(({ graphicId }) => graphicId)).toEqual(["IM_first"]);
  expect(unknowns.map(({ name }) => name)).toEqual([second.name]);
});

it("names the ledger of a run that died as a side of a conflict", async () => {
  const [row] = ROWS;
  if (!row) return;
  const files = [];
  for (const id of ["IM_one", "IM_two"]) {
    const file = newLedgerFile();
    const run = openForTest(file).startRun(runStart(), [row], []);
    await send(run, row, uploaded(id));
    files.push(copyOf(file));
  }
  const merged = openForTest(newLedgerFile()).merge(files, {
    manifest: MANIFEST,
    onConflict: "refuse",
  });
  expect(merged.conflicts[0]?.graphics.map(({ ledger }) => ledger)).toEqual(files);
});

it("settles no unknown of a row that shares an id: nothing was sent for it", async () => {
  const [first, second] = ROWS;
  if (!first || !second) return;
  const ledger = openForTest(newLedgerFile());
  const earlier = ledger.startRun(runStart(), [second], []);
  await send(earlier, second, ended("unknown", "reset"));
  await finish(earlier);
  const run = ledger.startRun(runStart(), [{ ...first, sharedBy: [second] }], []);
  await send(run, first, uploaded("IM_1"));
  await finish(run);
  const { graphics, unknowns } = ledger.recorded(TARGET, MANIFEST);
  expect(graphics.map(({ name }) => name)).toEqual([first.name, second.name]);
  expect(unknowns.map(({ name }) => name)).toEqual([second.name]);
});
