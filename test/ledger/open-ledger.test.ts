import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Database } from "../../src/ledger/database.ts";
import type { Ledger } from "../../src/ledger/ledger.ts";
import { openLedger } from "../../src/ledger/open-ledger.ts";
import { readLedger } from "../../src/ledger/read-ledger.ts";
import { UserError } from "../../src/user-error.ts";
import {
  MANIFEST,
  makeFastFolder,
  makeTestFolder,
  newLedgerFile,
  OWNER,
  openForTest,
  readForTest,
  recordsOf,
  runThrough,
  snapshot,
  TARGET,
  upload,
  uploaded,
} from "../support/ledger.ts";

function errorOf(work: () => unknown): UserError {
  try {
    work();
  } catch (cause) {
    if (cause instanceof UserError) return cause;
    throw cause;
  }
  throw new Error("nothing was thrown");
}

const AT_REST = ["ledger.db", "ledger.db.lock"];

let sound: Buffer | undefined;

/** A ledger of 200 graphics: large enough for pages of every kind. */
async function soundLedger(): Promise<string> {
  const file = newLedgerFile();
  sound ??= await makeSound(newLedgerFile());
  writeFileSync(file, sound);
  return file;
}

async function makeSound(file: string): Promise<Buffer> {
  const ledger = openLedger(file, OWNER);
  const names = Array.from({ length: 200 }, (_, index) => `picture ${index}.png`);
  const rows = names.map((name) => [upload(name), uploaded(`IM_${name.slice(8, -4)}`)] as const);
  await runThrough(ledger, rows);
  ledger.close();
  return readFileSync(file);
}

function patch(file: string, offset: number, bytes: Buffer): void {
  const content = readFileSync(file);
  bytes.copy(content, offset);
  writeFileSync(file, content);
}

describe("a new ledger", () => {
  it("is made with its folder", () => {
    const file = join(makeTestFolder(), "a", ".qgfx", "ledger.db");
    openForTest(file);
    expect(existsSync(file)).toBe(true);
  });

  it("names its application and format in the header", () => {
    const file = newLedgerFile();
    openForTest(file).close();
    const header = readFileSync(file);
    expect(header.toString("latin1", 68, 72)).toBe("qgfx");
    expect(header.readUInt32BE(60)).toBe(2);
  });

  it("is one plain file and a lock at rest", () => {
    const file = newLedgerFile();
    openForTest(file).close();
    expect(readdirSync(dirname(file)).sort()).toEqual(AT_REST);
    expect(readFileSync(file)[19]).toBe(1);
  });

  it("clears away the draft of a run that was killed while it made one", () => {
    const file = newLedgerFile();
    writeFileSync(`${file}.new`, "half a dra");
    writeFileSync(`${file}.new-journal`, "half a journal");
    openForTest(file).close();
    expect(readdirSync(dirname(file)).sort()).toEqual(AT_REST);
  });

  it("clears away the draft of another that was put back since", () => {
    const file = newLedgerFile();
    openForTest(file).close();
    writeFileSync(`${file}.new`, "half a dra");
    openForTest(file).close();
    expect(readdirSync(dirname(file)).sort()).toEqual(AT_REST);
  });

  it("is nothing to readers until it is there", () => {
    const file = newLedgerFile();
    writeFileSync(`${file}.new`, "half a dra");
    expect(readLedger(file)).toBeUndefined();
    expect(readdirSync(dirname(file))).toEqual(["ledger.db.new"]);
  });

  it("works under a path with every odd character", () => {
    const folder = join(makeTestFolder(), "50% off? #1 & Größe 'ü' \"q\"");
    const file = join(folder, "file:x?mode=memory.db");
    openForTest(file).close();
    expect(existsSync(file)).toBe(true);
    expect(readForTest(file)?.recorded(TARGET, MANIFEST).graphics).toEqual([]);
  });

  it("is the file that a link names, with that file's lock", () => {
    const file = newLedgerFile();
    openForTest(file).close();
    const link = join(makeTestFolder(), "link.db");
    symlinkSync(file, link);
    openForTest(file);
    expect(errorOf(() => openLedger(link, OWNER)).code).toBe("LEDGER_LOCKED");
    expect(readdirSync(dirname(link))).toEqual(["link.db"]);
  });
});

describe("a file that is refused", () => {
  const refused: [string, string, (file: string) => void][] = [
    ["an empty file", "LEDGER_DAMAGED", (file) => truncateSync(file, 0)],
    ["half a header", "LEDGER_DAMAGED", (file) => truncateSync(file, 50)],
    ["a few bytes of a header", "LEDGER_DAMAGED", (file) => truncateSync(file, 7)],
    ["a file cut in the middle", "LEDGER_DAMAGED", (file) => truncateSync(file, 8192)],
    ["a file cut within a page", "LEDGER_DAMAGED", (file) => truncateSync(file, 30_000)],
    ["a page of zeros", "LEDGER_DAMAGED", (file) => patch(file, 5 * 4096, Buffer.alloc(4096))],
    [
      "a page of noise",
      "LEDGER_DAMAGED",
      (file) => patch(file, 7 * 4096, Buffer.alloc(4096, 0xa5)),
    ],
    ["no format", "LEDGER_DAMAGED", (file) => patch(file, 60, Buffer.from([0, 0, 0, 0]))],
    ["a newer format", "LEDGER_NEWER", (file) => patch(file, 60, Buffer.from([0, 0, 0, 3]))],
    ["a far newer format", "LEDGER_NEWER", (file) => patch(file, 60, Buffer.alloc(4, 0xff))],
    ["another program's file", "LEDGER_NOT_OURS", (file) => patch(file, 68, Buffer.from("abcd"))],
    ["a text file", "LEDGER_NOT_OURS", (file) => writeFileSync(file, "path,name\na.png,b\n")],
  ];

  it.each(refused)("%s stays as it was", async (_, code, spoil) => {
    const file = await soundLedger();
    spoil(file);
    const before = snapshot(dirname(file));
    const errors = [() => openLedger(file, OWNER), () => readLedger(file)].map(errorOf);
    for (const error of errors) {
      expect(error).toMatchObject({ code, exitCode: 2, hint: expect.any(String) });
      expect(error.message).toContain(file);
    }
    expect(snapshot(dirname(file))).toEqual(before);
  });

  it("says which format it has and which are known", async () => {
    const file = await soundLedger();
    patch(file, 60, Buffer.from([0, 0, 0, 7]));
    expect(errorOf(() => readLedger(file)).message).toBe(
      `the ledger ${file} has format 7, and this qgfx knows formats up to 2`,
    );
  });

  it("is a folder, or a link to nothing", () => {
    const folder = makeTestFolder();
    const dangling = join(folder, "dangling.db");
    symlinkSync(join(folder, "nothing.db"), dangling);
    mkdirSync(join(folder, "folder.db"));
    for (const name of ["folder.db", "dangling.db"]) {
      const file = join(folder, name);
      expect(errorOf(() => openLedger(file, OWNER)).code).toBe("LEDGER_UNREADABLE");
      expect(errorOf(() => readLedger(file)).code).toBe("LEDGER_UNREADABLE");
    }
    expect(readdirSync(folder).sort()).toEqual(["dangling.db", "folder.db"]);
  });

  it("has a second name", async () => {
    const file = await soundLedger();
    linkSync(file, `${file}.second`);
    for (const name of [file, `${file}.second`]) {
      for (const open of [() => openLedger(name, OWNER), () => readLedger(name)]) {
        const error = errorOf(open);
        expect(error).toMatchObject({ code: "LEDGER_UNREADABLE", exitCode: 2 });
        expect(error.message).toContain("hard link");
      }
    }
    expect(readdirSync(dirname(file)).sort()).toEqual(["ledger.db", "ledger.db.second"]);
  });

  it("lies where a file stands in the way of its folder", () => {
    const folder = makeTestFolder();
    writeFileSync(join(folder, ".qgfx"), "");
    const error = errorOf(() => openLedger(join(folder, ".qgfx", "ledger.db"), OWNER));
    expect(error).toMatchObject({ code: "LEDGER_UNWRITABLE", exitCode: 2 });
  });

  it("has something else for a lock", () => {
    const file = newLedgerFile();
    writeFileSync(`${file}.lock`, "not a lock at all, but a text of some length".repeat(20));
    const error = errorOf(() => openLedger(file, OWNER));
    expect(error).toMatchObject({ code: "LEDGER_UNWRITABLE", hint: `move ${file}.lock away` });
  });

  it.skipIf(process.getuid?.() === 0)("may not be read", async () => {
    const file = await soundLedger();
    chmodSync(file, 0);
    expect(errorOf(() => readLedger(file))).toMatchObject({ code: "LEDGER_UNREADABLE" });
  });
});

describe("damage within", () => {
  const setId = (column: string, value: string) =>
    `UPDATE attempts SET ${column} = ${value} WHERE id = 7`;

  async function spoilt(sql: string): Promise<string> {
    const file = await soundLedger();
    const database = new Database(file, "rw");
    database.exec(sql);
    database.close();
    return file;
  }

  it.each([
    ["a missing table", "PRAGMA foreign_keys = OFF; DROP TABLE attempts"],
    ["a missing index", "DROP INDEX attempts_by_id"],
    ["a column of another name", "ALTER TABLE attempts RENAME COLUMN message TO mistake"],
    ["a trigger", "CREATE TRIGGER t AFTER INSERT ON attempts BEGIN SELECT 1; END"],
    ["a view", "CREATE VIEW v AS SELECT * FROM runs"],
    ["a table of another program", "CREATE TABLE notes (text)"],
    ["an id that steers a terminal", setId("graphic_id", "'IM_' || char(27) || '[31m'")],
    ["an id that ends in a line break", setId("graphic_id", "graphic_id || char(10)")],
    ["an id that is an address", setId("graphic_id", "'javascript:alert(1)//IM_0123456789a'")],
    ["an id with more in it", setId("graphic_id", "'IM_0123456789a&IM=IM_b'")],
    ["no id in place of one", setId("replaces", "char(8238)")],
  ])("%s is refused", async (_, sql) => {
    const file = await spoilt(sql);
    const before = snapshot(dirname(file));
    for (const open of [() => openLedger(file, OWNER), () => readLedger(file)]) {
      expect(errorOf(open)).toMatchObject({ code: "LEDGER_DAMAGED", exitCode: 2 });
    }
    expect(snapshot(dirname(file))).toEqual(before);
  });

  it("text that is not UTF-8 is found when it is read", async () => {
    const sql = "UPDATE attempts SET name = CAST(x'ff41' AS TEXT) WHERE id = 7";
    const view = readForTest(await spoilt(sql));
    const error = errorOf(() => view?.recorded(TARGET, MANIFEST));
    expect(error).toMatchObject({ code: "LEDGER_DAMAGED", exitCode: 2 });
  });

  it.each([
    ["a name", "UPDATE attempts SET name = CAST(x'ff41' AS TEXT) WHERE id = 7"],
    ["a folder", "UPDATE attempts SET folder = CAST(x'c3' AS TEXT) WHERE id = 3"],
    ["a machine", "UPDATE runs SET machine = CAST(x'a0' AS TEXT)"],
  ])("%s that is not UTF-8 is refused before anything is written", async (_, sql) => {
    const file = await spoilt(sql);
    const before = readFileSync(file);
    const error = errorOf(() => openLedger(file, OWNER));
    expect(error).toMatchObject({ code: "LEDGER_DAMAGED", exitCode: 2 });
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it("of any kind ends in a refusal or does no harm", async () => {
    const file = await soundLedger();
    const sound = readFileSync(file);
    const change = fc.record({
      at: fc.nat(sound.length - 1),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 64 }),
    });
    const changes = fc.array(change, { minLength: 1, maxLength: 4 });
    const folder = makeFastFolder();
    let serial = 0;
    await fc.assert(
      fc.asyncProperty(changes, async (damage) => {
        serial += 1;
        const file = join(folder, String(serial), "ledger.db");
        mkdirSync(dirname(file));
        const bytes = Buffer.from(sound);
        for (const { at, bytes: noise } of damage) bytes.set(noise.slice(0, bytes.length - at), at);
        writeFileSync(file, bytes);
        const before = snapshot(dirname(file));
        if (await isUsable(file)) return;
        const { "ledger.db.lock": _, ...after } = snapshot(dirname(file));
        expect(after).toEqual(before);
      }),
      { numRuns: 100 },
    );
  });

  /** Whether a ledger opens; then a run goes through, or finds the damage and says so. */
  async function isUsable(file: string): Promise<boolean> {
    let ledger: Ledger;
    try {
      ledger = openLedger(file, OWNER);
    } catch (cause) {
      if (cause instanceof UserError) return false;
      throw cause;
    }
    try {
      ledger.recorded(TARGET, MANIFEST);
      await runThrough(ledger, [[upload("new.png"), uploaded("IM_new")]]);
      expect(recordsOf(ledger, TARGET)(upload("new.png")).graphicId).toBe("IM_new");
    } catch (cause) {
      if (!(cause instanceof UserError)) throw cause;
    } finally {
      ledger.close();
    }
    return true;
  }
});
