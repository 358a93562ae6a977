import { unzipSync, zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { editWorkbook } from "../../src/manifest/edit/edit-workbook.ts";
import { parseWorkbook } from "../../src/manifest/parse-workbook.ts";
import { XmlError } from "../../src/manifest/xml.ts";
import { readZip } from "../../src/manifest/zip.ts";
import { formatTableWorkbook } from "../../src/report/results-workbook.ts";
import { workbook } from "../support/workbook.ts";

const SHEET = "xl/worksheets/sheet1.xml";
const HEADER = ["path", "name"];
const LOOK = {
  sheet: "One",
  headerLine: 1,
  header: HEADER,
  widths: [],
  numbers: new Map(),
  hasFormulas: false,
};

async function rowsOf(bytes: Uint8Array | undefined): Promise<string[][]> {
  const { manifest, diagnostics } = parseWorkbook("m.xlsx", bytes ?? new Uint8Array(), {});
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  return manifest?.rows.map(({ path, name }) => [path, name]) ?? [];
}

/** The workbook with its sheet's XML changed, as other programs write it. */
function rewritten(bytes: Uint8Array, change: (xml: string) => string): Uint8Array {
  const parts = unzipSync(bytes);
  return zipSync({
    ...parts,
    [SHEET]: Buffer.from(change(Buffer.from(parts[SHEET] ?? []).toString())),
  });
}

const PLAIN = workbook([{ name: "One", rows: [HEADER, ["a.png", "A"], ["b.png", "B"]] }]);

describe("editing a workbook in place", () => {
  it.each([
    [
      "with a namespace prefix",
      (xml: string) => xml.replace(/<(\/?)(?=\w)/g, "<$1x:").replace("xmlns=", "xmlns:x="),
    ],
    [
      "with quotes and comments of another kind",
      (xml: string) =>
        xml
          .replace(/="([^"]*)"/g, "='$1'")
          .replace("<sheetData>", "<!-- <row r='9'> --><sheetData>"),
    ],
    [
      "with a dimension",
      (xml: string) => xml.replace("<sheetData>", '<dimension ref="A1:B3"/><sheetData>'),
    ],
  ])("works on one %s", async (_what, change) => {
    const bytes = rewritten(PLAIN, change);
    const edited = editWorkbook(bytes, LOOK, {
      cells: [{ line: 2, column: 1, text: "Q & A <1>" }],
      added: [["c.png", ""]],
    });
    expect(await rowsOf(edited)).toEqual([
      ["a.png", "Q & A <1>"],
      ["b.png", "B"],
      ["c.png", "c.png"],
    ]);
  });

  it("writes texts that look like escapes so that they are read as they are", async () => {
    const text = "_x0041_ & _x005F_.png";
    const edited = editWorkbook(PLAIN, LOOK, { added: [[text, text]] });
    expect((await rowsOf(edited)).at(-1)).toEqual([text, text]);
    expect(await rowsOf(await formatTableWorkbook([HEADER, [text, text]]))).toEqual([[text, text]]);
  });

  it.each([
    ["General", "7", true],
    ["General", "3.5", true],
    ["General", "-12", true],
    ["0", "7", true],
    ["0.00", "3.5", true],
    ["#,##0", "7000", true],
    ["General", "007", false],
    ["General", "7.0", false],
    ["General", "7,5", false],
    ["General", "1e3", false],
    ["General", "1234567890123456", false],
    ["General", "seven", false],
    ["0", "3.5", false],
    ["0%", "7", false],
    ["@", "7", false],
    ["yyyy-mm-dd", "7", false],
  ])("of a number in format %s makes of %s a number: %s", (format, text, isNumber) => {
    const rows = [
      ["path", "price"],
      ["a.png", { number: 46_000, format }],
    ];
    const bytes = workbook([{ name: "One", rows }]);
    const { manifest } = parseWorkbook("m.xlsx", bytes, {});
    const look = manifest?.workbook ?? LOOK;
    const edited = editWorkbook(bytes, look, { cells: [{ line: 2, column: 1, text }] });
    const read = parseWorkbook("m.xlsx", edited ?? bytes, {}).manifest;
    expect(read?.rows[0]?.cells).toEqual(["a.png", text]);
    const number = read?.workbook?.numbers.get(2)?.get(1);
    expect(number).toEqual(isNumber ? { value: Number(text), format } : undefined);
  });

  it("keeps a number in a name's place only where everybody sees the same", () => {
    const rows = [HEADER, ["a.png", { number: 6 }], ["b.png", { number: 8 }]];
    const bytes = workbook([{ name: "One", rows }]);
    const look = parseWorkbook("m.xlsx", bytes, {}).manifest?.workbook ?? LOOK;
    const cells = [
      { line: 2, column: 1, text: "7" },
      { line: 3, column: 1, text: "3.5" },
    ];
    const edited = editWorkbook(bytes, look, { cells });
    const { manifest, diagnostics } = parseWorkbook("m.xlsx", edited ?? bytes, {});
    expect(diagnostics).toEqual([]);
    expect(manifest?.rows.map(({ name }) => name)).toEqual(["7", "3.5"]);
    expect([...(manifest?.workbook?.numbers.keys() ?? [])]).toEqual([2]);
  });

  it("names a cell with a formula or in a merge instead of writing it, or leaves it alone", () => {
    const rows = [
      HEADER,
      ["a.png", { formula: "1+1", value: "2" }],
      ["b.png", "B"],
      ["c.png", null],
    ];
    const bytes = workbook([{ name: "One", rows, merges: ["B3:B4"] }]);
    const edit = (line: number) => ({ cells: [{ line, column: 1, text: "x" }] });
    expect(() => editWorkbook(bytes, LOOK, edit(2))).toThrow("cell B2 holds a formula");
    for (const line of [3, 4]) {
      const what = `cell B${line} is one of the merged cells B3:B4`;
      expect(() => editWorkbook(bytes, LOOK, edit(line))).toThrow(what);
      expect(() => editWorkbook(bytes, LOOK, { removed: [line] })).toThrow("merged cells B3:B4");
    }
    const left = editWorkbook(bytes, LOOK, { ...edit(2), isLenient: true }) ?? new Uint8Array();
    expect(unzipSync(left)).toEqual(unzipSync(bytes));
  });

  it("leaves all other parts packed as they are", () => {
    const parts = { ...unzipSync(PLAIN), "xl/media/image1.png": Buffer.from("not a picture") };
    const bytes = zipSync(parts, { level: 9 });
    const edited = editWorkbook(bytes, LOOK, { cells: [{ line: 2, column: 1, text: "x" }] });
    const packed = (archive: Uint8Array) =>
      [...readZip(archive)].map((entry) => [entry.name, Buffer.from(entry.packed())]);
    const others = (archive: Uint8Array) => packed(archive).filter(([name]) => name !== SHEET);
    expect(others(edited ?? new Uint8Array())).toEqual(others(bytes));
  });

  it("looks at each character of a broken sheet once", () => {
    const broken = rewritten(PLAIN, () => `<worksheet><sheetData>${'<c "'.repeat(300_000)}`);
    expect(() => editWorkbook(broken, LOOK, {})).toThrow(XmlError);
  });
});
