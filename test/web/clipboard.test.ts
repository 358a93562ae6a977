import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatTsv, parseTsv, placePasted } from "../../src/web/app/grid/clipboard.ts";

describe("cells on the clipboard", () => {
  it("are read as spreadsheet programs write them", () => {
    expect(parseTsv("a\tb\r\nc\td\r\n")).toEqual([
      ["a", "b"],
      ["c", "d"],
    ]);
    expect(parseTsv("a\n")).toEqual([["a"]]);
    expect(parseTsv("")).toEqual([[""]]);
    expect(parseTsv("\t")).toEqual([["", ""]]);
    expect(parseTsv('"two\nlines"\tx')).toEqual([["two\nlines", "x"]]);
    expect(parseTsv('"say ""hi"""')).toEqual([['say "hi"']]);
  });

  it("keep a quote that quotes nothing", () => {
    expect(parseTsv('5" tall\t"open')).toEqual([['5" tall', '"open']]);
    expect(parseTsv('"a" b\tc')).toEqual([['"a" b', "c"]]);
  });

  it("come back as they were", () => {
    const cell = fc.string({ unit: fc.constantFrom("a", '"', "\t", "\n", "\r", " ", "é", "=") });
    const table = fc
      .integer({ min: 1, max: 4 })
      .chain((width) =>
        fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1 }),
      );
    fc.assert(
      fc.property(table, (rows) => {
        // A last empty cell alone in its row looks like the line break that ends the table.
        fc.pre(rows.length === 1 || rows.at(-1)?.join("") !== "");
        expect(parseTsv(formatTsv(rows))).toEqual(rows);
      }),
    );
  });
});

describe("pasted cells", () => {
  const extent = { rows: 4, columns: 3 };
  const at = (top: number, left: number, bottom = top, right = left) => ({
    top,
    left,
    bottom,
    right,
  });

  it("start at the top left of the selection", () => {
    const { filled, lost, area } = placePasted([["a", "b"]], at(1, 1), extent);
    expect(filled).toEqual([
      { row: 1, column: 1, text: "a" },
      { row: 1, column: 2, text: "b" },
    ]);
    expect(lost).toBe(0);
    expect(area).toEqual(at(1, 1, 1, 2));
  });

  it("fill a selection that is a multiple of them", () => {
    const { filled } = placePasted([["x"]], at(0, 0, 2, 1), extent);
    expect(filled).toHaveLength(6);
    const rows = placePasted([["a"], ["b"]], at(0, 0, 3, 0), extent).filled;
    expect(rows.map(({ text }) => text)).toEqual(["a", "b", "a", "b"]);
  });

  it("are counted where they fall beyond the end", () => {
    const { filled, lost, area } = placePasted([["a"], ["b"], ["c"]], at(2, 0), extent);
    expect(filled).toHaveLength(2);
    expect(lost).toBe(1);
    expect(area).toEqual(at(2, 0, 3, 0));
  });
});
