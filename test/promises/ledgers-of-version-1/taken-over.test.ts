import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { Database } from "../../../src/ledger/database.ts";
import { keepFormat1 } from "../../../src/ledger/format-1.ts";
import { openLedger } from "../../../src/ledger/open-ledger.ts";
import { readLedger } from "../../../src/ledger/read-ledger.ts";
import type { Recorded } from "../../../src/plan/recorded.ts";
import { OWNER, snapshot } from "../../support/ledger.ts";

const FIXTURES = join(import.meta.dirname, "../../fixtures/ledgers-v1");
const FOLDERS = ["idle", "killed-early", "killed-late", "deletions", "killed-deleting", "unknowns"];

/** The folder that one of the fixtures' ledgers is in, to be written to. */
function folderOf(fixture: string): string {
  const dir = mkdtempSync(join(tmpdir(), "qgfx-v1-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  cpSync(join(FIXTURES, fixture, "files/.qgfx"), dir, { recursive: true });
  return dir;
}

/** The target and the manifest of its runs. */
const of = (fixture: string) => {
  const { commands } = JSON.parse(
    readFileSync(join(FIXTURES, fixture, "expected.json"), "utf8"),
  ) as { commands: { argv: string[]; json?: { runs?: { library: string }[] } }[] };
  const history = commands.find(({ argv }) => argv[0] === "history");
  const library = history?.json?.runs?.[0]?.library ?? "";
  return { target: { service: "loopback:47810", library }, manifest: "../summer.csv" };
};

function contentsOf(file: string, fixture: string) {
  const { target, manifest } = of(fixture);
  const view = readLedger(file);
  const recorded = view?.recorded(target, manifest);
  const places = [...(recorded?.graphics ?? []), ...(recorded?.unknowns ?? [])];
  const rows = view && places.map(view.rowRecords(target));
  const contents = {
    recorded,
    rows,
    runs: view?.runs(manifest),
  };
  view?.close();
  expect(contents.recorded?.graphics).not.toEqual([]);
  return contents;
}

describe.each(FOLDERS)("a ledger of format 1, %s", (fixture) => {
  it("is read without a trace, and taken over whole on the first write", () => {
    const dir = folderOf(fixture);
    const file = join(dir, "ledger.db");
    const before = snapshot(dir);
    const read = contentsOf(file, fixture);
    expect(snapshot(dir)).toEqual(before);

    openLedger(file, OWNER).close();
    expect(readdirSync(dir).sort()).toEqual(["ledger.db", "ledger.db.lock", "ledger.v1.db"]);
    expect(readFileSync(file).readUInt32BE(60)).toBe(2);
    expect(readFileSync(join(dir, "ledger.v1.db")).readUInt32BE(60)).toBe(1);
    expect(contentsOf(file, fixture)).toEqual(read);
    expect(contentsOf(join(dir, "ledger.v1.db"), fixture)).toEqual(read);
  });

  it("keeps every id, whatever has become of it", () => {
    const dir = folderOf(fixture);
    const file = join(dir, "ledger.db");
    const ids = idsOfFormat1(file, dir);
    expect(ids.length).toBeGreaterThan(1);
    openLedger(file, OWNER).close();
    const view = readLedger(file);
    expect(ids.filter((id) => !view?.knowsId(id))).toEqual([]);
    view?.close();
  });

  it("is left usable by a take-over that was killed halfway, and taken over by the next", () => {
    const dir = folderOf(fixture);
    const file = join(dir, "ledger.db");
    const read = contentsOf(file, fixture);
    // The old one is kept, and the new one was not finished.
    keepFormat1(file, { format: 1, isAtRest: false, lacksLog: false });
    writeFileSync(`${file}.new`, "half a dra");
    expect(contentsOf(file, fixture)).toEqual(read);
    openLedger(file, OWNER).close();
    expect(contentsOf(file, fixture)).toEqual(read);
    expect(readdirSync(dir).sort()).toEqual(["ledger.db", "ledger.db.lock", "ledger.v1.db"]);
  });
});

/** By the tables of format 1, and by what a killed run left in `progress`, of a copy. */
function idsOfFormat1(file: string, dir: string): string[] {
  const copy = join(dir, "copy");
  for (const suffix of ["", "-wal"]) {
    if (existsSync(`${file}${suffix}`)) copyFileSync(`${file}${suffix}`, `${copy}${suffix}`);
  }
  const database = new Database(copy, "rw");
  const texts = database
    .bytes(
      `SELECT CAST(group_concat(text, ' ') AS BLOB) FROM (SELECT graphic_id AS text FROM graphics
      UNION ALL SELECT graphic_id FROM deletions UNION ALL SELECT records FROM progress)`,
    )
    .toString();
  database.close();
  for (const name of readdirSync(dir)) if (name.startsWith("copy")) rmSync(join(dir, name));
  return [...new Set(texts.match(/IM_[A-Za-z0-9]+/g))];
}

it("a ledger of format 1 with an id that steers a terminal is refused, and left as it is", () => {
  const dir = folderOf("idle");
  const file = join(dir, "ledger.db");
  const database = new Database(file, "rw");
  database.exec("UPDATE graphics SET graphic_id = 'IM_' || char(27) || '[31m' WHERE rowid = 1");
  database.close();
  const before = readFileSync(file);
  for (const open of [() => openLedger(file, OWNER), () => readLedger(file)]) {
    expect(open).toThrow(expect.objectContaining({ code: "LEDGER_DAMAGED", exitCode: 2 }));
  }
  expect(readFileSync(file).equals(before)).toBe(true);
});

it.each(["killed-early", "killed-late"])(
  "without its log, %s is refused or holds what its run meant to send",
  (fixture) => {
    const dir = folderOf(fixture);
    const file = join(dir, "ledger.db");
    const { target, manifest } = of(fixture);
    const whole = contentsOf(file, fixture);
    for (const name of readdirSync(dir)) if (name !== "ledger.db") rmSync(join(dir, name));
    const before = snapshot(dir);
    const placesIn = ({ graphics = [], unknowns = [] }: Partial<Recorded> = {}) =>
      [...graphics, ...unknowns].map(({ name }) => name).sort();
    try {
      const view = readLedger(file);
      const held = placesIn(view?.recorded(target, manifest));
      view?.close();
      expect(held).toEqual(expect.arrayContaining(placesIn(whole.recorded)));
    } catch (error) {
      expect(error).toMatchObject({ code: "LEDGER_DAMAGED" });
      expect(() => openLedger(file, OWNER)).toThrow("in the middle of a run");
      expect(snapshot(dir)).toEqual(before);
    }
  },
);

it("is kept under a name of its own, where another is kept already", () => {
  const dir = folderOf("idle");
  const file = join(dir, "ledger.db");
  writeFileSync(join(dir, "ledger.v1.db"), "something else");
  openLedger(file, OWNER).close();
  expect(readFileSync(join(dir, "ledger.v1.db"), "utf8")).toBe("something else");
  expect(readFileSync(join(dir, "ledger.v1-2.db")).readUInt32BE(60)).toBe(1);
});

it.each([
  ["a shard's", "ledger.shard-1-of-2.db", "ledger.shard-1-of-2.v1.db"],
  ["one of any name", "my ledger", "my ledger.v1"],
])("is kept beside %s", (_, name, kept) => {
  const dir = folderOf("idle");
  renameSync(join(dir, "ledger.db"), join(dir, name));
  openLedger(join(dir, name), OWNER).close();
  expect(readdirSync(dir)).toContain(kept);
});

it("that was damaged is refused and left as it was, or loses no id", () => {
  const dir = folderOf("idle");
  const file = join(dir, "ledger.db");
  const ids = idsOfFormat1(file, dir);
  const sound = readFileSync(file);
  let refusals = 0;
  for (let at = 100; at < sound.length; at += 1_024) {
    const spoilt = Buffer.from(sound);
    spoilt.fill(0, at, at + 500);
    writeFileSync(file, spoilt);
    try {
      openLedger(file, OWNER).close();
    } catch (error) {
      expect(error).toMatchObject({ code: "LEDGER_DAMAGED" });
      expect(readFileSync(file).equals(spoilt)).toBe(true);
      refusals += 1;
      continue;
    }
    const view = readLedger(file);
    expect(ids.filter((id) => !view?.knowsId(id))).toEqual([]);
    view?.close();
  }
  expect(refusals).toBeGreaterThan(5);
});
