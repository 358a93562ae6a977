import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { Database } from "../../src/ledger/database.ts";
import { openLedger, readLedger } from "../../src/ledger/open-ledger.ts";
import {
  MANIFEST,
  newLedgerFile,
  OWNER,
  openForTest,
  runThrough,
  snapshot,
  TARGET,
  upload,
  uploaded,
} from "./samples.ts";

async function addGraphic(file: string, name: string): Promise<void> {
  const ledger = openForTest(file);
  await runThrough(ledger, [[upload(name), uploaded(`IM_${name}`)]]);
  ledger.close();
}

async function sealedLedger(): Promise<string> {
  const file = newLedgerFile();
  await addGraphic(file, "first.png");
  return file;
}

/** As a program that is not ours writes to a ledger. */
function change(file: string, sql: string): void {
  const database = new Database(file, "rw");
  database.exec(sql);
  database.close();
}

function sealLine(file: string): string {
  const digest = createHash("sha256").update(readFileSync(file)).digest("hex");
  return `${digest}  ledger.db\n`;
}

function names(file: string): string[] {
  const view = readLedger(file);
  const graphics = view?.recorded(TARGET, MANIFEST).graphics ?? [];
  view?.close();
  return Array.from(graphics, ({ name }) => name);
}

function expectRefused(file: string): void {
  for (const open of [() => readLedger(file), () => openLedger(file, OWNER)]) {
    expect(open).toThrow(expect.objectContaining({ code: "LEDGER_DAMAGED" }));
  }
}

/** Found by SQLite's own check, and by nothing that reads the ledger: an index shows what another holds. */
const UNSOUND = `PRAGMA writable_schema = ON;
UPDATE sqlite_schema
SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'runs_by_manifest')
WHERE name = 'graphics_by_id'`;
const NOT_UTF8 = "UPDATE graphics SET name = CAST(x'ff41' AS TEXT)";

describe("a ledger that was closed", () => {
  it("has its digest beside it, as sha256sum writes it", async () => {
    const file = await sealedLedger();
    expect(readFileSync(`${file}.seal`, "utf8")).toBe(sealLine(file));
    const checked = spawnSync("sha256sum", ["-c", "ledger.db.seal"], { cwd: dirname(file) });
    if (checked.error === undefined) expect(String(checked.stdout)).toBe("ledger.db: OK\n");
  });

  it("has none while a run holds it", async () => {
    const file = await sealedLedger();
    openForTest(file);
    expect(existsSync(`${file}.seal`)).toBe(false);
  });

  it("is sealed again after each run", async () => {
    const file = await sealedLedger();
    const first = readFileSync(`${file}.seal`, "utf8");
    await addGraphic(file, "second.png");
    expect(readFileSync(`${file}.seal`, "utf8")).toBe(sealLine(file));
    expect(sealLine(file)).not.toBe(first);
  });

  it.each([UNSOUND, NOT_UTF8])("has none where it was spoilt during the run: %s", async (sql) => {
    const file = await sealedLedger();
    const ledger = openForTest(file);
    change(file, sql);
    ledger.close();
    expect(existsSync(`${file}.seal`)).toBe(false);
    expect(() => openLedger(file, OWNER)).toThrow(
      expect.objectContaining({ code: "LEDGER_DAMAGED" }),
    );
  });

  it("is in order where its seal cannot be written", async () => {
    const file = await sealedLedger();
    rmSync(`${file}.seal`);
    mkdirSync(`${file}.seal/in the way`, { recursive: true });
    await addGraphic(file, "second.png");
    expect(names(file)).toEqual(["first.png", "second.png"]);
  });
});

describe("a seal that fits", () => {
  // Nobody but a forger makes such a pair: it shows that what the seal speaks for is not checked again.
  it("stands for the checks", async () => {
    const file = await sealedLedger();
    change(file, UNSOUND);
    writeFileSync(`${file}.seal`, sealLine(file));
    expect(names(file)).toEqual(["first.png"]);
  });

  it("does not stand for tables of another kind", async () => {
    const file = await sealedLedger();
    change(file, "CREATE TABLE more (id); ALTER TABLE items RENAME COLUMN error TO mistake");
    writeFileSync(`${file}.seal`, sealLine(file));
    expectRefused(file);
  });

  it("counts for nothing with a log beside the ledger", async () => {
    for (const log of ["-wal", "-journal"]) {
      const file = await sealedLedger();
      change(file, UNSOUND);
      writeFileSync(`${file}.seal`, sealLine(file));
      writeFileSync(`${file}${log}`, "");
      expectRefused(file);
    }
  });

  it("counts for nothing in WAL mode, where no log is left", async () => {
    const file = await sealedLedger();
    change(file, UNSOUND);
    change(file, "PRAGMA journal_mode = WAL");
    writeFileSync(`${file}.seal`, sealLine(file));
    expect(readdirSync(dirname(file))).not.toContain("ledger.db-wal");
    expectRefused(file);
  });

  it("counts for nothing in WAL mode, as a run that died leaves it", async () => {
    const file = await sealedLedger();
    const copy = newLedgerFile();
    openForTest(file);
    change(file, UNSOUND);
    for (const suffix of ["", "-wal"]) copyFileSync(file + suffix, copy + suffix);
    writeFileSync(`${copy}.seal`, sealLine(copy));
    expect(() => readLedger(copy)).toThrow(expect.objectContaining({ code: "LEDGER_DAMAGED" }));
    rmSync(`${copy}-shm`, { force: true });
    expectRefused(copy);
  });
});

describe("a seal that does not fit", () => {
  const odd: [string, (file: string) => void][] = [
    ["is none", (seal) => rmSync(seal)],
    ["is empty", (seal) => writeFileSync(seal, "")],
    ["is of another ledger", (seal) => writeFileSync(seal, `${"0".repeat(64)}  ledger.db\n`)],
    ["is noise", (seal) => writeFileSync(seal, Buffer.alloc(100_000, 0xa5))],
    [
      "is a folder",
      (seal) => {
        rmSync(seal);
        mkdirSync(seal);
      },
    ],
    [
      "is a pipe that nobody writes to",
      (seal) => {
        rmSync(seal);
        spawnSync("mkfifo", [seal]);
      },
    ],
  ];

  it.each(odd)("because it %s leaves a sound ledger in use", async (_, spoil) => {
    const file = await sealedLedger();
    spoil(`${file}.seal`);
    expect(names(file)).toEqual(["first.png"]);
    await addGraphic(file, "second.png");
    expect(names(file)).toEqual(["first.png", "second.png"]);
  });

  it.each(odd)("because it %s has an unsound one refused", async (_, spoil) => {
    const file = await sealedLedger();
    spoil(`${file}.seal`);
    change(file, UNSOUND);
    expectRefused(file);
  });

  it("because an older copy was put back does no harm", async () => {
    const file = await sealedLedger();
    const older = readFileSync(file);
    await addGraphic(file, "second.png");
    writeFileSync(file, older);
    expect(names(file)).toEqual(["first.png"]);
    await addGraphic(file, "third.png");
    expect(names(file)).toEqual(["first.png", "third.png"]);
    expect(readFileSync(`${file}.seal`, "utf8")).toBe(sealLine(file));
  });

  it("is left as it is by readers", async () => {
    const file = await sealedLedger();
    writeFileSync(`${file}.seal`, "old");
    const before = snapshot(dirname(file));
    expect(names(file)).toEqual(["first.png"]);
    expect(snapshot(dirname(file))).toEqual(before);
    rmSync(`${file}.seal`);
    expect(names(file)).toEqual(["first.png"]);
    expect(readdirSync(dirname(file)).sort()).toEqual(["ledger.db", "ledger.db.lock"]);
  });
});
