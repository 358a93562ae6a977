import { copyFileSync, existsSync } from "node:fs";
import { expect, it } from "vitest";
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

const ROWS = Array.from({ length: 12 }, (_, index) => upload(`${index}.png`, { line: index + 2 }));

/** As a power cut leaves it: the file and its log, and whoever had them open is gone. */
function copyOf(file: string): string {
  const copy = newLedgerFile();
  for (const suffix of ["", "-wal"]) {
    if (existsSync(file + suffix)) copyFileSync(file + suffix, copy + suffix);
  }
  return copy;
}

it("a merge finds what a run that died has recorded", async () => {
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

it("a merge names the ledger of a run that died as a side of a conflict", async () => {
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

it("a row that shares an id settles no unknown: nothing was sent for it", async () => {
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
