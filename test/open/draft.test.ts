import { describe, expect, it } from "vitest";
import { Draft } from "../../src/open/draft.ts";
import { UndoStack } from "../../src/open/undo-stack.ts";
import { UserError } from "../../src/user-error.ts";
import { workbook } from "../support/workbook.ts";
import { FORMATS, type Row, sheetOf } from "./made-sheets.ts";

const ROWS: Row[] = [
  ["a.png", "A", "Summer", "one"],
  ["b.png", "B", "Summer", "two"],
  ["c.png", "C", "Winter", "three"],
];

async function codeOf(run: () => unknown): Promise<string> {
  try {
    await run();
  } catch (error) {
    if (error instanceof UserError) return error.code;
    throw error;
  }
  return "none";
}

function columnOf(draft: Draft, field: string): number {
  return draft.document().columns.find((column) => column.field === field)?.index ?? -1;
}

describe.each(FORMATS)("the draft of %s", (file) => {
  it("changes, adds and removes rows, whose ids stay through undo and redo", async () => {
    const bytes = sheetOf(file, ROWS);
    const draft = await Draft.open(file, bytes);
    const [a = 0, b = 0, c = 0] = draft.now.ids;
    const name = columnOf(draft, "name");
    const set = await draft.apply({
      base: 1,
      label: "rename",
      ops: [{ op: "set", row: b, column: name, text: "Tulip, red" }],
    });
    expect(set).toMatchObject({ base: 1, columns: null, order: null, notes: [] });
    expect(set.changed.map(({ id, name: shown }) => [id, shown])).toEqual([[b, "Tulip, red"]]);
    const rest = await draft.apply({
      base: 2,
      label: "two things",
      ops: [
        { op: "remove", rows: [a] },
        { op: "add", rows: [{ path: "d.png", name: "", folder: "New" }] },
      ],
    });
    const added = rest.changed[0]?.id ?? 0;
    expect(rest.order).toEqual([b, c, added]);
    expect(rest.changed[0]).toMatchObject({ path: "d.png", name: "d.png", folder: "New" });
    expect(draft.head()).toMatchObject({
      revision: 3,
      isChanged: true,
      undo: "two things",
      redo: null,
    });
    expect(draft.undo(3)).toMatchObject({ order: [a, b, c] });
    expect(draft.undo(4)).toMatchObject({ order: null, changed: [{ id: b, name: "B" }] });
    expect(draft.now.bytes).toEqual(Buffer.from(bytes));
    expect(draft.head()).toMatchObject({ isChanged: false, undo: null, redo: "rename" });
    draft.redo(5);
    draft.redo(6);
    expect(draft.now.ids).toEqual([b, c, added]);
    expect(await codeOf(() => draft.redo(7))).toBe("UNDO_NOTHING");
  });

  it("refuses what is meant for another revision or row, and changes nothing", async () => {
    const draft = await Draft.open(file, sheetOf(file, ROWS));
    const set = (base: number, row: number, column = 0) =>
      codeOf(() => draft.apply({ base, label: "x", ops: [{ op: "set", row, column, text: "y" }] }));
    expect([await set(2, 1), await set(1, 99), await set(1, 1, 9)]).toEqual([
      "STALE",
      "STALE",
      "STALE",
    ]);
    expect(draft.head()).toMatchObject({ revision: 1, isChanged: false, undo: null });
  });
});

describe("the draft of a table", () => {
  it.each(["m.csv", "m.xlsx"])("adds the column of a field to %s", async (file) => {
    const draft = await Draft.open(file, sheetOf(file, ROWS));
    const [, b = 0] = draft.now.ids;
    const change = await draft.apply({
      base: 1,
      label: "type",
      ops: [
        { op: "add-column", field: "contentType" },
        { op: "set", row: b, column: 4, text: "png" },
      ],
    });
    expect(change.columns?.at(-1)).toMatchObject({ index: 4, field: "contentType" });
    expect(draft.document().rows.map(({ cells }) => cells[4])).toEqual(["", "png", ""]);
    expect(
      await codeOf(() =>
        draft.apply({ base: 2, label: "", ops: [{ op: "add-column", field: "name" }] }),
      ),
    ).toBe("EDIT_COLUMN_THERE");
  });

  it("lets a row go whose last text was emptied", async () => {
    const draft = await Draft.open("m.csv", Buffer.from("path,mine\na.png,\nb.png,x\n"));
    const [a = 0, b = 0] = draft.now.ids;
    const change = await draft.apply({
      base: 1,
      label: "",
      ops: [{ op: "set", row: a, column: 0, text: "" }],
    });
    expect(change.order).toEqual([b]);
    expect(Buffer.from(draft.now.bytes).toString()).toBe("path,mine\nb.png,x\n");
  });

  it("keeps the last line of a YAML list that ends without a line break", async () => {
    const list = "version: 1\ngraphics:\n- path: a.png\n- path: b.png\n  name: Tulip";
    const draft = await Draft.open("m.yaml", Buffer.from(list));
    const row = draft.now.ids[1] ?? 0;
    await draft.apply({ base: 1, label: "x", ops: [{ op: "set", row, column: 1, text: "Rose" }] });
    expect(Buffer.from(draft.now.bytes).toString()).toBe(list.replace("Tulip", "Rose"));
    await draft.apply({ base: 2, label: "x", ops: [{ op: "remove", rows: [1] }] });
    expect(Buffer.from(draft.now.bytes).toString()).toBe(
      "version: 1\ngraphics:\n- path: b.png\n  name: Rose",
    );
  });

  it("names the cell with a formula, and the character that an encoding lacks", async () => {
    const formula = { formula: 'A2&"!"', value: "a.png!" };
    const book = workbook([
      {
        name: "One",
        rows: [
          ["path", "mine"],
          ["a.png", formula],
        ],
      },
    ]);
    const draft = await Draft.open("m.xlsx", book);
    const set = (column: number, text: string) => ({
      base: 1,
      label: "",
      ops: [{ op: "set" as const, row: draft.now.ids[0] ?? 0, column, text }],
    });
    await expect(draft.apply(set(1, "x"))).rejects.toThrow("cell B2 holds a formula");
    const old = await Draft.open(
      "m.csv",
      Buffer.from("path,name\na.png,M\xfcnster \x80\n", "latin1"),
      {
        encoding: "windows-1252",
      },
    );
    await expect(old.apply(set(1, "\u{1f337}"))).rejects.toThrow(
      "windows-1252, which has no '\u{1f337}'",
    );
    await old.apply(set(1, "K\u00f6ln \u20ac"));
    expect(Buffer.from(old.now.bytes).toString("latin1")).toBe("path,name\na.png,K\xf6ln \x80\n");
  });
});

it("forgets the oldest actions where they would take too much memory", async () => {
  const rows = Array.from({ length: 50 }, (_none, n): Row => [`${n}.png`, `${n}`, "", ""]);
  const undo = new UndoStack(10_000);
  const draft = await Draft.open("m.csv", sheetOf("m.csv", rows), {}, { undo });
  for (let count = 0; count < 30; count += 1) {
    const row = draft.now.ids[0] ?? 0;
    const text = `name ${count}`;
    await draft.apply({
      base: draft.revision,
      label: "x",
      ops: [{ op: "set", row, column: 1, text }],
    });
  }
  let undone = 0;
  for (; draft.head().undo !== null; undone += 1) draft.undo(draft.revision);
  expect(undone).toBeGreaterThan(0);
  expect(undone).toBeLessThan(10);
  expect(draft.document().rows[0]?.name).toBe(`name ${29 - undone}`);
});
