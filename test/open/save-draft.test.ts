import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { parseManifest } from "../../src/manifest/parse-manifest.ts";
import { Draft } from "../../src/open/draft.ts";
import { DraftSaver } from "../../src/open/save-draft.ts";
import { workbook } from "../support/workbook.ts";
import { FORMATS, type Row, sheetOf } from "./made-sheets.ts";

const ROWS: Row[] = [
  ["a.png", "A", "Summer", "one"],
  ["b.png", "B", "Summer", "two"],
  ["c.png", "C", "Winter", "three"],
];

interface Place {
  draft: Draft;
  saver: DraftSaver;
  /** Ids by path, as the draft began. */
  id(path: string): number;
  set(path: string, field: string, text: string): Promise<void>;
  /** Another program writes the file. */
  write(rows: readonly Row[]): void;
  writeBytes(bytes: Uint8Array): void;
  /** Takes a file with these bytes for the draft. */
  put(bytes: Uint8Array): Promise<void>;
  rows(): Promise<string[][]>;
}

async function open(file: string, rows = ROWS): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), "qgfx-save-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, file);
  writeFileSync(path, sheetOf(file, rows));
  const draft = await Draft.open(file, readFileSync(path));
  const ids = new Map(draft.document().rows.map((row) => [row.path, row.id]));
  const id = (of: string) => ids.get(of) ?? 0;
  return {
    draft,
    saver: new DraftSaver(draft, path),
    id,
    set: async (of, field, text) => {
      const column = draft.document().columns.find((one) => one.field === field)?.index ?? -1;
      await draft.apply({
        base: draft.revision,
        label: "set",
        ops: [{ op: "set", row: id(of), column, text }],
      });
    },
    put: async (bytes) => {
      writeFileSync(path, bytes);
      const { rows } = await draft.reload(bytes);
      for (const row of rows) ids.set(row.path, row.id);
    },
    writeBytes: (bytes) => writeFileSync(path, bytes),
    write: (others) => writeFileSync(path, sheetOf(file, others)),
    rows: async () => {
      const { manifest } = await parseManifest(file, readFileSync(path), {});
      return manifest?.rows.map(({ path: of, name, folder: to }) => [of, name, to]) ?? [];
    },
  };
}

describe("saving a workbook with formulas", () => {
  it("says once that qgfx does not compute them", async () => {
    const { draft, saver, set, put } = await open("m.xlsx");
    const save = async () => {
      const saved = await saver.save(draft.revision);
      return "notes" in saved ? saved.notes : saved.conflicts;
    };
    expect(await save()).toEqual([]);
    const rows = ["a.png", "b.png"].map((path) => [
      path,
      { number: 2 },
      { formula: "B2*2", value: "4" },
    ]);
    await put(workbook([{ name: "One", rows: [["path", "n", "twice"], ...rows] }]));
    await set("a.png", "path", "c.png");
    expect(await save()).toEqual([expect.stringMatching(/^formulas show what they gave before/)]);
    await set("b.png", "path", "d.png");
    expect(await save()).toEqual([]);
  });
});

describe("saving a workbook that others have given a column", () => {
  it("keeps a removed row in which they have written there", async () => {
    const { draft, saver, id, put, writeBytes } = await open("m.xlsx");
    const book = (...columns: (string | null)[][]) => workbook([{ name: "One", rows: columns }]);
    await put(book(["path"], ["a.png"], ["b.png"], ["c.png"]));
    const rows = [id("a.png"), id("b.png")];
    await draft.apply({ base: draft.revision, label: "x", ops: [{ op: "remove", rows }] });
    writeBytes(book(["path", "notes"], ["a.png", "theirs"], ["b.png", null], ["c.png", null]));
    expect(await saver.save(draft.revision)).toMatchObject({
      notes: ["a.png: you removed this row, but it was changed in the file; it was kept"],
    });
    expect(draft.document().rows.map(({ cells }) => cells)).toEqual([
      ["a.png", "theirs"],
      ["c.png", ""],
    ]);
  });
});

describe.each(FORMATS)("saving %s", (file) => {
  it("writes over what the draft began with, and keeps undo", async () => {
    const { draft, saver, set, rows } = await open(file);
    await set("b.png", "name", "Tulip");
    expect(await saver.save(2)).toMatchObject({ base: 2, changed: [], notes: [] });
    expect(draft.head()).toMatchObject({ isChanged: false, undo: "set", revision: 3 });
    expect((await rows())[1]).toEqual(["b.png", "Tulip", "Summer"]);
    draft.undo(3);
    expect(draft.head().isChanged).toBe(true);
    await saver.save(4);
    expect((await rows())[1]).toEqual(["b.png", "B", "Summer"]);
  });

  it("merges other cells, rows that came and rows that went", async () => {
    const { draft, saver, id, set, write, rows } = await open(file);
    await set("b.png", "name", "Tulip");
    await draft.apply({
      base: 2,
      label: "two",
      ops: [
        { op: "remove", rows: [id("c.png")] },
        { op: "add", rows: [{ path: "mine.png", name: "Mine", folder: "Summer" }] },
      ],
    });
    write([
      ["new.png", "New", "Summer", "x"],
      ["b.png", "B", "Moved", "two"],
      ["c.png", "C", "Winter", "three"],
    ]);
    draft.noteDisk(undefined);
    const saved = await saver.save(3);
    expect(saved).toMatchObject({
      notes: [
        "1 cell changed in the file by others",
        "1 row added in the file by others",
        "1 row removed in the file by others",
      ],
    });
    expect(await rows()).toEqual([
      ["new.png", "New", "Summer"],
      ["b.png", "Tulip", "Moved"],
      ["mine.png", "Mine", "Summer"],
    ]);
    expect(draft.document().rows.map(({ path }) => path)).toEqual(["new.png", "b.png", "mine.png"]);
    expect(draft.now.ids[1]).toBe(id("b.png"));
    expect(draft.head()).toMatchObject({ isChanged: false, isChangedOnDisk: false, undo: null });
  });

  it("asks about a cell that both changed, and takes no answer for another text", async () => {
    const { draft, saver, id, set, write, rows } = await open(file);
    await set("b.png", "name", "Mine");
    const theirs = (name: string) =>
      write([ROWS[0] as Row, ["b.png", name, "Summer", "two"], ROWS[2] as Row]);
    theirs("Theirs");
    const column = draft.document().columns.find(({ field }) => field === "name")?.index ?? -1;
    const conflict = { row: id("b.png"), column, path: "b.png", yours: "Mine", was: "B" };
    const keep = (which: "yours" | "file") => [{ row: id("b.png"), column, keep: which }];
    expect(await saver.save(2, keep("yours"))).toMatchObject({
      conflicts: [{ ...conflict, file: "Theirs" }],
    });
    theirs("Newer");
    expect(await saver.save(2, keep("yours"))).toMatchObject({
      conflicts: [{ ...conflict, file: "Newer" }],
    });
    expect((await rows())[1]).toEqual(["b.png", "Newer", "Summer"]);
    expect(await saver.save(2, keep("yours"))).toMatchObject({ base: 2 });
    expect((await rows())[1]).toEqual(["b.png", "Mine", "Summer"]);
  });

  it("loses no row that one removed and the other changed", async () => {
    const { draft, saver, id, set, write, rows } = await open(file);
    await set("a.png", "folder", "Mine");
    await draft.apply({ base: 2, label: "remove", ops: [{ op: "remove", rows: [id("c.png")] }] });
    write([ROWS[1] as Row, ["c.png", "Theirs", "Winter", "three"]]);
    const saved = await saver.save(3);
    expect(JSON.stringify(saved)).toContain("you removed this row, but it was changed in the file");
    expect(JSON.stringify(saved)).toContain(
      "you changed this row, but it was removed from the file",
    );
    expect(await rows()).toEqual([
      ["b.png", "B", "Summer"],
      ["c.png", "Theirs", "Winter"],
      ["a.png", "A", "Mine"],
    ]);
  });
});
