import { renameSync } from "node:fs";
import { expect, it } from "vitest";
import type { AttemptOutcome } from "../../../src/execute/outcome.ts";
import type { Ledger } from "../../../src/ledger/ledger.ts";
import { LedgerLost } from "../../../src/ledger/refusal.ts";
import {
  MANIFEST,
  newLedgerFile,
  openForTest,
  recordsOf,
  runStart,
  TARGET,
  upload,
  urlOf,
} from "../../support/ledger.ts";

/** What is to be deleted in each of these. */
const DELETION = {
  action: "delete",
  graphicId: "IM_00000000001",
  folder: "Summer",
  name: "a.png",
} as const;

const GONE: AttemptOutcome = {
  result: "deleted",
  graphicId: null,
  url: null,
  httpStatus: 200,
  errorCode: null,
  message: null,
  requestId: null,
  finishedAt: "2025-06-02T10:00:00.000Z",
};

/** A ledger with `a.png` uploaded as that id. */
async function openWithGraphic(file: string, graphicId: string): Promise<Ledger> {
  const ledger = openForTest(file);
  const row = upload("a.png");
  const run = ledger.startRun(runStart(), [row]);
  const attemptId = await run.intent(row, 1);
  const outcome = { ...GONE, result: "uploaded", graphicId, url: urlOf(graphicId) } as const;
  await run.outcome(attemptId, outcome);
  return ledger;
}

function currentIds(ledger: Ledger): string[] {
  return ledger.recorded(TARGET, MANIFEST).graphics.map(({ graphicId }) => graphicId);
}

it("does not take a graphic for one that is there while its deletion has no answer, even after a crash", async () => {
  const file = newLedgerFile();
  const ledger = await openWithGraphic(file, "IM_00000000001");
  const run = ledger.startDeletions(runStart({ command: "prune" }), [DELETION]);
  await run.intent("IM_00000000001", 1);
  expect(currentIds(ledger)).toEqual([]);
  ledger.close();

  const reopened = openForTest(file);
  expect(currentIds(reopened)).toEqual([]);
  expect(reopened.graphics(TARGET, MANIFEST)).toMatchObject([
    { graphicId: "IM_00000000001", isInDoubt: true },
  ]);
  expect(reopened.recorded(TARGET, MANIFEST).past).toHaveLength(1);
  const record = recordsOf(reopened, TARGET)({ folder: "Summer", name: "a.png" });
  expect(record).toMatchObject({ status: "not-run", graphicId: null });
});

it.each(["failed", "refused", "not-sent"] as const)(
  "goes on with a graphic whose deletion was %s: it is certainly there",
  async (result) => {
    const ledger = await openWithGraphic(newLedgerFile(), "IM_00000000001");
    const run = ledger.startDeletions(runStart({ command: "prune" }), [DELETION]);
    const attemptId = await run.intent("IM_00000000001", 1);
    await run.outcome(attemptId, { ...GONE, result, httpStatus: 400 });
    expect(currentIds(ledger)).toEqual(["IM_00000000001"]);
    expect(ledger.recorded(TARGET, MANIFEST).past).toEqual([]);
  },
);

it("is not in doubt for a deletion that a lost ledger kept from being sent", async () => {
  const file = newLedgerFile();
  const ledger = await openWithGraphic(file, "IM_00000000001");
  const run = ledger.startDeletions(runStart({ command: "prune" }), [DELETION]);
  renameSync(`${file}.lock`, `${file}.away`);
  await expect(run.intent("IM_00000000001", 1)).rejects.toThrow(LedgerLost);
  ledger.close();
  expect(currentIds(openForTest(file))).toEqual(["IM_00000000001"]);
});

it("is no longer in doubt once a later attempt says that it is gone; the id stays known", async () => {
  const ledger = await openWithGraphic(newLedgerFile(), "IM_00000000001");
  const run = ledger.startDeletions(runStart({ command: "prune" }), [DELETION]);
  const first = await run.intent("IM_00000000001", 1);
  await run.outcome(first, { ...GONE, result: "unknown", httpStatus: 500 });
  expect(ledger.graphics(TARGET, MANIFEST)).toMatchObject([{ isInDoubt: true }]);
  const second = await run.intent("IM_00000000001", 2);
  await run.outcome(second, { ...GONE, httpStatus: 404 });
  expect(ledger.knowsId("IM_00000000001")).toBe(true);
  expect(ledger.recorded(TARGET, MANIFEST)).toMatchObject({
    graphics: [],
    past: [{ state: "deleted", isInDoubt: false }],
  });
});

it("leaves one library's graphics alone when another's are deleted", async () => {
  const ledger = await openWithGraphic(newLedgerFile(), "IM_00000000001");
  const elsewhere = runStart({ command: "prune", library: "GR_0123456789a" });
  const run = ledger.startDeletions(elsewhere, [DELETION]);
  const attemptId = await run.intent("IM_00000000001", 1);
  await run.outcome(attemptId, GONE);
  expect(currentIds(ledger)).toEqual(["IM_00000000001"]);
});
