import { describe, expect, it } from "vitest";
import { Database } from "../../src/ledger/database.ts";
import { openLedger } from "../../src/ledger/open-ledger.ts";
import { addressKey } from "../../src/plan/recorded.ts";
import { queryLedger } from "../support/dump-ledger.ts";
import {
  ended,
  finish,
  MANIFEST,
  newLedgerFile,
  OWNER,
  openForTest,
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
const OTHER_MANIFEST = "../autumn.csv";

describe("the url of a graphic", () => {
  it("is the one that was recorded, and none where that leads elsewhere", async () => {
    const file = newLedgerFile();
    const own = openLedger(file, OWNER);
    await runThrough(own, [
      [A, uploaded("IM_1")],
      [B, uploaded("IM_2")],
    ]);
    own.close();
    const database = new Database(file, "rw");
    const foreign = "javascript:alert(1)//fra1.qualtrics.com/ControlPanel/Graphic.php?IM=IM_2";
    database.run("UPDATE attempts SET url = ? WHERE graphic_id = 'IM_2'", [foreign]);
    database.close();
    const ledger = openForTest(file);
    const urls = [urlOf("IM_1"), ""];
    expect(ledger.recorded(TARGET, MANIFEST).graphics.map(({ url }) => url)).toEqual(urls);
    expect([A, B].map(({ row }) => recordsOf(ledger, TARGET)(row).url)).toEqual(urls);
  });
});

describe("who a graphic belongs to", () => {
  it("is the manifest that recorded it last", async () => {
    const ledger = openForTest(newLedgerFile());
    await runThrough(ledger, [
      [A, uploaded("IM_1")],
      [B, uploaded("IM_2")],
    ]);
    await runThrough(ledger, [[B, uploaded("IM_3")]], { manifest: OTHER_MANIFEST });
    const owned = (manifest: string) =>
      ledger
        .recorded(TARGET, manifest)
        .graphics.map(({ graphicId, ownedByManifest }) => [graphicId, ownedByManifest]);
    expect(owned(MANIFEST)).toEqual([
      ["IM_1", true],
      ["IM_3", false],
    ]);
    expect(owned(OTHER_MANIFEST)).toEqual([
      ["IM_1", false],
      ["IM_3", true],
    ]);
  });

  it("is one library of one service", async () => {
    const ledger = openForTest(newLedgerFile());
    const group = { ...TARGET, library: "GR_0123456789a" };
    const elsewhere = { ...TARGET, service: "loopback:4000" };
    await runThrough(ledger, [[A, uploaded("IM_1")]]);
    await runThrough(ledger, [[A, uploaded("IM_2")]], group);
    await runThrough(ledger, [[A, ended("unknown", "reset")]], elsewhere);
    const idsOf = (target: typeof TARGET) =>
      ledger.recorded(target, MANIFEST).graphics.map(({ graphicId }) => graphicId);
    expect([TARGET, group, elsewhere].map(idsOf)).toEqual([["IM_1"], ["IM_2"], []]);
    expect(ledger.recorded(TARGET, MANIFEST).unknowns).toEqual([]);
    expect(recordsOf(ledger, TARGET)(A)).toMatchObject({ status: "uploaded" });
    expect(recordsOf(ledger, elsewhere)(A)).toMatchObject({ status: "unknown" });
    expect(ledger.runs(MANIFEST).at(-1)).toMatchObject(elsewhere);
  });
});

describe("which ids are known", () => {
  it("counts the replaced ones, wherever they are", async () => {
    const ledger = openForTest(newLedgerFile());
    await runThrough(ledger, [[A, uploaded("IM_1")]]);
    await runThrough(ledger, [[A, uploaded("IM_2")]]);
    await runThrough(ledger, [[A, uploaded("IM_3")]], { library: "GR_0123456789a" });
    const known = ["IM_1", "IM_2", "IM_3", "IM_4"].map((id) => ledger.knowsId(id));
    expect(known).toEqual([true, true, true, false]);
  });

  it("tells where a replaced one was, in its own library alone", async () => {
    const ledger = openForTest(newLedgerFile());
    await runThrough(ledger, [[A, uploaded("IM_1")]]);
    await runThrough(ledger, [[A, uploaded("IM_2")]]);
    const { folder, name, sha256 } = A;
    expect(ledger.recorded(TARGET, MANIFEST).past).toMatchObject([
      { graphicId: "IM_1", folder, name, sha256, state: "replaced", isInDoubt: false },
    ]);
    const other = { ...TARGET, library: "GR_0123456789a" };
    expect(ledger.recorded(other, MANIFEST).past).toEqual([]);
  });

  it("counts an id from the moment it comes in", async () => {
    const ledger = openForTest(newLedgerFile());
    const run = ledger.startRun(runStart(), [A]);
    const attemptId = await run.intent(A, 1);
    const recorded = run.outcome(attemptId, uploaded("IM_1"));
    expect(ledger.knowsId("IM_1")).toBe(true);
    await recorded;
  });

  it("takes one id at two addresses", async () => {
    const ledger = openForTest(newLedgerFile());
    await takeGraphics(ledger, [takenGraphic("a.png", "IM_1"), takenGraphic("b.png", "IM_1")]);
    expect(ledger.recorded(TARGET, MANIFEST).graphics).toHaveLength(2);
  });
});

describe("an upload without an answer", () => {
  const retry = plannedRow({ ...A, action: "unknown", reason: "will-retry" });

  it("belongs to the manifest that sent it last", async () => {
    const ledger = openForTest(newLedgerFile());
    const owners = (manifest: string) =>
      ledger
        .recorded(TARGET, manifest)
        .unknowns.map(({ name, error, ownedByManifest }) => [name, error, ownedByManifest]);
    await runThrough(ledger, [
      [A, ended("unknown", "reset")],
      [B, ended("unknown", "reset")],
    ]);
    await runThrough(ledger, [[B, ended("unknown", "again")]], { manifest: OTHER_MANIFEST });
    expect(owners(MANIFEST)).toEqual([
      ["a.png", "reset", true],
      ["b.png", "again", false],
    ]);
    expect(owners(OTHER_MANIFEST)).toEqual([
      ["a.png", "reset", false],
      ["b.png", "again", true],
    ]);
  });

  it("stays unknown while other runs pass by", async () => {
    const ledger = openForTest(newLedgerFile());
    await runThrough(ledger, [[A, ended("unknown", "reset")]]);
    await runThrough(ledger, [[B, uploaded("IM_1")]]);
    expect(recordsOf(ledger, TARGET)(A)).toMatchObject({
      status: "unknown",
      error: "reset",
    });
  });

  it("needs no repair when the next run takes over from a dead one", async () => {
    const file = newLedgerFile();
    const dead = openForTest(file);
    await dead.startRun(runStart(), [A]).intent(A, 1);
    dead.close();
    const rows = () =>
      queryLedger(file, "SELECT json_array(started_at, result) AS line FROM attempts");
    const before = rows();
    const unknown = { status: "unknown", error: "sent, but no answer was recorded" };
    const next = openForTest(file);
    expect(recordsOf(next, TARGET)(A)).toMatchObject(unknown);
    next.close();
    expect(rows()).toEqual(before);
  });

  it("leaves the graphic that was current before", async () => {
    const ledger = openForTest(newLedgerFile());
    await runThrough(ledger, [[A, uploaded("IM_1")]]);
    await runThrough(ledger, [[plannedRow({ ...A, sha256: "other" }), ended("unknown", "reset")]]);
    const record = recordsOf(ledger, TARGET)(A);
    expect(record).toMatchObject({ status: "unknown", graphicId: "IM_1", sha256: A.sha256 });
  });

  it("is settled by a retry that was uploaded", async () => {
    const ledger = openForTest(newLedgerFile());
    await runThrough(ledger, [[A, ended("unknown", "reset")]]);
    await runThrough(ledger, [[retry, uploaded("IM_1")]]);
    expect(ledger.recorded(TARGET, MANIFEST).unknowns).toEqual([]);
    expect(recordsOf(ledger, TARGET)(A)).toMatchObject({ status: "uploaded" });
    await runThrough(ledger, [[B, uploaded("IM_2")]]);
    expect(recordsOf(ledger, TARGET)(A)).toMatchObject({ status: "uploaded", graphicId: "IM_1" });
  });

  it.each(["refused", "not-sent", "failed", "unknown"] as const)(
    "is not settled by a retry that was %s",
    async (result) => {
      const ledger = openForTest(newLedgerFile());
      await runThrough(ledger, [[A, ended("unknown", "reset")]]);
      await runThrough(ledger, [
        [plannedRow({ ...retry, sha256: "other" }), ended(result, "again")],
      ]);
      expect(ledger.recorded(TARGET, MANIFEST).unknowns.map(addressKey)).toEqual([addressKey(A)]);
    },
  );

  it("shows as unknown when the retry failed, with what the retry was told", async () => {
    const ledger = openForTest(newLedgerFile());
    await runThrough(ledger, [[A, ended("unknown", "reset")]]);
    await runThrough(ledger, [[retry, ended("failed", "too large")]]);
    expect(recordsOf(ledger, TARGET)(A)).toMatchObject({
      status: "unknown",
      error: "too large; an earlier upload got no answer",
    });
  });

  it("shows as unknown where the row had failed before", async () => {
    const ledger = openForTest(newLedgerFile());
    await runThrough(ledger, [[A, ended("failed", "too large")]]);
    await runThrough(ledger, [[A, ended("unknown", "reset")]], { manifest: OTHER_MANIFEST });
    expect(recordsOf(ledger, TARGET)(A)).toMatchObject({
      status: "unknown",
      error: "reset",
    });
  });

  it("shows as unknown when the retry was not run", async () => {
    const ledger = openForTest(newLedgerFile());
    await runThrough(ledger, [[A, ended("unknown", "reset")]]);
    const run = ledger.startRun(runStart(), [retry]);
    await run.notRun(retry, "stopped");
    await finish(run);
    expect(recordsOf(ledger, TARGET)(A)).toMatchObject({
      status: "unknown",
      error: "reset",
    });
  });
});

describe("names and folders", () => {
  const odd = [
    "a.png",
    "A.png",
    "a.png ",
    " a.png",
    "\u00e4.png",
    "a\u0308.png",
    "\u{1f600}.png",
    "\u212b.png",
    "\u00c5.png",
    "\ufeffa.png",
    "a'b\"c%_?*.png",
    "",
    "1",
    "1.0",
    "NULL",
    "\u{10ffff}",
  ];

  it("are told apart character by character and come back exactly", async () => {
    const ledger = openForTest(newLedgerFile());
    const rows = odd.flatMap((folder, line) =>
      odd.map((name, column) => upload(name, { folder, line: line * odd.length + column })),
    );
    const run = ledger.startRun(runStart(), rows);
    await Promise.all(rows.map((row, index) => send(run, row, uploaded(`IM_${index}`))));
    const { graphics } = ledger.recorded(TARGET, MANIFEST);
    expect(graphics.map(({ folder, name }) => [folder, name])).toEqual(
      rows.map(({ folder, name }) => [folder, name]),
    );
    const recordOf = recordsOf(ledger, TARGET);
    expect(rows.map((row) => recordOf(row).graphicId)).toEqual(rows.map((_, i) => `IM_${i}`));
  });

  it("are all read when there are many", async () => {
    const ledger = openForTest(newLedgerFile());
    for (const count of [511, 1, 1, 700]) {
      const before = ledger.recorded(TARGET, MANIFEST).graphics.length;
      const adopted = Array.from({ length: count }, (_, index) =>
        takenGraphic(`${before + index}.png`, `IM_${before + index}`),
      );
      await takeGraphics(ledger, adopted);
      const { graphics } = ledger.recorded(TARGET, MANIFEST);
      expect(graphics.map(({ name }) => name)).toEqual(
        Array.from({ length: before + count }, (_, index) => `${index}.png`),
      );
    }
  });

  it("replace what was at their addresses, and have a record each, in the order asked for", async () => {
    const ledger = openForTest(newLedgerFile());
    const rows = Array.from({ length: 1_100 }, (_, index) => `${index} "é"\\'.png`);
    const uploads = rows.slice(600).map((name) => upload(name));
    const last = uploads.at(-1) ?? upload("");
    const run = async (first: string) => {
      const taken = rows.slice(0, 600).map((name, index) => takenGraphic(name, `${first}${index}`));
      await takeGraphics(ledger, taken);
      return ledger.startRun(runStart(), uploads);
    };
    await run("IM_old");
    const second = await run("IM_new");
    await send(second, last, uploaded("IM_last"));
    const recordOf = ledger.rowRecords(TARGET);
    const records = rows.toReversed().map((name) => recordOf({ folder: "Summer", name }));
    expect(records.reverse().map(({ status, graphicId }) => [status, graphicId])).toEqual([
      ...rows.slice(0, 600).map((_, index) => ["uploaded", `IM_new${index}`]),
      ...rows.slice(600, 1_099).map(() => ["not-run", null]),
      ["uploaded", "IM_last"],
    ]);
    expect(ledger.knowsId("IM_old599")).toBe(true);
  });
});
