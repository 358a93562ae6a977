import { unzipSync, zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { checkManifest } from "../../src/manifest/check-manifest.ts";
import { parseManifest } from "../../src/manifest/parse-manifest.ts";
import { parseWorkbook } from "../../src/manifest/parse-workbook.ts";
import { type TestCell, workbook } from "../support/workbook.ts";

const SHEET = "xl/worksheets/sheet1.xml";

/** What is made of a workbook: rows as path, name, folder, and what is said, as code and cell. */
function read(bytes: Uint8Array) {
  const { manifest, diagnostics } = parseWorkbook("m.xlsx", bytes, {});
  const found = [...diagnostics, ...(manifest ? checkManifest(manifest) : [])];
  return {
    rows: manifest?.rows.map(({ path, name, folder }) => [path, name, folder]),
    cells: manifest?.rows.map(({ cells }) => cells),
    said: found.map(({ severity, code, line, column }) => `${severity} ${code} ${line}:${column}`),
  };
}

/** The workbook with its sheet's XML changed, as other programs write it. */
function rewritten(bytes: Uint8Array, change: (xml: string) => string): Uint8Array {
  const parts = unzipSync(bytes);
  const xml = change(Buffer.from(parts[SHEET] ?? []).toString());
  return zipSync({ ...parts, [SHEET]: Buffer.from(xml) });
}

function sheet(...rows: TestCell[][]): Buffer {
  return workbook([{ name: "A", rows: [["path", "name", "folder", "trial"], ...rows] }]);
}

describe("a formula without a true result", () => {
  /** openpyxl writes formulas so. */
  const emptied = (bytes: Uint8Array) =>
    rewritten(bytes, (xml) =>
      xml.replaceAll(' t="str"><f>', "><f>").replaceAll("</f></c>", "</f><v></v></c>"),
    );

  it("is an error in a field, in a row of nothing else, too", () => {
    const formula = { formula: "A1" };
    const bytes = sheet(
      ["a.png", "Sun", "F"],
      [formula, formula, formula],
      ["c.png", formula, "F"],
    );
    expect(read(emptied(bytes)).said).toEqual([
      "error CELL_NOT_COMPUTED 3:1",
      "error CELL_NOT_COMPUTED 3:2",
      "error CELL_NOT_COMPUTED 3:3",
      "error CELL_NOT_COMPUTED 4:2",
    ]);
  });

  it("is a warning in a column of the user's own", () => {
    const { rows, cells, said } = read(emptied(sheet(["a.png", "A", "F", { formula: "ROW()" }])));
    expect(rows).toEqual([["a.png", "A", "F"]]);
    expect(cells).toEqual([["a.png", "A", "F", ""]]);
    expect(said).toEqual(["warning CELL_NOT_COMPUTED 2:4"]);
  });

  it("is any formula of a workbook that is to be computed when it is opened", () => {
    const rows = [
      ["path", "name", "folder"],
      ["a.png", { formula: "A2", value: "0" }, "F"],
    ];
    const bytes = workbook([{ name: "A", rows }], { isUncomputed: true });
    expect(read(bytes).said).toEqual(["error CELL_NOT_COMPUTED 2:2"]);
    expect(read(workbook([{ name: "A", rows }])).said).toEqual([]);
  });

  it("is each cell of a range that one formula fills", () => {
    const bytes = workbook(
      [
        {
          name: "A",
          rows: [
            ["path", "name", "folder"],
            ["a.png", { formula: "A2:A3" }, "F"],
            ["b.png", { number: 0 }, "F"],
          ],
        },
      ],
      { isUncomputed: true },
    );
    const filled = rewritten(bytes, (xml) => xml.replace("<f>", '<f t="array" ref="B2:B3">'));
    expect(read(filled).said).toEqual([
      "error CELL_NOT_COMPUTED 2:2",
      "error CELL_NOT_COMPUTED 3:2",
    ]);
  });

  it("is not one that gives an empty text", () => {
    const { rows, said } = read(sheet(["a.png", { formula: 'IF(1,"","x")', value: "" }, "F"]));
    expect(rows).toEqual([["a.png", "a.png", "F"]]);
    expect(said).toEqual([]);
  });
});

describe("merged cells", () => {
  it("give each of their rows what a person sees, whatever stands below it", () => {
    const rows = [
      ["path", "name", "folder"],
      ["a.png", "A", "Summer"],
      ["b.png", "B", "forgotten"],
      ["c.png", "C"],
      ["d.png", "D", "Winter"],
    ];
    const { rows: found, said } = read(workbook([{ name: "A", rows, merges: ["C2:C4"] }]));
    expect(found?.map(([, , folder]) => folder)).toEqual(["Summer", "Summer", "Summer", "Winter"]);
    expect(said).toEqual(["note CELLS_MERGED 2:3"]);
  });

  it("make no rows of their own", () => {
    const rows = [
      ["path", "name", "folder"],
      ["a.png", "A", "F"],
      ["", "", ""],
      ["b.png", "B", "F"],
    ];
    const merges = ["A2:A3", "B2:B3", "C2:C3"];
    expect(read(workbook([{ name: "A", rows, merges }])).rows).toEqual([
      ["a.png", "A", "F"],
      ["b.png", "B", "F"],
    ]);
  });

  it("make a header of two rows", () => {
    const rows = [
      ["path", "folder", "trials"],
      [null, null, "first"],
      ["a.png", "F", "1"],
    ];
    const bytes = workbook([{ name: "A", rows, merges: ["A1:A2", "B1:B2"] }]);
    expect(read(bytes).rows).toEqual([["a.png", "a.png", "F"]]);
  });
});

describe("dates as ISO 8601", () => {
  const dated = (format: string, raw: string) =>
    rewritten(sheet(["a.png", { number: 1, format }, "F", { number: 2 }]), (xml) =>
      xml
        .replace(/(<c r="B2" s="\d+")><v>1</, `$1 t="d"><v>${raw}<`)
        .replace(/(<c r="D2" s="\d+")><v>2</, '$1 t="d"><v>10:10:10<'),
    );

  it("are shown in the cell's format", () => {
    const { rows, cells } = read(dated("dd.mm.yyyy", "2024-02-29"));
    expect(rows).toEqual([["a.png", "29.02.2024", "F"]]);
    expect(cells?.[0]?.[3]).toBe("10:10:10");
  });

  it("are an error in a field where the format does not say", () => {
    expect(read(dated("General", "2024-02-29T10:00:00")).said).toEqual(["error CELL_NOT_TEXT 2:2"]);
  });
});

describe("a cell whose value is not in the file", () => {
  const bytes = sheet(["a.png", "A", "F", "x"], ["b.png", "B", "F"]);
  const shared = (value: string) => `<c r="B2" t="s"><v>${value}</v></c>`;
  const inPlace = (xml: string, cell: string) =>
    xml.replace(/<c r="B2".*?<\/c>/, cell.replace("$", "$$"));

  it.each(["99", "-1", "x"])("names a shared text that is not there: %s", (index) => {
    const { said, rows } = read(rewritten(bytes, (xml) => inPlace(xml, shared(index))));
    expect(said).toEqual(["error CELL_DAMAGED 2:2"]);
    expect(rows).toHaveLength(2);
  });

  it("is empty where it names no text at all", () => {
    const { said, rows } = read(rewritten(bytes, (xml) => inPlace(xml, shared(""))));
    expect(said).toEqual([]);
    expect(rows?.[0]).toEqual(["a.png", "a.png", "F"]);
  });

  it("never blocks in a column of the user's own", () => {
    const own = rewritten(bytes, (xml) =>
      xml.replace(/<c r="D2".*?<\/c>/, '<c r="D2" t="s"><v>99</v></c>'),
    );
    expect(read(own).said).toEqual(["warning CELL_DAMAGED 2:4"]);
  });

  it("has a format that is not there", () => {
    const cell = '<c r="B2" s="99"><v>5</v></c>';
    const { said } = read(rewritten(bytes, (xml) => inPlace(xml, cell)));
    expect(said).toEqual(["error CELL_NOT_TEXT 2:2"]);
  });

  it("is no number where a number is to be", () => {
    const cell = '<c r="B2"><v>hello</v></c>';
    const { diagnostics } = parseWorkbook(
      "m.xlsx",
      rewritten(bytes, (xml) => inPlace(xml, cell)),
      {},
    );
    expect(diagnostics).toMatchObject([{ code: "CELL_NOT_TEXT", value: "hello" }]);
  });
});

describe("titles above the header", () => {
  it("may have as many cells as it has, or more, where it names two fields", () => {
    const rows = [
      ["Study 7", "by Ada", "May 2026", "draft"],
      ["all images", "checked"],
      ["path", "name", "folder"],
      ["a.png", "A", "F"],
    ];
    const found = read(workbook([{ name: "A", rows }]));
    expect(found.rows).toEqual([["a.png", "A", "F"]]);
    expect(found.said).toEqual(["note HEADER_BELOW 3:null"]);
  });

  it("are not rows of data above one that only has a word like 'image'", () => {
    const rows = [
      ["picture", "kind", "trial"],
      ["a.png", "image", "1"],
    ];
    expect(read(workbook([{ name: "A", rows }])).said).toEqual(["error COLUMN_MISSING 1:1"]);
  });
});

describe("a column that is hidden", () => {
  it("is read, with a note where it is a field", () => {
    const hidden = rewritten(sheet(["a.png", "A", "F", "x"]), (xml) =>
      xml.replace(
        "<sheetData>",
        '<cols><col min="2" max="2" width="9" hidden="1"/><col min="4" max="16384" hidden="true"/></cols><sheetData>',
      ),
    );
    const { rows, said } = read(hidden);
    expect(rows).toEqual([["a.png", "A", "F"]]);
    expect(said).toEqual(["note COLUMNS_HIDDEN 1:2"]);
  });
});

describe("rows that hold nothing", () => {
  it("are passed over, wherever they are and however many", () => {
    const bytes = sheet(["a.png", "A", "F"], ["b.png", "B", "F"]);
    const empty = (from: number, to: number) =>
      Array.from(
        { length: to - from },
        (_none, index) => `<row r="${from + index}" s="1"><c r="A${from + index}" s="1"/></row>`,
      ).join("");
    const spread = rewritten(bytes, (xml) =>
      xml
        .replace('<row r="3">', `${empty(3, 2000)}<row r="2000">`)
        .replace(/r="([A-D])3"/g, 'r="$12000"')
        .replace("</sheetData>", `${empty(2001, 4000)}</sheetData>`),
    );
    const { manifest } = parseWorkbook("m.xlsx", spread, {});
    expect(manifest?.rows.map(({ line, path }) => [line, path])).toEqual([
      [2, "a.png"],
      [2000, "b.png"],
    ]);
  });
});

describe("a file that is not read", () => {
  it.each([
    ["summer.xls", "old Excel workbook", "Excel"],
    ["summer.xlsb", "binary Excel workbook", "Excel"],
    ["summer.ods", "OpenDocument", "LibreOffice"],
    ["summer.numbers", "Apple Numbers", "Export To"],
    ["~$summer.xlsx", "lock file", "'summer.xlsx'"],
    [".~lock.summer.xlsx#", "lock file", "'summer.xlsx'"],
  ])("%s is called by its name", async (file, what, how) => {
    const { diagnostics } = await parseManifest(file, Buffer.from("x"), {});
    expect(diagnostics).toMatchObject([{ code: "MANIFEST_FORMAT", severity: "error" }]);
    expect(diagnostics[0]?.message).toContain(what);
    expect(diagnostics[0]?.hint).toContain(how);
  });

  it.each([
    [
      "an .ods",
      zipSync({ mimetype: Buffer.from("x"), "content.xml": Buffer.from("x") }),
      "OpenDocument",
    ],
    ["an .xlsb", zipSync({ "xl/workbook.bin": Buffer.from("x") }), "binary"],
    ["an old workbook", Buffer.from([0xd0, 0xcf, 0x11, 0xe0]), "old"],
    ["a CSV", Buffer.from("path,name\na.png,A\n"), "text"],
    ["a web page", Buffer.from("<html><table>"), "web page"],
  ])("%s is known under the name of an .xlsx", async (_what, bytes, word) => {
    const { diagnostics } = await parseManifest("m.xlsx", bytes, {});
    expect(diagnostics).toMatchObject([{ code: "WORKBOOK_UNREADABLE" }]);
    expect(diagnostics[0]?.message).toContain(word);
  });
});
