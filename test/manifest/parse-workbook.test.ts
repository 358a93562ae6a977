import { zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { parseWorkbook } from "../../src/manifest/parse-workbook.ts";
import { type TestCell, workbook } from "../support/workbook.ts";

async function parse(rows: readonly TestCell[][], options = {}) {
  const bytes = workbook([{ name: "Pictures", rows }], options);
  const { manifest, diagnostics } = await parseWorkbook("m.xlsx", bytes, {});
  return { manifest, rows: manifest?.rows ?? [], diagnostics };
}

describe("an .xlsx manifest", () => {
  it("gives rows as a CSV does, with rows and columns of the sheet", async () => {
    const { manifest, rows, diagnostics } = await parse([
      [],
      ["My notes", "Display Name", "File path", "Folder"],
      ["blue", "Sun", "pics/sun.png", "Summer"],
      [],
      [null, null, "rain.gif"],
    ]);
    expect(diagnostics).toEqual([]);
    expect(manifest?.columns).toEqual(["My notes", "Display Name", "File path", "Folder"]);
    expect(rows).toMatchObject([
      { line: 3, path: "pics/sun.png", name: "Sun", folder: "Summer", columnOf: { path: 3 } },
      { line: 5, path: "rain.gif", name: "rain.gif", folder: "Uncategorized" },
    ]);
    expect(rows[0]?.cells).toEqual(["blue", "Sun", "pics/sun.png", "Summer"]);
  });

  it("reads cells as the person sees them", async () => {
    const { rows, diagnostics } = await parse([
      ["path", "name", "folder"],
      ["a.png", { number: 12, format: "0000" }, { number: 45292, format: "yyyy-mm-dd" }],
      ["b.png", { formula: 'A3&"!"', value: "b & <b>" }, "  kept  "],
      ["c.png", { number: "2024" }, "two\nlines"],
    ]);
    expect(diagnostics).toEqual([]);
    expect(rows.map(({ name, folder }) => [name, folder])).toEqual([
      ["0012", "2024-01-01"],
      ["b & <b>", "  kept  "],
      ["2024", "two\nlines"],
    ]);
  });

  it("keeps what no format decides in columns of the user's own", async () => {
    const { rows, manifest, diagnostics } = await parse([
      ["path", "price", "taken", "sold"],
      ["a.png", { number: 1.5 }, { number: 45292.25, format: 14 }, { boolean: true }],
    ]);
    expect(diagnostics).toEqual([]);
    expect(rows[0]?.cells).toEqual(["a.png", "1.5", "2024-01-01 06:00:00", "TRUE"]);
    expect(manifest?.workbook?.numbers.get(2)?.get(1)).toEqual({ value: 1.5, format: "General" });
  });

  it("takes the first sheet, or the one named", async () => {
    const bytes = workbook([
      { name: "One", rows: [["path"], ["a.png"]] },
      { name: "Second", rows: [["path"], ["b.png"]] },
    ]);
    const paths = async (sheet?: string) => {
      const { manifest } = await parseWorkbook("m.xlsx", bytes, { sheet });
      return manifest?.rows.map(({ path }) => path);
    };
    expect(await paths()).toEqual(["a.png"]);
    expect(await paths("Second")).toEqual(["b.png"]);
    const { diagnostics } = await parseWorkbook("m.xlsx", bytes, { sheet: "second" });
    expect(diagnostics).toMatchObject([
      { code: "SHEET_NOT_FOUND", value: "second", hint: "give --sheet 'Second'" },
    ]);
  });

  it("finds a formula that nobody has computed", async () => {
    const { diagnostics } = await parse([
      ["path", "name"],
      ["a.png", { formula: "A1" }],
    ]);
    expect(diagnostics).toMatchObject([{ code: "CELL_NOT_COMPUTED", line: 2, column: 2 }]);
  });

  it("takes the results of an earlier run for what they are", async () => {
    const sha256 = "a".repeat(64);
    const header = ["path", "status", "graphicId", "url", "sha256", "uploadedAt", "error"];
    const { manifest, rows } = await parse([
      header,
      ["'=a.png", "uploaded", "IM_0123456789abc", "https://x/", sha256, "2024-01-01T00:00:00Z"],
    ]);
    expect(manifest?.columns).toEqual(["path"]);
    expect(rows[0]).toMatchObject({ path: "'=a.png", prior: { graphicId: "IM_0123456789abc" } });
  });
});

describe("a workbook made to harm", () => {
  const sheet = (cells: string) => `<worksheet><sheetData>${cells}</sheetData></worksheet>`;
  const parts = (cells: string | Buffer) => ({
    "xl/workbook.xml": Buffer.from(
      '<workbook xmlns:r="r"><sheets><sheet name="A" r:id="rId1"/></sheets></workbook>',
    ),
    "xl/_rels/workbook.xml.rels": Buffer.from(
      '<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/></Relationships>',
    ),
    "xl/worksheets/sheet1.xml": Buffer.from(cells),
  });
  const codes = async (bytes: Uint8Array) => {
    const { manifest, diagnostics } = await parseWorkbook("m.xlsx", bytes, {});
    expect(manifest).toBeUndefined();
    return diagnostics.map(({ code }) => code);
  };

  it("is refused where a cell lies at the end of all columns and rows", async () => {
    const far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>';
    expect(await codes(zipSync(parts(sheet(far))))).toEqual(["MANIFEST_TOO_LARGE"]);
  });

  it("is refused before it is unpacked where it claims too much", async () => {
    const bomb = zipSync(parts(Buffer.alloc(140_000_000)), { level: 1 });
    expect(bomb.length).toBeLessThan(2_000_000);
    expect(await codes(bomb)).toEqual(["MANIFEST_TOO_LARGE"]);
  });

  it("is refused where its parts are cut or missing", async () => {
    const whole = zipSync(parts(sheet("")));
    expect(await codes(whole.subarray(0, whole.length - 30))).toEqual(["WORKBOOK_UNREADABLE"]);
    const { "xl/worksheets/sheet1.xml": _sheet, ...rest } = parts("");
    expect(await codes(zipSync(rest))).toEqual(["WORKBOOK_UNREADABLE"]);
    expect(await codes(Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 1, 2, 3]))).toEqual([
      "WORKBOOK_UNREADABLE",
    ]);
  });
});
