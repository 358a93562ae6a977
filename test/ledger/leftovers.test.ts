import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { expect, it, onTestFinished } from "vitest";
import type { Run } from "../../src/ledger/ledger.ts";
import { openLedger } from "../../src/ledger/open-ledger.ts";
import {
  ended,
  finish,
  MANIFEST,
  newLedgerFile,
  openForTest,
  runStart,
  send,
  TARGET,
  upload,
  uploaded,
} from "../support/ledger.ts";
import type { SampleRow } from "../support/planned-row.ts";

const ROWS = Array.from({ length: 12 }, (_, index) => upload(`${index}.png`, { line: index + 2 }));

/** A process that has ended. */
const GONE = spawnSync(process.execPath, ["--version"]).pid;

/**
 * As a power cut leaves it: the file and its log, and whoever had them open is gone. It was there before, for a file
 * younger than its run is a copy, whose run may go on elsewhere.
 */
async function deadRun(rows: readonly SampleRow[], record: (run: Run) => Promise<void>) {
  const file = newLedgerFile();
  const dead = newLedgerFile();
  writeFileSync(dead, "");
  const ledger = openLedger(file, { user: "ada", machine: hostname(), pid: GONE });
  onTestFinished(() => ledger.close());
  await record(ledger.startRun(runStart(), rows));
  for (const suffix of ["", "-wal"]) {
    if (existsSync(file + suffix)) copyFileSync(file + suffix, dead + suffix);
  }
  return dead;
}

it("a merge finds what a run that died has recorded", async () => {
  const [first, second] = ROWS;
  if (!first || !second) return;
  const dead = await deadRun(ROWS, async (run) => {
    await send(run, first, uploaded("IM_first"));
    await run.intent(second, 1);
  });
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

it("a merge names the ledger of a run that died as a side of a conflict", async () => {
  const [row] = ROWS;
  if (!row) return;
  const files = [];
  for (const id of ["IM_one", "IM_two"]) {
    files.push(await deadRun([row], (run) => send(run, row, uploaded(id))));
  }
  const merged = openForTest(newLedgerFile()).merge(files, {
    manifest: MANIFEST,
    onConflict: "refuse",
  });
  expect(merged.conflicts[0]?.graphics.map(({ ledger }) => ledger)).toEqual(files);
});

it("a row that shares an id settles no unknown: nothing was sent for it", async () => {
  const [first, second] = ROWS;
  if (!first || !second) return;
  const ledger = openForTest(newLedgerFile());
  const earlier = ledger.startRun(runStart(), [second]);
  await send(earlier, second, ended("unknown", "reset"));
  await finish(earlier);
  const shared = { ...first, sharedBy: [second] };
  const run = ledger.startRun(runStart(), [shared]);
  await send(run, shared, uploaded("IM_1"));
  await finish(run);
  const { graphics, unknowns } = ledger.recorded(TARGET, MANIFEST);
  expect(graphics.map(({ name }) => name)).toEqual([first.name, second.name]);
  expect(unknowns.map(({ name }) => name)).toEqual([second.name]);
});
