import { unzipSync, zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { parseWorkbook } from "../../src/manifest/parse-workbook.ts";
import { isFull } from "../support/counts.ts";
import { type TestCell, workbook } from "../support/workbook.ts";

async function parse(rows: readonly TestCell[][], options = {}) {
  const bytes = workbook([{ name: "Pictures", rows }], options);
  const { manifest, diagnostics } = parseWorkbook("m.xlsx", bytes, {});
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
      const { manifest } = parseWorkbook("m.xlsx", bytes, { sheet });
      return manifest?.rows.map(({ path }) => path);
    };
    expect(await paths()).toEqual(["a.png"]);
    expect(await paths("Second")).toEqual(["b.png"]);
    const { diagnostics } = parseWorkbook("m.xlsx", bytes, { sheet: "second" });
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

/** The same archive, whose list gives each of its files that size unpacked (APPNOTE.TXT, 4.3.12). */
function claiming(archive: Uint8Array, sizeBytes: number): Buffer {
  const bytes = Buffer.from(archive);
  const signature = "PK\x01\x02";
  for (let at = bytes.indexOf(signature); at >= 0; at = bytes.indexOf(signature, at + 4)) {
    bytes.writeUInt32LE(sizeBytes, at + 24);
  }
  return bytes;
}

const SHEET = "xl/worksheets/sheet1.xml";
const STYLES = "xl/styles.xml";

/** Rows of a workbook whose parts are changed as other programs write them. */
async function rowsOf(
  rows: readonly TestCell[][],
  change: (parts: Record<string, string>) => Record<string, string | Uint8Array>,
): Promise<string[][] | undefined> {
  const files = Object.entries(unzipSync(workbook([{ name: "A", rows }])));
  const parts = files.map(([name, part]) => [name, Buffer.from(part).toString()]);
  const changed = Object.entries(change(Object.fromEntries(parts))).map(([name, part]) => [
    name,
    typeof part === "string" ? Buffer.from(part) : part,
  ]);
  const bytes = zipSync(Object.fromEntries(changed));
  const { manifest, diagnostics } = parseWorkbook("m.xlsx", bytes, {});
  expect(diagnostics).toEqual([]);
  return manifest?.rows.map(({ path, name, folder }) => [path, name, folder]);
}

describe("a workbook as other programs write it", () => {
  const ROWS = [
    ["path", "name", "folder"],
    ["a.png", "A", "F"],
  ];
  const onSheet =
    (change: (xml: string) => string) =>
    (parts: Record<string, string>): Record<string, string> => ({
      ...parts,
      [SHEET]: change(parts[SHEET] ?? ""),
    });

  it("holds characters above U+FFFF as numbers, in every kind of text", async () => {
    const rows = [
      ["path", "name", "folder"],
      ["a.png", { formula: "A1", value: "A" }, "F"],
    ];
    const found = await rowsOf(rows, (parts) => ({
      ...parts,
      [SHEET]: (parts[SHEET] ?? "")
        .replace("a.png", "&#127801;.png")
        .replace("<v>A</v>", "<v>Rose &#x1F339;</v>")
        .replace(
          '<c r="C2" t="inlineStr"><is><t xml:space="preserve">F</t></is></c>',
          '<c r="C2" t="s"><v>1</v></c>',
        ),
      "xl/sharedStrings.xml":
        "<sst><si><t>no</t></si><si><r><t>F &amp; </t></r><r><t>&#127801;</t></r><rPh><t>spoken</t></rPh></si></sst>",
      "xl/_rels/workbook.xml.rels": (parts["xl/_rels/workbook.xml.rels"] ?? "").replace(
        "</Relationships>",
        '<Relationship Id="rIdT" Type="x/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
      ),
    }));
    expect(found).toEqual([["🌹.png", "Rose 🌹", "F & 🌹"]]);
  });

  it.each([
    ["text in CDATA", (xml: string) => xml.replace(">A<", "><![CDATA[A]]><")],
    ["cells and rows without places", (xml: string) => xml.replace(/ r="\w+"/g, "")],
    [
      "a prefix and single quotes",
      (xml: string) =>
        xml
          .replace(/<(\/?)(?=\w)/g, "<$1x:")
          .replace("xmlns=", "xmlns:x=")
          .replace(/="([^"]*)"/g, "='$1'"),
    ],
  ])("has %s", async (_what, change) => {
    expect(await rowsOf(ROWS, onSheet(change))).toEqual([["a.png", "A", "F"]]);
  });

  it.each([
    ["/xl/worksheets/sheet1.xml", SHEET],
    ["..\\xl\\worksheets\\sheet1.xml", SHEET],
    ["worksheets/sheet1.xml", "xl\\worksheets\\sheet1.xml"],
  ])("names its sheet %s, stored as %s", async (target, stored) => {
    const found = await rowsOf(ROWS, ({ [SHEET]: sheet = "", ...parts }) => {
      const name = "xl/_rels/workbook.xml.rels";
      const relations = parts[name] ?? "";
      return {
        ...parts,
        [name]: relations.replace("worksheets/sheet1.xml", target),
        [stored]: sheet,
      };
    });
    expect(found).toEqual([["a.png", "A", "F"]]);
  });

  it("spells the names of its parts in another case, and has its list of sheets elsewhere", async () => {
    const moved = (name: string) => name.replace("xl/", "Book/").replace("workbook.xml", "wb2.xml");
    const found = await rowsOf(ROWS, (parts) => {
      const renamed = Object.entries(parts).map(([name, text]) => [moved(name), text]);
      return {
        ...Object.fromEntries(renamed),
        "_rels/.rels": (parts["_rels/.rels"] ?? "").replace("xl/workbook.xml", "/BOOK/WB2.xml"),
        "Book/_rels/wb2.xml.rels": (parts["xl/_rels/workbook.xml.rels"] ?? "").replace(
          "worksheets/sheet1",
          "Worksheets/SHEET1",
        ),
      };
    });
    expect(found).toEqual([["a.png", "A", "F"]]);
  });

  it.each([
    ["UTF-16 with a mark", (xml: string) => Buffer.from(`\uFEFF${xml}`, "utf16le")],
    ["UTF-16 without one", (xml: string) => Buffer.from(xml, "utf16le").swap16()],
    [
      "an encoding that it names",
      (xml: string) => Buffer.from(`<?xml version="1.0" encoding="iso-8859-1"?>${xml}`, "latin1"),
    ],
  ])("writes a part in %s", async (_what, encode) => {
    const found = await rowsOf(ROWS, ({ [SHEET]: sheet = "", ...parts }) => ({
      ...parts,
      [SHEET]: encode(sheet.replace(">A<", ">\u00c4<").replace(">F<", ">F\r\nG<")),
    }));
    expect(found).toEqual([["a.png", "\u00c4", "F\nG"]]);
  });

  it("gives a text the format of an amount, and a number a format without a code", async () => {
    const rows = [
      ["path", "name", "folder"],
      ["a.png", { number: 5, format: "CODE" }, { number: 2024 }],
    ];
    const found = await rowsOf(rows, (parts) => ({
      ...parts,
      [STYLES]: (parts[STYLES] ?? "").replace("CODE", ""),
      [SHEET]: (parts[SHEET] ?? "").replace('r="A2"', 'r="A2" s="1"'),
    }));
    expect(found).toEqual([["a.png", "5", "2024"]]);
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
    const { manifest, diagnostics } = parseWorkbook("m.xlsx", bytes, {});
    expect(manifest).toBeUndefined();
    return diagnostics.map(({ code }) => code);
  };

  it("is refused where a cell lies at the end of all columns and rows", async () => {
    const far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>';
    expect(await codes(zipSync(parts(sheet(far))))).toEqual(["MANIFEST_TOO_LARGE"]);
  });

  it("is refused before it is unpacked where it claims too much", async () => {
    // To make what it claims takes longer than to refuse it.
    const bomb = isFull
      ? zipSync(parts(Buffer.alloc(140_000_000)), { level: 1 })
      : claiming(zipSync(parts(sheet(""))), 140_000_000);
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
