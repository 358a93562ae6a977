import { setTimeout as delay } from "node:timers/promises";
import { expect, it } from "vitest";
import { openLedger } from "../../../src/ledger/open-ledger.ts";
import { readLedger } from "../../../src/ledger/read-ledger.ts";
import { counted } from "../../support/counts.ts";
import { MANIFEST, newLedgerFile, OWNER, TARGET } from "../../support/ledger.ts";
import { startWriter, useWriterProgram } from "../../support/start-writer.ts";

const program = useWriterProgram();
const CONCURRENCY = 8;
const KILLS = counted(3, 100);

/** What a ledger that was just killed holds, and what opening it for writing makes of it. */
function reopen(file: string) {
  const view = readLedger(file);
  const before = view?.recorded(TARGET, MANIFEST);
  view?.close();
  const ledger = openLedger(file, OWNER);
  const after = ledger.recorded(TARGET, MANIFEST);
  ledger.close();
  return { before: before ?? { graphics: [], past: [], unknowns: [] }, after };
}

/** Runs a writer, kills it after a moment, and gives what it had been promised. */
async function killOne(file: string, prefix: string, afterMs: number) {
  const task = { file, prefix, rows: 4_000, concurrency: CONCURRENCY };
  const writer = startWriter(program(), task);
  await writer.hear("ready");
  await delay(afterMs);
  writer.child.kill("SIGKILL");
  await writer.ended;
  const intents = writer.heard.flatMap((one) => (one.said === "intent" ? [one.name] : []));
  const uploads = writer.heard.flatMap((one) => (one.said === "uploaded" ? [one.graphicId] : []));
  return { intents, uploads };
}

async function killAndCheck(file: string, prefix: string, afterMs: number, earlier: string[]) {
  const { intents, uploads } = await killOne(file, prefix, afterMs);
  const ids = [...earlier, ...uploads];
  const { before, after } = reopen(file);
  expect(after, `killed after ${afterMs} ms`).toEqual(before);
  expect(after.graphics.map(({ graphicId }) => graphicId)).toEqual(expect.arrayContaining(ids));
  const unknown = after.unknowns.filter(({ name }) => name.startsWith(`${prefix}-`));
  expect(unknown.length).toBeLessThanOrEqual(CONCURRENCY);
  const accountedFor = [...after.graphics, ...after.unknowns].map(({ name }) => name);
  expect(accountedFor).toEqual(expect.arrayContaining(intents));
  return ids;
}

it(`kill -9 while a ledger is made leaves none or a whole one (${KILLS} times)`, async () => {
  for (let kill = 0; kill < KILLS; kill += 1) {
    await killAndCheck(newLedgerFile(), "row", Math.random() * 100, []);
  }
});

it(`kill -9 in the midst of uploads loses nothing (${KILLS} runs, one after another)`, async () => {
  const file = newLedgerFile();
  let ids: string[] = [];
  for (let run = 0; run < KILLS; run += 1) {
    ids = await killAndCheck(file, `run${run}`, Math.random() * 400, ids);
  }
});
