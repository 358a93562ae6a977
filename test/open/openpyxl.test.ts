import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { Draft } from "../../src/open/draft.ts";

const PYTHON = ["python3", "/usr/bin/python3"].find((python) => {
  try {
    execFileSync(python, ["-c", "import openpyxl"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
});

/** A workbook as people have them: formats, a filter, numbers, dates, and a second sheet. */
const MAKE = `
import openpyxl, sys, datetime
from openpyxl.styles import Font, PatternFill
book = openpyxl.Workbook()
sheet = book.active
sheet.title = "Pictures"
sheet.append(["File", "Display name", "Folder", "Price", "Taken"])
for n in range(1, 6):
    sheet.append([f"{n}.png", f"Picture {n}", "Summer", n * 10, datetime.date(2026, 1, n)])
for cell in sheet[1]: cell.font = Font(bold=True)
sheet["B3"].fill = PatternFill("solid", fgColor="FFFF00")
sheet.column_dimensions["B"].width = 33
if sys.argv[2] == "filter": sheet.auto_filter.ref = "A1:E6"
if sys.argv[2] == "formula": sheet["D6"] = "=SUM(D2:D5)"
other = book.create_sheet("Notes")
other["A1"] = "keep me"
book.save(sys.argv[1])
`;

const SHOW = `
import openpyxl, sys, json
book = openpyxl.load_workbook(sys.argv[1])
sheet = book["Pictures"]
print(json.dumps({
  "rows": [[None if c is None else str(c) for c in row] for row in sheet.iter_rows(values_only=True)],
  "bold": [c.font.b for c in sheet[1]],
  "fills": [c.coordinate for row in sheet for c in row if c.fill.fgColor.rgb == "00FFFF00"],
  "width": sheet.column_dimensions["B"].width,
  "filter": sheet.auto_filter.ref,
  "notes": book["Notes"]["A1"].value,
}))
`;

function python(script: string, ...rest: string[]): string {
  return execFileSync(PYTHON ?? "", ["-c", script, ...rest], { encoding: "utf8" });
}

async function open(kind: string) {
  const folder = mkdtempSync(join(tmpdir(), "qgfx-openpyxl-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "m.xlsx");
  python(MAKE, file, kind);
  const draft = await Draft.open("m.xlsx", readFileSync(file));
  const show = () => {
    writeFileSync(file, draft.now.bytes);
    return JSON.parse(python(SHOW, file));
  };
  return { draft, show };
}

const row = (n: number) => [
  `${n}.png`,
  `Picture ${n}`,
  "Summer",
  String(n * 10),
  `2026-01-0${n} 00:00:00`,
];
const HEADER = ["File", "Display name", "Folder", "Price", "Taken"];

describe.skipIf(!PYTHON)("a workbook of openpyxl, read by it again", () => {
  it("has the cells, rows and columns that were changed, and all else as it was", async () => {
    const { draft, show } = await open("plain");
    const ids = draft.now.ids;
    await draft.apply({
      base: 1,
      label: "one",
      ops: [{ op: "set", row: ids[1] ?? 0, column: 1, text: "Tulip & <rose>" }],
    });
    await draft.apply({
      base: 2,
      label: "many",
      ops: [
        { op: "remove", rows: [ids[0] ?? 0, ids[3] ?? 0] },
        { op: "add", rows: [{ path: "new.png", name: "New", folder: "" }] },
        { op: "add-column", field: "contentType" },
        { op: "set", row: ids[4] ?? 0, column: 5, text: "png" },
      ],
    });
    expect(show()).toEqual({
      rows: [
        [...HEADER, "contentType"],
        ["2.png", "Tulip & <rose>", "Summer", "20", "2026-01-02 00:00:00", null],
        [...row(3), null],
        [...row(5), "png"],
        ["new.png", "New", null, null, null, null],
      ],
      bold: [true, true, true, true, true, true],
      fills: ["B2"],
      width: 33,
      filter: null,
      notes: "keep me",
    });
  });

  it.each(["filter", "formula"])("keeps its rows in their places beside a %s", async (kind) => {
    const { draft, show } = await open(kind);
    await draft.apply({
      base: 1,
      label: "remove",
      ops: [{ op: "remove", rows: [draft.now.ids[1] ?? 0] }],
    });
    expect(draft.document().rows.map(({ path }) => path)).toEqual([
      "1.png",
      "3.png",
      "4.png",
      "5.png",
    ]);
    const shown = show();
    expect(shown.rows[2]).toEqual([null, null, null, null, null]);
    expect(shown.rows[3]).toEqual(row(3));
    expect([shown.filter, shown.rows[5][3]]).toEqual(
      kind === "filter" ? ["A1:E6", "50"] : [null, "=SUM(D2:D5)"],
    );
  });
});
