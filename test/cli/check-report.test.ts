import { readFileSync } from "node:fs";
import { join } from "node:path";
import { unzipSync, zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { parseWorkbook } from "../../src/manifest/parse-workbook.ts";
import { png } from "../support/pictures.ts";
import { workbook } from "../support/workbook.ts";
import { openWorkplace, type Workplace } from "../support/workplace.ts";

function partsOf(place: Workplace, file: string): Record<string, string> {
  const parts = unzipSync(readFileSync(join(place.dir, file)));
  return Object.fromEntries(
    Object.entries(parts).map(([name, part]) => [name, Buffer.from(part).toString()]),
  );
}

const SHEET = "xl/worksheets/sheet1.xml";

/** The fill of each cell that has one, by its address, as the styles have it. */
function colors(parts: Record<string, string>): Record<string, string | undefined> {
  const styles = parts["xl/styles.xml"] ?? "";
  const fills = [...styles.matchAll(/<fill>.*?<\/fill>/g)].map(
    ([fill]) => /rgb="(\w+)"/.exec(fill)?.[1],
  );
  const formats = styles.slice(styles.indexOf("<cellXfs")).match(/<xf [^>]*>/g) ?? [];
  const cells = [...(parts[SHEET] ?? "").matchAll(/<c (?=[^>]*r="(\w+)")(?=[^>]*s="(\d+)")/g)];
  return Object.fromEntries(
    cells.flatMap(([, address = "", style]) => {
      const fill = /fillId="(\d+)"/.exec(formats[Number(style)] ?? "")?.[1] ?? "0";
      return fills[Number(fill)] ? [[address, fills[Number(fill)]]] : [];
    }),
  );
}

function comments(parts: Record<string, string>): [string, string][] {
  const xml = parts["xl/commentsQgfx.xml"] ?? "";
  return [...xml.matchAll(/<comment ref="(\w+)".*?<t [^>]*>([^:<]*)/gs)].map(
    ([, address = "", code = ""]) => [address, code],
  );
}

const RED = "FFFFC7CE";
const YELLOW = "FFFFEB9C";

describe("validate --report", () => {
  it("writes a copy of the workbook with red cells and comments", async () => {
    const place = await openWorkplace();
    place.write("a.png", png(1));
    const rows = [
      ["path", "name", "folder", "price"],
      ["a.png", " A", "F", { number: 1.5 }],
      ["gone.png", { number: 1.5 }, "F"],
      [null, "C", "F"],
    ];
    const bytes = workbook([
      { name: "Stimuli", rows },
      { name: "Other", rows: [["x"]] },
    ]);
    place.write("m.xlsx", bytes);
    const { code, stderr } = await place.qgfx("validate", "m.xlsx", "--report", "check.xlsx");
    expect(code).toBe(2);
    expect(stderr).toContain("check.xlsx: a copy with 4 problems marked in its cells");
    const parts = partsOf(place, "check.xlsx");
    expect(colors(parts)).toEqual({ B2: YELLOW, A3: RED, B3: RED, A4: RED });
    expect(comments(parts)).toEqual([
      ["B2", "BLANK_AT_EDGE"],
      ["A3", "FILE_NOT_FOUND"],
      ["B3", "CELL_NOT_TEXT"],
      ["A4", "PATH_EMPTY"],
    ]);
    const { manifest } = parseWorkbook("c.xlsx", readFileSync(join(place.dir, "check.xlsx")), {});
    expect(manifest?.rows.map(({ path }) => path)).toEqual(["a.png", "gone.png", ""]);
    expect(manifest?.workbook?.numbers.get(2)?.get(3)).toEqual({ value: 1.5, format: "General" });
    expect(readFileSync(join(place.dir, "m.xlsx"))).toEqual(bytes);
  });

  it("marks the cells of a workbook whose parts are in UTF-16", async () => {
    const place = await openWorkplace();
    place.write("a.png", png(1));
    const rows = [
      ["path", "folder"],
      ["gone.png", "F"],
      ["a.png", "F"],
    ];
    const plain = unzipSync(workbook([{ name: "A", rows }]));
    const parts = Object.entries(plain).map(([name, part]) => {
      const xml = Buffer.from(part)
        .toString()
        .replace(/^<\?xml[^>]*>/, "");
      const text = `\uFEFF<?xml version="1.0" encoding="UTF-16"?>${xml}`;
      return [name, Buffer.from(text, "utf16le")];
    });
    place.write("m.xlsx", Buffer.from(zipSync(Object.fromEntries(parts))));
    await place.qgfx("validate", "m.xlsx", "--report", "check.xlsx");
    const marked = unzipSync(readFileSync(join(place.dir, "check.xlsx")));
    for (const [name, part] of Object.entries(marked)) {
      // Each part is in the encoding that it names.
      const isUtf16 = part[0] === 0xff;
      const text = Buffer.from(part).toString(isUtf16 ? "utf16le" : "utf8");
      expect([name, /encoding="([^"]*)"/.exec(text)?.[1]]).toEqual([
        name,
        isUtf16 ? "UTF-16" : undefined,
      ]);
      expect(text).not.toContain("\0");
    }
    expect(colors(partsOf(place, "check.xlsx"))).toEqual({ A2: RED });
    expect(comments(partsOf(place, "check.xlsx"))).toEqual([["A2", "FILE_NOT_FOUND"]]);
  });

  it("keeps the comments of the sheet's author", async () => {
    const place = await openWorkplace();
    place.write("m.xlsx", workbook([{ name: "A", rows: [["path"], ["gone.png"], ["lost.png"]] }]));
    await place.qgfx("validate", "m.xlsx", "--report", "one.xlsx");
    const own = partsOf(place, "one.xlsx");
    const kept = (own["xl/commentsQgfx.xml"] ?? "").replace(/<comment ref="A3".*?<\/comment>/s, "");
    const files = { ...own, "xl/commentsQgfx.xml": kept.replace("FILE_NOT_FOUND", "mine") };
    const parts = Object.entries(files).map(([name, part]) => [name, Buffer.from(part)]);
    place.write("m.xlsx", Buffer.from(zipSync(Object.fromEntries(parts))));
    await place.qgfx("validate", "m.xlsx", "--report", "two.xlsx");
    const text = partsOf(place, "two.xlsx")["xl/commentsQgfx.xml"] ?? "";
    expect(text.match(/<comment ref="A2"/g)).toHaveLength(1);
    expect(text).toMatch(/mine.*FILE_NOT_FOUND.*<comment ref="A3"/s);
  });

  it.each([
    [
      "m.csv",
      'path,name,folder\na.png,A,F\n"gone.png","B\nC",F\n,D,F\n',
      { A3: RED, B3: RED, A4: RED },
    ],
    ["m.yaml", "version: 1\ngraphics:\n  - path: gone.png\n    folder: F\n", { A2: RED }],
  ])("makes a workbook of %s", async (file, text, marked) => {
    const place = await openWorkplace();
    place.write("a.png", png(1));
    place.write(file, text);
    await place.qgfx("validate", file, "--report", "check.xlsx");
    expect(colors(partsOf(place, "check.xlsx"))).toEqual(marked);
  });

  it("is never written over the sheet", async () => {
    const place = await openWorkplace();
    place.write("m.xlsx", workbook([{ name: "A", rows: [["path"], ["gone.png"]] }]));
    for (const name of ["m.xlsx", "check.csv"]) {
      const { code, stderr } = await place.qgfx("validate", "m.xlsx", "--report", name);
      expect(code).toBe(2);
      expect(stderr).toContain("REPORT_NAME");
    }
  });
});
