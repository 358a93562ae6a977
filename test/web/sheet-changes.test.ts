import { describe, expect, it } from "vitest";
import type { SheetChange, SheetDocument } from "../../src/open/sheet-api.ts";
import { applyChange, applyOps, toSheet } from "../../src/web/app/state/sheet.ts";

function sheetOf(...names: string[]) {
  const document: SheetDocument = {
    version: 1,
    head: headOf(1),
    columns: [
      { index: 0, header: "path", field: "path" },
      { index: 1, header: "name", field: "name" },
    ],
    rows: names.map((name, id) => ({
      id,
      line: id + 2,
      cells: [`${name}.png`, ""],
      path: `${name}.png`,
      name: `${name}.png`,
      folder: "F",
    })),
    problem: null,
    workbook: null,
  };
  return toSheet(document);
}

function headOf(revision: number): SheetDocument["head"] {
  return {
    file: "m.csv",
    format: "csv",
    revision,
    isChanged: revision > 1,
    undo: null,
    redo: null,
    recoveredAt: null,
    isChangedOnDisk: false,
  };
}

function changeOf(change: Partial<SheetChange>): SheetChange {
  const common = { version: 1, base: 1, head: headOf(2), columns: null } as const;
  return { ...common, changed: [], order: null, notes: [], ...change };
}

describe("edits before the server has answered", () => {
  it("show the text, the name that follows the path, and fewer rows", () => {
    const sheet = sheetOf("a", "b", "c");
    const after = applyOps(sheet, [
      { op: "set", row: 1, column: 0, text: "in/new.png" },
      { op: "set", row: 2, column: 1, text: "Third" },
      { op: "remove", rows: [0] },
    ]);
    expect(after.rows.map(({ name }) => name)).toEqual(["new.png", "Third"]);
    expect(after.places.get(2)).toBe(1);
    expect(sheet.rows[1]?.path).toBe("b.png");
  });

  it("leave rows as they are that are there no more", () => {
    const sheet = sheetOf("a");
    expect(applyOps(sheet, [{ op: "set", row: 7, column: 0, text: "x" }]).rows).toEqual(sheet.rows);
  });
});

describe("a change from the server", () => {
  it("replaces rows, their order and their lines", () => {
    const sheet = sheetOf("a", "b", "c");
    const [, , third] = sheet.rows;
    if (!third) throw new Error("three rows were made");
    const changed = [{ ...third, name: "Third" }];
    const after = applyChange(sheet, changeOf({ changed, order: [2, 0], lines: [2, 3] }));
    expect(after?.rows.map(({ id, name, line }) => [id, name, line])).toEqual([
      [2, "Third", 2],
      [0, "a.png", 3],
    ]);
    expect(after?.places.get(0)).toBe(1);
    expect(after?.head.revision).toBe(2);
  });

  it("keeps untouched rows the same objects, so that they are not drawn again", () => {
    const sheet = sheetOf("a", "b");
    const after = applyChange(sheet, changeOf({}));
    expect(after?.rows[0]).toBe(sheet.rows[0]);
  });

  it("is not taken where it is of another revision, or names a row that is not known", () => {
    const sheet = sheetOf("a");
    expect(applyChange(sheet, changeOf({ base: 3 }))).toBeUndefined();
    expect(applyChange(sheet, changeOf({ order: [0, 9] }))).toBeUndefined();
  });
});
