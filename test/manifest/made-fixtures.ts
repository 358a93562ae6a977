import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { unzipSync, zipSync } from "fflate";
import { isFull } from "../support/counts.ts";
import { GIF, png } from "../support/pictures.ts";
import { type TestCell, workbook } from "../support/workbook.ts";

/** What a fixture's `expected.json` holds of each diagnostic. */
export interface Expected {
  code: string;
  line: number | null;
  column: number | null;
  field: string | null;
  severity: "error" | "warning" | "note";
}

/** A fixture that git cannot hold, or should not. */
export interface MadeFixture {
  name: string;
  make: (dir: string) => void;
  expected: Expected[];
}

function error(
  code: string,
  line: number | null,
  column: number | null,
  field: string | null,
): Expected {
  return { code, line, column, field, severity: "error" };
}

function csv(dir: string, text: string): void {
  writeFileSync(join(dir, "manifest.csv"), text);
}

function xlsx(dir: string, ...rows: TestCell[][]): void {
  writeFileSync(join(dir, "manifest.xlsx"), workbook([{ name: "Pictures", rows }]));
  writeFileSync(join(dir, "a.png"), png(1));
  writeFileSync(join(dir, "b.gif"), GIF);
}

/** It takes seconds to read as many. */
const TOO_MANY_ROWS: MadeFixture = {
  name: "manifest-too-large-rows",
  make: (dir) => csv(dir, `path,folder\n${"\n".repeat(1_000_001)}`),
  expected: [error("MANIFEST_TOO_LARGE", 1_000_002, 1, "path")],
};

/** The rest of the table; see `test/fixtures/validation`. */
export const MADE_FIXTURES: readonly MadeFixture[] = [
  {
    name: "manifest-too-large-columns",
    make: (dir) => csv(dir, `path,folder${",x".repeat(16_383)}\n`),
    expected: [error("MANIFEST_TOO_LARGE", 1, null, null)],
  },
  {
    name: "sheet-hidden",
    make: (dir) => {
      const header = ["path", "folder"];
      const file = workbook([
        { name: "Old", rows: [header, ["gone.png", "F"]], isHidden: true },
        { name: "Now", rows: [header, ["a.png", "F"]] },
      ]);
      writeFileSync(join(dir, "manifest.xlsx"), file);
      writeFileSync(join(dir, "a.png"), png(1));
    },
    expected: [{ ...error("SHEET_HIDDEN", null, null, null), severity: "note" }],
  },
  {
    name: "sheet-chosen",
    make: (dir) => {
      const rows = [
        ["path", "folder"],
        ["a.png", "F"],
      ];
      const summary = { name: "Export Summary", rows: [["exported from Numbers"]] };
      writeFileSync(join(dir, "manifest.xlsx"), workbook([summary, { name: "Table 1", rows }]));
      writeFileSync(join(dir, "a.png"), png(1));
    },
    expected: [{ ...error("SHEET_CHOSEN", null, null, null), severity: "note" }],
  },
  {
    name: "sheet-ambiguous",
    make: (dir) => {
      const sheets = ["Summary", "One", "Two"].map((name) => ({
        name,
        rows: [[name === "Summary" ? "an overview" : "path"], ["a.png"]],
      }));
      writeFileSync(join(dir, "manifest.xlsx"), workbook(sheets));
    },
    expected: [error("SHEET_AMBIGUOUS", null, null, null)],
  },
  {
    name: "header-below-titles",
    make: (dir) => {
      csv(dir, "My stimuli,\nof 2024,\n\npath,folder\na.png,F\n");
      writeFileSync(join(dir, "a.png"), png(1));
    },
    expected: [{ ...error("HEADER_BELOW", 4, null, null), severity: "note" }],
  },
  {
    name: "rows-hidden-and-rows-passed-over",
    make: (dir) => {
      const rows: TestCell[][] = [
        ["path", "folder", "used"],
        ["a.png", "F", { boolean: true }],
        ["b.gif", "F", { boolean: true }],
        [null, null, { boolean: false }],
        [null, null, { formula: "1+1", value: "2" }],
      ];
      const file = workbook([{ name: "Images", rows, hiddenRows: [3] }]);
      writeFileSync(join(dir, "manifest.xlsx"), file);
      writeFileSync(join(dir, "a.png"), png(1));
      writeFileSync(join(dir, "b.gif"), GIF);
    },
    expected: [
      { ...error("ROWS_HIDDEN", 3, null, null), severity: "note" },
      { ...error("ROWS_PASSED_OVER", 4, null, null), severity: "note" },
    ],
  },
  {
    name: "columns-hidden",
    make: (dir) => {
      const rows = [
        ["path", "name", "folder"],
        ["a.png", "A", "F"],
      ];
      const file = workbook([{ name: "Images", rows, widths: [9, 0, 0] }]);
      writeFileSync(join(dir, "manifest.xlsx"), file);
      writeFileSync(join(dir, "a.png"), png(1));
    },
    expected: [{ ...error("COLUMNS_HIDDEN", 1, 2, "name"), severity: "note" }],
  },
  {
    name: "cells-merged",
    make: (dir) => {
      const rows = [
        ["path", "name", "folder"],
        ["a.png", "A", "Summer"],
        ["b.gif", "B", null],
      ];
      const file = workbook([{ name: "Images", rows, merges: ["C2:C3"] }]);
      writeFileSync(join(dir, "manifest.xlsx"), file);
      writeFileSync(join(dir, "a.png"), png(1));
      writeFileSync(join(dir, "b.gif"), GIF);
    },
    expected: [{ ...error("CELLS_MERGED", 2, 3, null), severity: "note" }],
  },
  {
    name: "cell-merged-across-fields",
    make: (dir) => {
      const rows = [
        ["path", "name", "folder"],
        ["a.png", "A", null],
      ];
      const file = workbook([{ name: "Images", rows, merges: ["B2:C2"] }]);
      writeFileSync(join(dir, "manifest.xlsx"), file);
      writeFileSync(join(dir, "a.png"), png(1));
    },
    expected: [error("CELL_MERGED", 2, 3, "folder")],
  },
  {
    name: "cell-picture",
    make: (dir) =>
      xlsx(
        dir,
        ["path", "name", "folder", "preview"],
        [{ picture: true }, "A", "F"],
        ["a.png", "B", "F", { picture: true }],
      ),
    expected: [
      error("CELL_PICTURE", 2, 1, "path"),
      { ...error("CELL_PICTURE", 3, 4, "preview"), severity: "warning" },
    ],
  },
  {
    name: "workbook-unreadable-chart",
    make: (dir) => {
      const parts = unzipSync(workbook([{ name: "Chart", rows: [] }]));
      const chart = Buffer.from('<chartsheet xmlns="x"><drawing/></chartsheet>');
      const file = zipSync({ ...parts, "xl/worksheets/sheet1.xml": chart });
      writeFileSync(join(dir, "manifest.xlsx"), file);
    },
    expected: [error("WORKBOOK_UNREADABLE", null, null, null)],
  },
  {
    name: "manifest-format-line-breaks-around-a-cell-of-two-lines",
    make: (dir) => csv(dir, 'path,notes,folder\ra.png,"one\ntwo",F\rb.png,,F\r'),
    expected: [error("MANIFEST_FORMAT", 1, null, null)],
  },
  {
    name: "manifest-too-large-row",
    make: (dir) => csv(dir, `path,folder,notes\nmissing.png,F,${"x".repeat(1_100_000)}\n`),
    expected: [error("MANIFEST_TOO_LARGE", 2, 3, "notes")],
  },
  {
    name: "quote-in-cell-not-closed-within-a-megabyte",
    make: (dir) =>
      csv(dir, `path,folder\n"missing.png,F\n${`${" ".repeat(600_000)},\n`.repeat(2)}`),
    expected: [error("QUOTE_IN_CELL", 2, 1, "path")],
  },
  {
    name: "manifest-too-large-many-broken-rows",
    make: (dir) => csv(dir, `path,folder\n${'a.png,5" F\n'.repeat(101)}`),
    expected: [
      ...Array.from({ length: 100 }, (_, row) => error("QUOTE_IN_CELL", row + 2, 2, "folder")),
      error("MANIFEST_TOO_LARGE", 102, 1, "path"),
    ],
  },
  ...(isFull ? [TOO_MANY_ROWS] : []),
  {
    name: "file-not-a-file-but-a-named-pipe",
    make: (dir) => {
      csv(dir, "path,folder\npipe.png,F\n");
      execFileSync("mkfifo", [join(dir, "pipe.png")]);
    },
    expected: [error("FILE_NOT_A_FILE", 2, 1, "path")],
  },
  {
    name: "file-too-large",
    make: (dir) => {
      csv(dir, "path,folder\na.png,F\n");
      writeFileSync(join(dir, "a.png"), Buffer.concat([png(1), Buffer.alloc(100_000)]));
    },
    expected: [error("FILE_TOO_LARGE", 2, 1, "path")],
  },
  {
    name: "file-reserved",
    make: (dir) => {
      csv(dir, "path,folder\n.qgfx/a.png,F\nlink.png,F\n");
      mkdirSync(join(dir, ".qgfx"));
      writeFileSync(join(dir, ".qgfx/a.png"), png(1));
      symlinkSync(".qgfx/a.png", join(dir, "link.png"));
    },
    expected: [error("FILE_RESERVED", 2, 1, "path"), error("FILE_RESERVED", 3, 1, "path")],
  },
  {
    name: "file-outside-root-by-links",
    make: (dir) => {
      csv(dir, "path,folder\na.png,F\nout/b.png,F\ninside.png,F\n");
      mkdirSync(join(dir, "pictures"));
      writeFileSync(join(dir, "pictures/a.png"), png(1));
      symlinkSync("pictures/a.png", join(dir, "inside.png"));
      symlinkSync("/etc/hostname", join(dir, "a.png"));
      symlinkSync("/etc", join(dir, "out"));
    },
    // What a folder outside holds is not told: `out/b.png` is merely not there.
    expected: [error("FILE_OUTSIDE_ROOT", 2, 1, "path"), error("FILE_NOT_FOUND", 3, 1, "path")],
  },
  {
    name: "file-unreadable",
    make: (dir) => {
      csv(dir, "path,folder\na.png,F\n");
      symlinkSync("b.png", join(dir, "a.png"));
      symlinkSync("a.png", join(dir, "b.png"));
    },
    expected: [error("FILE_UNREADABLE", 2, 1, "path")],
  },
  {
    name: "accepts-xlsx",
    make: (dir) =>
      xlsx(
        dir,
        [],
        ["Display Name", "file", "folder"],
        [{ number: 12, format: "0000" }, "a.png", { formula: 'A1&"x"', value: "Summer" }],
      ),
    expected: [],
  },
  {
    name: "cell-not-text",
    make: (dir) =>
      xlsx(
        dir,
        ["path", "name", "folder", "own"],
        ["a.png", { number: 1.5 }, "F", { number: 1.5 }],
        ["b.gif", { number: 45292, format: 14 }, { boolean: true }],
      ),
    expected: [
      error("CELL_NOT_TEXT", 2, 2, "name"),
      error("CELL_NOT_TEXT", 3, 2, "name"),
      error("CELL_NOT_TEXT", 3, 3, "folder"),
    ],
  },
  {
    name: "cell-error",
    make: (dir) => xlsx(dir, ["path", "name", "folder"], ["a.png", { error: "#REF!" }, "F"]),
    expected: [error("CELL_ERROR", 2, 2, "name")],
  },
  {
    name: "cell-not-computed",
    make: (dir) => xlsx(dir, ["path", "name", "folder"], ["a.png", { formula: "A1" }, "F"]),
    expected: [error("CELL_NOT_COMPUTED", 2, 2, "name")],
  },
  {
    name: "workbook-unreadable",
    make: (dir) => writeFileSync(join(dir, "manifest.xlsx"), "path,folder\na.png,F\n"),
    expected: [error("WORKBOOK_UNREADABLE", null, null, null)],
  },
];
