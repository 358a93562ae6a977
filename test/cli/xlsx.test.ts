import { readFileSync } from "node:fs";
import { join } from "node:path";
import { unzipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { parseWorkbook } from "../../src/manifest/parse-workbook.ts";
import { GIF, png } from "../support/pictures.ts";
import { workbook } from "../support/workbook.ts";
import { openWorkplace, type Workplace } from "../support/workplace.ts";

const ROWS = [
  ["trial", "Display Name", "path", "folder", "price"],
  [
    { number: 7, format: "000" },
    { number: 12, format: "0000" },
    "a.png",
    "Summer",
    { number: 1.5 },
  ],
  [{ number: 8, format: "000" }, "Rain, heavy", "b.gif", "Summer", null],
];

async function open(): Promise<Workplace> {
  const place = await openWorkplace();
  place.write("a.png", png(1));
  place.write("b.gif", GIF);
  const sheets = [
    { name: "Pictures", rows: ROWS, widths: [9, 31.5, 20] },
    {
      name: "Others",
      rows: [
        ["path", "folder"],
        ["b.gif", "Autumn"],
      ],
    },
  ];
  place.write("m.xlsx", workbook(sheets));
  return place;
}

function bytesOf(place: Workplace, file: string): Buffer {
  return readFileSync(join(place.dir, file));
}

function partOf(place: Workplace, file: string, part: string): string {
  return Buffer.from(unzipSync(bytesOf(place, file))[part] ?? []).toString("utf8");
}

describe("an Excel manifest", () => {
  it("is uploaded under the names a person sees, and its results are a workbook", async () => {
    const place = await open();
    const { code } = await place.qgfx("apply", "m.xlsx", "--yes");
    expect(code).toBe(0);
    const held = (await place.held()).sort((a, b) => (a.name < b.name ? -1 : 1));
    expect(held.map(({ name, folder }) => [name, folder])).toEqual([
      ["0012", "Summer"],
      ["Rain, heavy", "Summer"],
    ]);

    const { manifest } = parseWorkbook("m", bytesOf(place, "m.results.xlsx"), {});
    expect(manifest?.columns).toEqual(ROWS[0]);
    expect(manifest?.rows.map(({ cells }) => cells)).toEqual([
      ["007", "0012", "a.png", "Summer", "1.5"],
      ["008", "Rain, heavy", "b.gif", "Summer", ""],
    ]);
    expect(manifest?.rows.map(({ prior }) => prior?.graphicId)).toEqual(held.map(({ id }) => id));
  });

  it("keeps the widths, numbers as numbers, ids as text, and links each URL", async () => {
    const place = await open();
    await place.qgfx("apply", "m.xlsx", "--yes");
    const { manifest } = parseWorkbook("m", bytesOf(place, "m.results.xlsx"), {});
    expect(manifest?.workbook?.sheet).toBe("Pictures");
    expect(manifest?.workbook?.widths.slice(0, 3)).toEqual([9, 31.5, 20]);
    expect(manifest?.workbook?.numbers.get(2)).toEqual(
      new Map([
        [0, { value: 7, format: "000" }],
        [1, { value: 12, format: "0000" }],
        [4, { value: 1.5, format: "General" }],
      ]),
    );
    const sheet = partOf(place, "m.results.xlsx", "xl/worksheets/sheet1.xml");
    const links = partOf(place, "m.results.xlsx", "xl/worksheets/_rels/sheet1.xml.rels");
    const [first] = await place.held();
    expect(sheet).toMatch(/<hyperlink ref="H2" r:id="(\w+)"\/>/);
    expect(links).toContain(
      `Target="${place.sandbox.url}/ControlPanel/Graphic.php?IM=${first?.id}"`,
    );
    // Its place in the order that Excel insists on (ECMA-376 part 1, 18.3.1.99).
    expect(sheet).toMatch(/<\/sheetData><hyperlinks>.*<\/hyperlinks>/s);
    const idCell = /<c r="G2"([^>]*)>/.exec(sheet)?.[1] ?? "";
    expect(idCell).toMatch(/t="(s|inlineStr)"/);
  });

  it("is unchanged after an upload, and so are its results", async () => {
    const place = await open();
    await place.qgfx("apply", "m.xlsx", "--yes");
    for (const file of ["m.xlsx", "m.results.xlsx"]) {
      const { stdout } = await place.qgfx("plan", file, "--json");
      expect(JSON.parse(stdout).summary).toMatchObject({ unchanged: 2, create: 0, orphan: 0 });
    }
    await place.qgfx("apply", "m.results.xlsx", "--yes");
    expect(await place.held()).toHaveLength(2);
  });

  it("is read from the sheet that is named, without making orphans of the first", async () => {
    const place = await open();
    await place.qgfx("apply", "m.xlsx", "--yes");
    const results = bytesOf(place, "m.results.xlsx");
    const others = ["m.xlsx", "--sheet", "Others"];
    const refused = await place.qgfx("apply", ...others, "--yes");
    expect(refused).toMatchObject({ code: 2, stdout: "" });
    expect(refused.stderr).toContain("RESULTS_OF_ANOTHER_MANIFEST");
    expect(refused.stderr).toContain("--results");
    expect(await place.held()).toHaveLength(2);
    expect(bytesOf(place, "m.results.xlsx")).toEqual(results);

    const own = [...others, "--results", "others.xlsx"];
    const { stdout } = await place.qgfx("plan", ...own, "--json");
    expect(JSON.parse(stdout).actions).toMatchObject([{ action: "create", folder: "Autumn" }]);
    expect(await place.qgfx("apply", ...own, "--yes")).toMatchObject({ code: 0 });
    expect(bytesOf(place, "m.results.xlsx")).toEqual(results);
    const first = await place.qgfx("plan", "m.xlsx", "--json");
    expect(JSON.parse(first.stdout).summary).toMatchObject({ unchanged: 2, create: 0, orphan: 0 });
  });

  it("says where a cell reads otherwise on another computer", async () => {
    const place = await open();
    const rows = [
      ["path", "name"],
      ["a.png", { number: 45292, format: 14 }],
    ];
    place.write("m.xlsx", workbook([{ name: "Pictures", rows }]));
    const { code, stdout } = await place.qgfx("validate", "m.xlsx", "--folder", "F");
    expect(code).toBe(2);
    expect(stdout).toContain(
      "m.xlsx B2 error CELL_NOT_TEXT: other computers may show '2024-01-01'",
    );
    expect(stdout).toContain("format the column as Text");
  });

  it("takes --sheet for workbooks only, and results of any manifest as a workbook", async () => {
    const place = await open();
    place.write("m.csv", "path,folder\na.png,F\n");
    const refused = await place.qgfx("validate", "m.csv", "--sheet", "x");
    expect(refused).toMatchObject({ code: 2, stdout: "" });
    expect(refused.stderr).toContain("OPTION_CONFLICT");
    expect(await place.qgfx("apply", "m.csv", "--yes", "--results", "ids.xlsx")).toMatchObject({
      code: 0,
    });
    const { manifest } = parseWorkbook("ids.xlsx", bytesOf(place, "ids.xlsx"), {});
    expect(manifest?.rows.map(({ cells }) => cells)).toEqual([["a.png", "F"]]);
  });
});
