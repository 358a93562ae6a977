import { expect, it } from "vitest";
import { Database } from "../../../src/ledger/database.ts";
import type { LedgerView } from "../../../src/ledger/ledger.ts";
import type { FolderAndName } from "../../../src/plan/recorded.ts";
import {
  newLedgerFile,
  openForTest,
  readForTest,
  recordsOf,
  runStart,
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

it("resolves no promise before another connection sees its record", async () => {
  const { file, run } = start();
  const other = new Database(file, "ro");
  const seen = (where: string, value: string | number) =>
    other.has(`SELECT 1 FROM attempts WHERE started_at IS NOT NULL AND ${where} = ?`, [value]);
  await Promise.all(
    ROWS.map(async (row, index) => {
      const attemptId = await run.intent(row, 1);
      expect(seen("id", attemptId)).toBe(true);
      await run.outcome(attemptId, uploaded(`IM_${index}`));
      expect(seen("graphic_id", `IM_${index}`)).toBe(true);
    }),
  );
});

it("resolves no promise before another reader of the ledger sees what it means", async () => {
  const { file, ledger, run } = start();
  const [first, second] = ROWS;
  if (!first || !second) return;
  const recordIn = (reader: LedgerView | undefined, row: FolderAndName) =>
    reader && recordsOf(reader, TARGET)(row);
  await run.intent(first, 1);
  expect(recordIn(readForTest(file), first)?.status).toBe("unknown");
  await run.outcome(await run.intent(second, 1), uploaded("IM_2"));
  expect(recordIn(readForTest(file), second)).toMatchObject({
    status: "uploaded",
    graphicId: "IM_2",
  });
  const reader = readForTest(file);
  recordsOf(ledger, TARGET)(first);
  expect(recordIn(reader, second)?.graphicId).toBe("IM_2");
});

it("makes an outcome durable though another upload gets no answer", async () => {
  const { run } = start();
  const [first, second] = ROWS;
  if (!first || !second) return;
  const [attemptId] = await Promise.all([run.intent(first, 1), run.intent(second, 1)]);
  await run.outcome(attemptId, uploaded("IM_1"));
});
