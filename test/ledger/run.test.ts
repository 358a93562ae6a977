import { describe, expect, it } from "vitest";
import type { AttemptOutcome } from "../../src/execute/outcome.ts";
import type { Run } from "../../src/ledger/ledger.ts";
import { addressKey } from "../../src/plan/recorded.ts";
import { lastOwnRun } from "../../src/report/ledger-documents.ts";
import {
  ended,
  FINISHED_AT,
  finish,
  MANIFEST,
  newLedgerFile,
  openForTest,
  readForTest,
  recordsOf,
  runStart,
  runThrough,
  send,
  TARGET,
  takeGraphics,
  takenGraphic,
  upload,
  uploaded,
  urlOf,
} from "../support/ledger.ts";
import { plannedRow } from "../support/planned-row.ts";

const A = upload("a.png");
const B = upload("b.png", { line: 3 });
const NOTHING = {
  graphicId: null,
  url: null,
  library: null,
  sha256: null,
  uploadedAt: null,
  sentSha256: null,
};

function start(rows = [A]) {
  const ledger = openForTest(newLedgerFile());
  const run = ledger.startRun(runStart(), rows);
  const recordOf = recordsOf(ledger, TARGET);
  return { ledger, run, recordOf };
}

describe("a row of the run", () => {
  it("is not-run before anything happens", () => {
    expect(start().recordOf(A)).toEqual({ status: "not-run", error: null, ...NOTHING });
  });

  it("is unknown between intent and outcome", async () => {
    const { run, recordOf, ledger } = start();
    await run.intent(A, 1);
    expect(recordOf(A)).toMatchObject({ status: "unknown", error: expect.any(String) });
    expect(ledger.recorded(TARGET, MANIFEST).unknowns).toEqual([
      {
        ...{ folder: "Summer", name: "a.png", sha256: "sha-of-a.png", bytes: A.bytes },
        ...{ contentType: A.contentType, path: A.path, run: 1, ownedByManifest: true },
        error: "sent, but no answer was recorded",
      },
    ]);
  });

  it("is uploaded with its graphic", async () => {
    const { run, recordOf, ledger } = start();
    await send(run, A, uploaded("IM_1"));
    const graphic = { graphicId: "IM_1", url: urlOf("IM_1"), sha256: A.sha256 };
    const record = { ...graphic, uploadedAt: FINISHED_AT };
    const { library } = TARGET;
    const row = { status: "uploaded", error: null, library, sentSha256: null };
    expect(recordOf(A)).toEqual({ ...row, ...record });
    const { folder, name, path, bytes, contentType } = A;
    const what = { folder, name, path, bytes, contentType, ownedByManifest: true };
    const by = { run: 1, recordedBy: MANIFEST };
    const rest = { ...what, ...by, source: "upload", state: "current", isInDoubt: false };
    expect(ledger.recorded(TARGET, MANIFEST)).toEqual({
      graphics: [{ ...record, ...rest }],
      past: [],
      unknowns: [],
    });
  });

  it.each([
    ["failed", "failed"],
    ["unknown", "unknown"],
    ["refused", "not-run"],
    ["not-sent", "not-run"],
  ] as const)("that ended as %s is %s and says why", async (result, status) => {
    const { run, recordOf } = start();
    await send(run, A, ended(result, "because"));
    // Of what may be in a library the results say which library, and what was sent.
    const where = { library: TARGET.library, sentSha256: A.sha256 };
    const open = status === "unknown" ? where : {};
    expect(recordOf(A)).toEqual({ status, error: "because", ...NOTHING, ...open });
  });

  it("may be sent again after it was refused or never left", async () => {
    const { run, recordOf } = start();
    await run.outcome(await run.intent(A, 1), ended("refused", "busy"));
    await run.outcome(await run.intent(A, 2), ended("not-sent", "no route"));
    await run.outcome(await run.intent(A, 3), uploaded("IM_1"));
    expect(recordOf(A)).toMatchObject({ status: "uploaded", error: null, graphicId: "IM_1" });
  });

  it("is failed when nothing was sent, and not-run with the reason given", async () => {
    const { run, recordOf } = start([A, B]);
    await run.unsent(A, "a.png vanished");
    await run.notRun(B, "the run was stopped");
    expect(recordOf(A)).toMatchObject({ status: "failed", error: "a.png vanished" });
    expect(recordOf(B)).toMatchObject({ status: "not-run", error: "the run was stopped" });
  });

  it("keeps any message the service may send", async () => {
    const { run, recordOf } = start();
    const message = `<b>\u0000\u001b[31m\ud83d\ude00"'; DROP TABLE graphics; -- ${"x".repeat(100_000)}`;
    await send(run, A, ended("failed", message));
    expect(recordOf(A).error).toBe(message);
  });
});

describe("calls that fit no row", () => {
  const wrong: [string, (run: Run) => Promise<unknown>][] = [
    ["an intent for a row of no plan", (run) => run.intent(B, 1)],
    ["a second intent while the first is in flight", (run) => run.intent(A, 2)],
    ["an outcome of no attempt", (run) => run.outcome(77, uploaded("IM_1"))],
    ["an upload without an id", (run) => run.outcome(1, { ...uploaded(""), graphicId: null })],
  ];

  it.each(wrong)("%s rejects and leaves the run going", async (_, call) => {
    const { run, recordOf } = start();
    const attemptId = await run.intent(A, 1);
    await expect(call(run)).rejects.toThrow(Error);
    await run.outcome(attemptId, uploaded("IM_1"));
    expect(recordOf(A).status).toBe("uploaded");
  });

  it.each(["uploaded", "failed", "unknown"] as const)(
    "a row that is %s is not sent again in the same run",
    async (result) => {
      const { run } = start();
      const outcome: AttemptOutcome = { ...uploaded("IM_1"), result };
      await send(run, A, outcome);
      await expect(run.intent(A, 2)).rejects.toThrow("in flight or done");
    },
  );
});

describe("a replacement", () => {
  it("takes the place of what was at the address", async () => {
    const ledger = openForTest(newLedgerFile());
    await runThrough(ledger, [[A, uploaded("IM_1")]]);
    const replaces = { folder: A.folder, name: A.name, graphicId: "IM_1" };
    const changed = upload("a.png", { action: "replace", sha256: "other", replaces });
    await runThrough(ledger, [[changed, uploaded("IM_2")]]);
    const { graphics } = ledger.recorded(TARGET, MANIFEST);
    expect(graphics).toMatchObject([{ graphicId: "IM_2", sha256: "other" }]);
    expect(ledger.knowsId("IM_1")).toBe(true);
  });

  it("ends the graphic at the old address of a rename", async () => {
    const ledger = openForTest(newLedgerFile());
    await runThrough(ledger, [[A, uploaded("IM_1")]]);
    const replaces = { folder: A.folder, name: A.name, graphicId: "IM_1" };
    await runThrough(ledger, [[plannedRow({ ...B, replaces }), uploaded("IM_2")]]);
    const { graphics } = ledger.recorded(TARGET, MANIFEST);
    expect(graphics).toMatchObject([{ name: "b.png", graphicId: "IM_2" }]);
  });

  it("keeps both new graphics when two names are swapped", async () => {
    const ledger = openForTest(newLedgerFile());
    await runThrough(ledger, [
      [A, uploaded("IM_1")],
      [B, uploaded("IM_2")],
    ]);
    const toB = plannedRow({
      ...B,
      replaces: { folder: A.folder, name: A.name, graphicId: "IM_1" },
    });
    const toA = plannedRow({
      ...A,
      replaces: { folder: B.folder, name: B.name, graphicId: "IM_2" },
    });
    await runThrough(ledger, [
      [toB, uploaded("IM_3")],
      [toA, uploaded("IM_4")],
    ]);
    const { graphics } = ledger.recorded(TARGET, MANIFEST);
    expect(graphics.map(({ name, graphicId }) => [name, graphicId])).toEqual([
      ["b.png", "IM_3"],
      ["a.png", "IM_4"],
    ]);
  });

  it("that failed leaves the old graphic in the results", async () => {
    const ledger = openForTest(newLedgerFile());
    await runThrough(ledger, [[A, uploaded("IM_1")]]);
    await runThrough(ledger, [
      [plannedRow({ ...A, sha256: "other" }), ended("failed", "too large")],
    ]);
    expect(recordsOf(ledger, TARGET)(A)).toMatchObject({
      status: "failed",
      error: "too large",
      graphicId: "IM_1",
      sha256: A.sha256,
    });
  });
});

describe("what a file gives", () => {
  it("is a graphic like any other, with the time that the file says", async () => {
    const ledger = openForTest(newLedgerFile());
    const taken = takenGraphic("old.png", "IM_9");
    await takeGraphics(ledger, [taken]);
    const { graphicId, url, sha256, uploadedAt } = taken;
    const { library } = TARGET;
    const record = { graphicId, url, library, sha256, uploadedAt, sentSha256: null, error: null };
    expect(recordsOf(ledger, TARGET)(taken)).toEqual({ status: "uploaded", ...record });
    expect(ledger.recorded(TARGET, MANIFEST).graphics).toMatchObject([
      { name: "old.png", graphicId: "IM_9", ownedByManifest: true, source: "adopted" },
    ]);
  });

  it("does not take the place of a graphic where it is an earlier one", async () => {
    const ledger = openForTest(newLedgerFile());
    await runThrough(ledger, [[A, uploaded("IM_1")]]);
    await takeGraphics(ledger, [{ ...takenGraphic("a.png", "IM_9"), isCurrent: false }]);
    expect(recordsOf(ledger, TARGET)(A)).toMatchObject({ status: "uploaded", graphicId: "IM_1" });
    expect(ledger.recorded(TARGET, MANIFEST).past).toMatchObject([
      { graphicId: "IM_9", state: "replaced" },
    ]);
  });

  it("answers an upload without an answer of the same bytes, and of no others", async () => {
    const other = plannedRow({ ...A, name: "b.png", sha256: "other" });
    const ledger = openForTest(newLedgerFile());
    await runThrough(ledger, [
      [A, ended("unknown", "reset")],
      [other, ended("unknown", "reset")],
    ]);
    const uploadedAt = new Date(Date.now() + 1_000).toISOString();
    const taken = [takenGraphic("a.png", "IM_1"), takenGraphic("b.png", "IM_2")];
    // The time of b.png's is not known: else it would be the retry.
    await takeGraphics(
      ledger,
      taken.map((one, index) => ({ ...one, uploadedAt, isTimeKnown: index === 0 })),
    );
    const { graphics, unknowns } = ledger.recorded(TARGET, MANIFEST);
    expect(graphics.map(({ graphicId }) => graphicId)).toEqual(["IM_1", "IM_2"]);
    expect(unknowns.map(({ name }) => name)).toEqual(["b.png"]);
  });

  it("is the retry of what went unanswered before it was uploaded", async () => {
    const ledger = openForTest(newLedgerFile());
    await runThrough(ledger, [[A, ended("unknown", "reset")]]);
    const later = new Date(Date.now() + 1_000).toISOString();
    const retry = { ...takenGraphic("a.png", "IM_1"), sha256: "other", uploadedAt: later };
    await takeGraphics(ledger, [{ ...retry, isTimeKnown: false }]);
    expect(ledger.recorded(TARGET, MANIFEST).unknowns).toHaveLength(1);
    await takeGraphics(ledger, [{ ...retry, graphicId: "IM_2" }]);
    expect(ledger.recorded(TARGET, MANIFEST).unknowns).toEqual([]);
  });

  it("can be an upload without an answer, which is held like any other", async () => {
    const ledger = openForTest(newLedgerFile());
    const { contentType, sha256, bytes, folder, name, line, path } = A;
    const row = { folder, name, line, path, contentType, sha256, bytes };
    const { startedAt } = runStart();
    const unknowns = [{ ...row, error: "reset", startedAt }];
    await finish(ledger.takeOver(runStart({ command: "adopt" }), { graphics: [], unknowns }));
    const { library } = TARGET;
    const record = {
      status: "unknown",
      library,
      graphicId: null,
      sentSha256: sha256,
      error: "reset",
    };
    expect(recordsOf(ledger, TARGET)(A)).toMatchObject(record);
    expect(ledger.recorded(TARGET, MANIFEST).unknowns).toMatchObject([{ name, sha256 }]);
    expect(ledger.unanswered(TARGET)).toEqual(new Set([addressKey(A)]));
  });
});

describe("what a run leaves", () => {
  it("is its start and its end", async () => {
    const ledger = openForTest(newLedgerFile());
    expect(ledger.runs(MANIFEST)).toEqual([]);
    const run = ledger.startRun(runStart(), []);
    const { startedAt, host } = runStart();
    const last = { ...TARGET, host, startedAt };
    expect(ledger.runs(MANIFEST)).toMatchObject([{ ...last, finishedAt: null }]);
    await finish(run);
    expect(ledger.runs(MANIFEST)).toMatchObject([{ ...last, finishedAt: FINISHED_AT }]);
    expect(ledger.runs("../other.csv")).toEqual([]);
    expect(ledger.runs()).toEqual(ledger.runs(MANIFEST));
  });

  it("is looked for among those that took over ids only while they go on", async () => {
    const ledger = openForTest(newLedgerFile());
    const nothing = { graphics: [], unknowns: [] };
    const start = (command: "apply" | "adopt", startedAt: string) =>
      runStart({ command, startedAt });
    await finish(ledger.takeOver(start("adopt", "2025-06-01T09:00:00.000Z"), nothing));
    expect(lastOwnRun(ledger.runs(MANIFEST))).toBeUndefined();
    const sent = "2025-06-01T10:00:00.000Z";
    await finish(ledger.startRun(start("apply", sent), []));
    const later = "2025-06-01T11:00:00.000Z";
    const taking = ledger.takeOver(start("adopt", later), nothing);
    expect(lastOwnRun(ledger.runs(MANIFEST))).toMatchObject({ startedAt: later, finishedAt: null });
    await finish(taking);
    expect(lastOwnRun(ledger.runs(MANIFEST))).toMatchObject({ startedAt: sent });
    expect(ledger.runs(MANIFEST).at(-1)).toMatchObject({ startedAt: later });
  });

  it("is an unknown for each row still in flight at its end", async () => {
    const { run, recordOf } = start();
    await run.intent(A, 1);
    await finish(run);
    expect(recordOf(A).status).toBe("unknown");
  });

  it("stays when its ledger is closed and opened again", async () => {
    const file = newLedgerFile();
    const ledger = openForTest(file);
    await runThrough(ledger, [[A, uploaded("IM_1")]]);
    const before = ledger.recorded(TARGET, MANIFEST);
    ledger.close();
    expect(openForTest(file).recorded(TARGET, MANIFEST)).toEqual(before);
    expect(readForTest(file)?.recorded(TARGET, MANIFEST)).toEqual(before);
  });

  it("is written even when close comes first", async () => {
    const file = newLedgerFile();
    const ledger = openForTest(file);
    const run = ledger.startRun(runStart(), [A]);
    const attemptId = await run.intent(A, 1);
    const recorded = run.outcome(attemptId, uploaded("IM_1"));
    ledger.close();
    await recorded;
    await expect(run.unsent(A, "late")).rejects.toThrow(Error);
    expect(readForTest(file)?.knowsId("IM_1")).toBe(true);
  });
});

describe("the ids a ledger knows", () => {
  it("are those of its runs and those that files gave, whenever it is asked", async () => {
    const ledger = openForTest(newLedgerFile());
    await runThrough(ledger, [[A, uploaded("IM_1")]]);
    const knows = () => ["IM_1", "IM_2", "IM_3"].map((id) => ledger.knowsId(id));
    expect(knows()).toEqual([true, false, false]);
    await takeGraphics(ledger, [takenGraphic("b.png", "IM_2")]);
    expect(knows()).toEqual([true, true, false]);
    const run = ledger.startRun(runStart(), [A]);
    const recorded = run.outcome(await run.intent(A, 1), uploaded("IM_3"));
    expect(knows()).toEqual([true, true, true]);
    await recorded;
    expect(knows()).toEqual([true, true, true]);
  });
});
