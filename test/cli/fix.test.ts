import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { unzipSync } from "fflate";
import { describe, expect, it, onTestFinished } from "vitest";
import { repairDocumentSchema } from "../../src/report/manifest-documents.ts";
import { png } from "../support/pictures.ts";
import { type CliRun, runCli } from "../support/run-cli.ts";
import { workbook } from "../support/workbook.ts";

function folder(files: Record<string, string | Uint8Array>): string {
  const dir = mkdtempSync(join(tmpdir(), "qgfx-fix-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), content);
  }
  return dir;
}

function read(dir: string, file: string): string {
  return readFileSync(join(dir, file), "utf8");
}

function fix(dir: string, file: string, ...more: string[]): Promise<CliRun> {
  return runCli(dir, ["validate", file, "--fix", "--yes", ...more]);
}

async function expectClean(dir: string, file: string, ...more: string[]): Promise<void> {
  const { code, stdout } = await runCli(dir, ["validate", file, ...more]);
  expect(stdout).toBe(`${file}: no problems\n`);
  expect(code).toBe(0);
}

describe("validate --fix", () => {
  it.each([
    ["backslashes", "pics\\sun.png", "pics/sun.png"],
    ["quotes around it", "“pics/sun.png”", "pics/sun.png"],
    ["a curly apostrophe", "pics/Anna’s sun.png", "pics/Anna's sun.png"],
    ["no-break spaces", "pics/Anna's\u00a0sun.png", "pics/Anna's sun.png"],
    ["stray blanks", " pics / sun.png ", "pics/sun.png"],
    ["an invisible character", "pics/sun\u200b.png", "pics/sun.png"],
    ["another case", "Pics/SUN.PNG", "pics/sun.png"],
    ["another Unicode form", "pics/e\u0301te\u0301.png", "pics/\u00e9t\u00e9.png"],
    [".jpg for .jpeg", "pics/photo.jpg", "pics/photo.jpeg"],
    [".jpeg for .jpg", "pics/moon.jpeg", "pics/moon.jpg"],
  ])("mends a path with %s", async (_what, wrong, right) => {
    const files = ["sun.png", "Anna's sun.png", "\u00e9t\u00e9.png", "photo.jpeg", "moon.jpg"];
    const dir = folder({
      ...Object.fromEntries(files.map((name, index) => [`pics/${name}`, png(index)])),
      "m.csv": `path,name,folder,mine\r\n${wrong},Sun,F,"a, ""b"""\r\n`,
    });
    const { code, stdout } = await fix(dir, "m.csv");
    expect(code).toBe(0);
    expect(stdout).toContain("m.csv:2:1 path\n  - ");
    expect(read(dir, "m.csv")).toBe(`path,name,folder,mine\r\n${right},Sun,F,"a, ""b"""\r\n`);
    expect(read(dir, "m.csv.bak")).toContain(wrong);
    await expectClean(dir, "m.csv");
  });

  it("puts quotes around a path with a comma where there is such a file", async () => {
    const text = "path,name,folder\na, b.png,A,F\nc, d.png,C,F\n";
    const dir = folder({ "a, b.png": png(1), "m.csv": text });
    const { stdout } = await fix(dir, "m.csv");
    expect(stdout).toContain("m.csv:3:4 error ROW_TOO_MANY_CELLS");
    expect(read(dir, "m.csv")).toBe('path,name,folder\n"a, b.png",A,F\nc, d.png,C,F\n');
  });

  it("changes a cell of a row that has quotes in a column of the user's own", async () => {
    const text = 'size,path,name,folder\n5" disc,a.png, A,F\n"x ""y""",b.png,B,F\n';
    const dir = folder({ "a.png": png(1), "b.png": png(2), "m.csv": text });
    expect(await fix(dir, "m.csv")).toMatchObject({ code: 0 });
    expect(read(dir, "m.csv")).toBe(text.replace(" A", "A"));
  });

  it("leaves a path alone that could be two files", async () => {
    const text = "path,folder\nsun.PNG,F\n";
    const dir = folder({ "Sun.png": png(1), "SUN.png": png(2), "m.csv": text });
    const { code, stdout } = await fix(dir, "m.csv");
    expect(code).toBe(2);
    expect(stdout).toContain("nothing to repair; 1 error");
    expect(read(dir, "m.csv")).toBe(text);
    expect(existsSync(join(dir, "m.csv.bak"))).toBe(false);
  });

  it("reads Windows-1252 and writes UTF-8 that Excel takes for it", async () => {
    const text = "path;name;folder\r\na.png;Äpfel – 5 €;Früchte\r\n";
    const bytes = Buffer.from(text.replace("–", "\x96").replace("€", "\x80"), "latin1");
    const dir = folder({ "a.png": png(1), "m.csv": bytes });
    const before = await runCli(dir, ["validate", "m.csv"]);
    expect(before.stdout).toContain("'qgfx validate --fix' saves it as UTF-8");
    const { stdout } = await fix(dir, "m.csv");
    expect(stdout).toContain("m.csv:2:2 name\n  - \uFFFDpfel \uFFFD 5 \uFFFD\n  + Äpfel – 5 €\n");
    expect(read(dir, "m.csv")).toBe(`\uFEFF${text}`);
    expect(readFileSync(join(dir, "m.csv.bak"))).toEqual(bytes);
    await expectClean(dir, "m.csv");
  });

  it("tidies names and folders", async () => {
    const dir = folder({
      "a.png": png(1),
      "m.csv": "path\tname\tfolder\na.png\tSun\u00a0flower\t Summer\u00a0\n",
    });
    const { stdout } = await fix(dir, "m.csv");
    expect(stdout).toContain("  - Sun\\u{a0}flower\n  + Sun flower\n");
    expect(read(dir, "m.csv")).toBe("path\tname\tfolder\na.png\tSun flower\tSummer\n");
    await expectClean(dir, "m.csv");
  });

  it.each([
    [
      "a row with semicolons and commas under a header with commas",
      "path,name,folder\na.png;Rain, heavy;F\n",
      'path,name,folder\na.png,"Rain, heavy",F\n',
    ],
    [
      "a row with commas under a header with semicolons",
      "path;name;folder\na.png,Sun,F\nb.png;Rain, heavy;F\n",
      "path;name;folder\na.png;Sun;F\nb.png;Rain, heavy;F\n",
    ],
    [
      "a row that has the right number of cells by chance",
      "path,name\na.png;Rain, heavy\nb.png;Sun\n",
      'path,name\na.png,"Rain, heavy"\nb.png,Sun\n',
    ],
    [
      "a row that was put into quotes as a whole",
      'path,name,folder\n"a.png,""Rain, heavy"",F"\n',
      'path,name,folder\na.png,"Rain, heavy",F\n',
    ],
  ])("divides %s anew", async (_what, wrong, right) => {
    const dir = folder({ "a.png": png(1), "b.png": png(2), "m.csv": wrong });
    const before = await runCli(dir, ["validate", "m.csv"]);
    expect(before.stdout).toContain("divide the row as the header is: 'a.png' | '");
    await fix(dir, "m.csv");
    expect(read(dir, "m.csv")).toBe(right);
    await expectClean(dir, "m.csv", "--folder", "F");
  });

  it("tidies no name that would then be another row's, and mends the rest", async () => {
    const rows = "path,name,folder\na.png,Sun,F\na.png,Sun ,F\nA.PNG,Rain,F\n";
    const dir = folder({ "a.png": png(1), "m.csv": rows });
    expect(await runCli(dir, ["validate", "m.csv"])).toMatchObject({ code: 2 });
    expect(await fix(dir, "m.csv")).toMatchObject({ code: 0 });
    expect(read(dir, "m.csv")).toBe(rows.replace("A.PNG", "a.png"));
  });

  it("mends one problem after another in one go, in UTF-16 too", async () => {
    const text = "\uFEFFpath;name;folder\r\nPICS\\a.PNG,Sun ,F\r\n";
    const dir = folder({ "pics/a.png": png(1), "m.csv": Buffer.from(text, "utf16le") });
    await fix(dir, "m.csv");
    const mended = readFileSync(join(dir, "m.csv")).toString("utf16le");
    expect(mended).toBe("\uFEFFpath;name;folder\r\npics/a.png;Sun;F\r\n");
    await expectClean(dir, "m.csv");
  });

  it("mends YAML where the value stands", async () => {
    const yaml = (path: string, name: string) =>
      `# mine\nversion: 1\ngraphics:\n  - path: ${path} # first\n    name: ${name}\n    folder: F\n`;
    const dir = folder({ "a.png": png(1), "m.yaml": yaml("A.PNG", '" Sun: big"') });
    await fix(dir, "m.yaml");
    expect(read(dir, "m.yaml")).toBe(yaml("a.png", '"Sun: big"'));
    await expectClean(dir, "m.yaml");
  });

  it("mends YAML where the value has lines of its own", async () => {
    const lines = [
      "version: 1",
      "graphics:",
      "  - path: a.png",
      "    folder: >-",
      "      F\u00a0G",
    ];
    const rest = "  - {path: b.png, name: B, folder: G}\n";
    const dir = folder({
      "a.png": png(1),
      "b.png": png(2),
      "m.yaml": `${lines.join("\n")}\n${rest}`,
    });
    expect(await fix(dir, "m.yaml")).toMatchObject({ code: 0 });
    expect(read(dir, "m.yaml")).toBe(`${lines.slice(0, 3).join("\n")}\n    folder: F G\n${rest}`);
    await expectClean(dir, "m.yaml");
  });

  it("mends a workbook and leaves its formats, formulas and other sheets", async () => {
    const rows = [
      ["path", "name", "folder", "n"],
      ["PICS\\a.png", { formula: "1&1", value: " x " }, " F", { number: 7, format: "000" }],
    ];
    const sheets = [
      { name: "One", rows, widths: [33] },
      { name: "Two", rows: [["kept"]] },
    ];
    const dir = folder({ "pics/a.png": png(1), "m.xlsx": workbook(sheets) });
    const { code, stdout } = await fix(dir, "m.xlsx");
    expect(code).toBe(0);
    expect(stdout).toContain("2 repairs written");
    // What a formula gives is for the formula to mend.
    expect(stdout).toContain("BLANK_AT_EDGE");
    const [first = "", second = ""] = ["m.xlsx.bak", "m.xlsx"].map((file) => sheetsOf(dir, file));
    expect(second).toBe(
      first
        .replace(
          /<c r="A2".*?<\/c>/,
          '<c r="A2" t="inlineStr"><is><t xml:space="preserve">pics/a.png</t></is></c>',
        )
        .replace('preserve"> F<', 'preserve">F<'),
    );
  });

  it("writes nothing without a yes, and never over an older backup", async () => {
    const text = "path,folder\nA.png,F\n";
    const dir = folder({ "a.png": png(1), "m.csv": text, "m.csv.bak": "older" });
    const { code, stdout, stderr } = await runCli(dir, ["validate", "m.csv", "--fix"]);
    expect(code).toBe(4);
    expect(stdout).toContain("  - A.png\n  + a.png\n");
    expect(stderr).toContain("give --yes");
    expect(read(dir, "m.csv")).toBe(text);
    await fix(dir, "m.csv");
    expect(read(dir, "m.csv.bak")).toBe("older");
    expect(read(dir, "m.csv.bak2")).toBe(text);
  });

  it("says the same as JSON", async () => {
    const dir = folder({ "a.png": png(1), "m.csv": "path,folder\nA.png,F\nnone.png,F\n" });
    const { code, stdout } = await fix(dir, "m.csv", "--json");
    expect(code).toBe(2);
    const document = repairDocumentSchema.parse(JSON.parse(stdout));
    expect(document).toMatchObject({
      repairs: [{ line: 2, column: 1, field: "path", from: "A.png", to: "a.png" }],
      written: true,
      backup: "m.csv.bak",
      diagnostics: [{ code: "FILE_NOT_FOUND", line: 3 }],
    });
    const plain = await runCli(dir, ["validate", "m.csv", "--json"]);
    expect(Object.keys(JSON.parse(plain.stdout).diagnostics[0])).not.toContain("repair");
  });

  it("re-points what has moved, and never to the image of another row", async () => {
    const rows = ["left/face.png,L", "right/face.png,R", ""].join("\n");
    const dir = folder({
      "m.csv": `path,folder\nsun.png,F\n${rows}`,
      "sorted/Sun.png": png(1),
      "right/face.png": png(3),
    });
    expect(await fix(dir, "m.csv")).toMatchObject({ code: 2 });
    expect(read(dir, "m.csv")).toBe(`path,folder\nsorted/Sun.png,F\n${rows}`);
  });
});

function sheetsOf(dir: string, file: string): string {
  const parts = unzipSync(readFileSync(join(dir, file)));
  return Object.entries(parts)
    .map(([name, bytes]) => `${name}: ${Buffer.from(bytes).toString("utf8")}`)
    .join("\n");
}
