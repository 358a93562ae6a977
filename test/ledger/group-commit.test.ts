import { readFileSync } from "node:fs";
import { describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { Database } from "../../src/ledger/database.ts";
import { GroupCommit } from "../../src/ledger/group-commit.ts";
import type { LedgerView } from "../../src/ledger/ledger.ts";
import type { FolderAndName } from "../../src/plan/recorded.ts";
import { queryLedger } from "./dump-ledger.ts";
import {
  ended,
  MANIFEST,
  newLedgerFile,
  openForTest,
  readForTest,
  recordsOf,
  runStart,
  send,
  TARGET,
  upload,
  uploaded,
} from "./samples.ts";

const ROWS = Array.from({ length: 100 }, (_, line) => upload(`${line}.png`, { line }));

function start() {
  const file = newLedgerFile();
  const ledger = openForTest(file);
  return { file, ledger, run: ledger.startRun(runStart(), ROWS, []) };
}

/**
 * Commits in a write-ahead log (SQLite file format, 4.1): frames that carry a database size, and the salt of the
 * header, for a checkpoint begins the log anew over the old one.
 */
function countCommits(file: string): number {
  const log = readFileSync(`${file}-wal`);
  const frameBytes = 24 + log.readUInt32BE(8);
  let commits = 0;
  for (let at = 32; at + frameBytes <= log.length; at += frameBytes) {
    const isOfThisLog = log.subarray(at + 8, at + 16).equals(log.subarray(16, 24));
    if (isOfThisLog && log.readUInt32BE(at + 4) !== 0) commits += 1;
  }
  return commits;
}

it("shares one commit among the writes of one turn", async () => {
  const { file, run } = start();
  // What the run means to do is in the file itself: the log begins anew.
  const attemptIds = await Promise.all(ROWS.map((row) => run.intent(row, 1)));
  expect(countCommits(file)).toBe(1);
  await Promise.all(attemptIds.map((id, index) => run.outcome(id, uploaded(`IM_${index}`))));
  expect(countCommits(file)).toBe(2);
});

describe("a write", () => {
  const turn = () => new Promise((resolve) => setImmediate(resolve));

  /** Writes into a table of its own; each is a row. */
  function openCommits(gatherMs: number, findMissing: () => string | undefined = () => undefined) {
    const file = newLedgerFile();
    const database = new Database(file, "rwc");
    onTestFinished(() => database.close());
    database.exec("PRAGMA journal_mode = WAL; CREATE TABLE rows (id INTEGER PRIMARY KEY)");
    const commits = new GroupCommit(database, file, findMissing, gatherMs);
    const done: string[] = [];
    const write = (name: string) =>
      commits
        .write(() => database.run("INSERT INTO rows DEFAULT VALUES", []))
        .then(() => done.push(name));
    return { file, database, commits, done, write };
  }

  const insert = (database: Database, id: number) => () =>
    database.run("INSERT INTO rows VALUES (?)", [id]);
  const remove = (database: Database, id: number) => () =>
    void database.run("DELETE FROM rows WHERE id = ?", [id]);
  const idsIn = (database: Database) =>
    database.all(z.object({ id: z.int() }), "SELECT id FROM rows").map(({ id }) => id);

  it("waits for others while they are expected, and shares its commit with the last of them", async () => {
    const { file, commits, done, write } = openCommits(3_600_000);
    let expected = 2;
    commits.gatherWhile(() => expected > 0);
    const before = countCommits(file);
    const first = write("first");
    for (let turns = 0; turns < 20; turns += 1) await turn();
    expect(done).toEqual([]);
    expected = 0;
    await Promise.all([first, write("last")]);
    expect(done).toEqual(["first", "last"]);
    expect(countCommits(file) - before).toBe(1);
  });

  it("does not wait for ever", async () => {
    const { commits, write } = openCommits(1);
    commits.gatherWhile(() => true);
    await write("alone");
    await write("alone again");
  });

  it("does not wait where nobody is expected", async () => {
    const { commits, done, write } = openCommits(3_600_000);
    await write("before anybody said");
    commits.gatherWhile(() => false);
    await write("after");
    expect(done).toEqual(["before anybody said", "after"]);
  });

  it("of what has happened is made even where a file is lost, one of what is to happen is not", async () => {
    let missing: string | undefined;
    const { database, commits } = openCommits(1, () => missing);
    const fact = (id: number) => commits.write(insert(database, id));
    const intent = (id: number) => commits.write(insert(database, id), remove(database, id));
    await Promise.all([fact(1), intent(2)]);
    missing = "ledger.db";
    for (const write of [intent(3), fact(4)]) {
      await expect(write).rejects.toThrow("ledger.db was moved");
    }
    expect(idsIn(database)).toEqual([1, 2, 4]);
  });

  it("of what is to happen is taken back where a file is lost while it is made", async () => {
    let looks = 0;
    // There before the commit, and no longer after it.
    const { database, commits } = openCommits(1, () => (looks++ === 0 ? undefined : "ledger.db"));
    const intent = commits.write(insert(database, 1), remove(database, 1));
    const fact = commits.write(insert(database, 2));
    for (const write of [intent, fact]) await expect(write).rejects.toThrow("ledger.db was moved");
    expect(idsIn(database)).toEqual([2]);
  });

  it("that waits is made when the ledger is closed", async () => {
    const { commits, done, write } = openCommits(3_600_000);
    commits.gatherWhile(() => true);
    const waiting = write("waiting");
    commits.close();
    await waiting;
    expect(done).toEqual(["waiting"]);
    await expect(write("late")).rejects.toThrow("the ledger is closed");
  });
});

it("makes an outcome durable though another upload gets no answer", async () => {
  const { run } = start();
  const [first, second] = ROWS;
  if (!first || !second) return;
  const [attemptId] = await Promise.all([run.intent(first, 1), run.intent(second, 1)]);
  await run.outcome(attemptId, uploaded("IM_1"));
});

it("gives each intent the id its outcome needs", async () => {
  const { ledger, run } = start();
  const attemptIds = await Promise.all(ROWS.map((row) => run.intent(row, 1)));
  expect(new Set(attemptIds).size).toBe(ROWS.length);
  const backwards = attemptIds.map((id, index) => [id, index] as const).reverse();
  await Promise.all(backwards.map(([id, index]) => run.outcome(id, uploaded(`IM_${index}`))));
  const recordOf = recordsOf(ledger, TARGET, MANIFEST);
  expect(ROWS.map((row) => recordOf(row).graphicId)).toEqual(ROWS.map((_, i) => `IM_${i}`));
});

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
    reader && recordsOf(reader, TARGET, MANIFEST)(row);
  await run.intent(first, 1);
  expect(recordIn(readForTest(file), first)?.status).toBe("unknown");
  await run.outcome(await run.intent(second, 1), uploaded("IM_2"));
  expect(recordIn(readForTest(file), second)).toMatchObject({
    status: "uploaded",
    graphicId: "IM_2",
  });
  const reader = readForTest(file);
  recordsOf(ledger, TARGET, MANIFEST)(first);
  expect(recordIn(reader, second)?.graphicId).toBe("IM_2");
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
  const again = ledger.startRun(runStart(), [first, second], []);
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
