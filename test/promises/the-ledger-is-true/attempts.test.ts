import { expect, it } from "vitest";
import { queryLedger } from "../../support/dump-ledger.ts";
import {
  ended,
  newLedgerFile,
  openForTest,
  recordsOf,
  runStart,
  send,
  TARGET,
  upload,
  uploaded,
} from "../../support/ledger.ts";

const ROWS = Array.from({ length: 100 }, (_, line) => upload(`${line}.png`, { line }));

function start() {
  const file = newLedgerFile();
  const ledger = openForTest(file);
  return { file, ledger, run: ledger.startRun(runStart(), ROWS) };
}

it("gives each intent the id its outcome needs", async () => {
  const { ledger, run } = start();
  const attemptIds = await Promise.all(ROWS.map((row) => run.intent(row, 1)));
  expect(new Set(attemptIds).size).toBe(ROWS.length);
  const backwards = attemptIds.map((id, index) => [id, index] as const).reverse();
  await Promise.all(backwards.map(([id, index]) => run.outcome(id, uploaded(`IM_${index}`))));
  const recordOf = recordsOf(ledger, TARGET);
  expect(ROWS.map((row) => recordOf(row).graphicId)).toEqual(ROWS.map((_, i) => `IM_${i}`));
});

it("keeps every attempt with what the service said", async () => {
  const { file, ledger, run } = start();
  const [row] = ROWS;
  if (!row) return;
  const busy = { ...ended("refused", "slow down"), httpStatus: 429, errorCode: "RATE" };
  await run.outcome(await run.intent(row, 1), { ...busy, requestId: "4f9e" });
  await run.outcome(await run.intent(row, 2), ended("unknown", "reset"));
  ledger.close();
  const sql = `SELECT json_array(number, result, http_status, error_code, message, request_id) AS line
    FROM attempts WHERE started_at IS NOT NULL ORDER BY number`;
  expect(queryLedger(file, sql)).toEqual([
    [1, "refused", 429, "RATE", "slow down", "4f9e"],
    [2, "unknown", null, null, "reset", null],
  ]);
});

it("marks what may be a duplicate, and nothing else", async () => {
  const { file, ledger, run } = start();
  const [first, second] = ROWS;
  if (!first || !second) return;
  await send(run, first, ended("unknown", "reset"));
  const again = ledger.startRun(runStart(), [first, second]);
  await send(again, first, uploaded("IM_1"));
  await send(again, second, uploaded("IM_2"));
  ledger.close();
  const sql = `SELECT json_array(graphic_id, possible_duplicate) AS line FROM attempts
    WHERE state IS NOT NULL ORDER BY id`;
  expect(queryLedger(file, sql)).toEqual([
    ["IM_1", 1],
    ["IM_2", 0],
  ]);
});
