import { describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { Database } from "../../src/ledger/database.ts";
import { GroupCommit } from "../../src/ledger/recorded-run.ts";
import { newLedgerFile } from "../support/ledger.ts";

describe("a write", () => {
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
    return { database, commits, done, write };
  }

  const insert = (database: Database, id: number) => () =>
    database.run("INSERT INTO rows VALUES (?)", [id]);
  const remove = (database: Database, id: number) => () =>
    void database.run("DELETE FROM rows WHERE id = ?", [id]);
  const idsIn = (database: Database) =>
    database.all(z.object({ id: z.int() }), "SELECT id FROM rows").map(({ id }) => id);

  it("does not wait for ever", async () => {
    const { commits, write } = openCommits(1);
    commits.gatherWhile(() => true);
    await write("alone");
    await write("alone again");
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
