import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { unzipSync } from "fflate";
import { describe, expect, it, onTestFinished } from "vitest";
import { parseManifest } from "../../src/manifest/parse-manifest.ts";
import { initDocumentSchema } from "../../src/report/manifest-documents.ts";
import { GIF, largePng, png } from "../support/pictures.ts";
import { type CliRun, runCli } from "../support/run-cli.ts";
import { workbook } from "../support/workbook.ts";

class Place {
  readonly dir = mkdtempSync(join(tmpdir(), "qgfx-init-"));

  write(path: string, content: string | Uint8Array): void {
    mkdirSync(dirname(join(this.dir, path)), { recursive: true });
    writeFileSync(join(this.dir, path), content);
  }

  read(path: string): string {
    return readFileSync(join(this.dir, path), "utf8");
  }

  bytes(path: string): Buffer {
    return readFileSync(join(this.dir, path));
  }

  init(...args: string[]): Promise<CliRun> {
    return runCli(this.dir, ["init", ...args]);
  }

  validate(file: string, ...more: string[]): Promise<CliRun> {
    return runCli(this.dir, ["validate", file, ...more]);
  }
}

function open(...pictures: string[]): Place {
  const place = new Place();
  onTestFinished(() => rmSync(place.dir, { recursive: true, force: true }));
  pictures.forEach((path, index) => {
    place.write(path, path.endsWith(".gif") ? GIF : png(index));
  });
  return place;
}

describe("qgfx init", () => {
  it("makes a sheet of a folder, in natural order, sub-directories as folders", async () => {
    const place = open(
      "pics/10.png",
      "pics/2.png",
      "pics/Spring/tulip 12.png",
      "pics/Spring/tulip 3.png",
      "pics/Spring/Late/rose.gif",
      "pics/Autumn/leaf, red.png",
    );
    const { code, stdout, stderr } = await place.init("pics", "-o", "m.csv", "--folder", "All");
    expect(code).toBe(0);
    expect(stdout).toBe("m.csv: 6 images, 4 folders\n");
    expect(stderr).toBe("next: qgfx validate m.csv\n");
    expect(place.read("m.csv").split("\r\n")).toEqual([
      "\uFEFFpath,name,folder",
      "pics/2.png,2.png,All",
      "pics/10.png,10.png,All",
      '"pics/Autumn/leaf, red.png","leaf, red.png",Autumn',
      "pics/Spring/tulip 3.png,tulip 3.png,Spring",
      "pics/Spring/tulip 12.png,tulip 12.png,Spring",
      "pics/Spring/Late/rose.gif,rose.gif,Spring/Late",
      "",
    ]);
    expect((await place.validate("m.csv")).stdout).toBe("m.csv: no problems\n");
  });

  it("takes PNG, JPEG and GIF by their bytes and names what it leaves out once", async () => {
    const place = open("pics/a.png", "pics/really a gif.txt");
    place.write("pics/really a gif.txt", GIF);
    place.write("pics/notes.png", "no picture");
    place.write("pics/.DS_Store", "hidden");
    place.write("pics/.hidden/b.png", png(7));
    const { stdout } = await place.init("pics", "-o", "pics/m.csv");
    expect(stdout).toContain("2 images");
    expect(stdout).toContain("left out: 1 file\n  notes.png: not an image of a known type\n");
    expect(place.read("pics/m.csv")).toContain("really a gif.txt");
    // Its own files are not named as left out on the next run.
    place.write("pics/m.results.csv", "path\n");
    const again = await place.init("pics", "-o", "pics/m.csv");
    expect(again.stdout).toContain("left out: 1 file\n");
  });

  it("writes names that begin like a formula so that no spreadsheet computes them", async () => {
    const place = open("pics/=1+1.png", "pics/-a.png");
    await place.init("pics", "-o", "pics/m.csv", "--folder", "F");
    expect(place.read("pics/m.csv")).toBe(
      "\uFEFFpath,name,folder\r\n./-a.png,,F\r\n./=1+1.png,,F\r\n",
    );
    expect((await place.validate("pics/m.csv")).code).toBe(0);
  });

  it("offers to convert where there is nothing else, and tells of a link that leads nowhere", async () => {
    const place = open("pics/drawing.svg");
    place.write("pics/drawing.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>");
    symlinkSync("gone.png", join(place.dir, "pics/link.png"));
    const { code, stderr } = await place.init("pics", "-o", "m.csv");
    expect(code).toBe(2);
    expect(stderr).toContain("drawing.svg (an SVG drawing), link.png (a link that leads nowhere)");
    expect(stderr).toContain("--convert DIR");
  });

  it("needs a folder with pictures and a sheet with a known ending", async () => {
    const place = open("pics/a.png");
    mkdirSync(join(place.dir, "empty"));
    for (const [args, code] of [
      [["empty", "-o", "m.csv"], "INIT_NO_PICTURES"],
      [["none", "-o", "m.csv"], "FOLDER_NOT_FOUND"],
      [["pics/a.png", "-o", "m.csv"], "FOLDER_NOT_FOUND"],
      [["pics", "-o", "m.doc"], "INIT_FORMAT"],
    ] as const) {
      const run = await place.init(...args);
      expect(run.code).toBe(2);
      expect(run.stderr).toContain(code);
    }
    expect((await place.init("pics")).code).toBe(2);
  });
});

describe("qgfx init and what it leaves out", () => {
  it("names every file with its type, the placeholders of a cloud, and pictures that are too large", async () => {
    const place = open("pics/a.png");
    place.write("pics/photo.jpg", Buffer.from("\0\0\0\x18ftypheic\0\0\0\0mif1heic", "latin1"));
    place.write("pics/talk.pdf", "%PDF-1.7\n");
    place.write("pics/.far.png.icloud", "bplist00");
    place.write("pics/big.png", largePng(1, 5_300_000));
    const { stdout } = await place.init("pics", "-o", "m.csv");
    expect(stdout).toBe(
      [
        "m.csv: 2 images",
        "too large: 1 image, Qualtrics takes 5 MB at most",
        "  pics/big.png: 5.3 MB",
        "left out: 3 files",
        "  far.png: only in iCloud: download it to this computer first",
        "  photo.jpg: a HEIC photo, as iPhones take it",
        "  talk.pdf: a PDF document",
        "",
      ].join("\n"),
    );
  });

  it("names and folders are written in the form that everybody types", async () => {
    const place = open("pics/Fru\u0308chte/A\u0308pfel.png");
    await place.init("pics", "-o", "m.csv");
    expect(place.read("m.csv")).toContain(
      "pics/Fru\u0308chte/A\u0308pfel.png,\u00c4pfel.png,Fr\u00fcchte",
    );
    expect((await place.validate("m.csv")).stdout).toBe("m.csv: no problems\n");
  });

  it("prints a next command that runs as it is", async () => {
    const place = open("my pics/a.png");
    mkdirSync(join(place.dir, "my sheets"));
    const { stderr } = await place.init("my pics", "-o", "my sheets/it's.csv", "--folder", "F");
    const command = /next: qgfx (.*)/.exec(stderr)?.[1] ?? "";
    const shell = spawnSync("sh", ["-c", `printf '%s\\n' ${command}`], { encoding: "utf8" });
    const args = shell.stdout.trimEnd().split("\n");
    expect(args).toEqual(["validate", "my sheets/it's.csv", "--root", "."]);
    expect((await runCli(place.dir, args)).code).toBe(0);
  });
});

describe("qgfx init, run again", () => {
  it("remembers what was taken out of the sheet, until it is asked for again", async () => {
    const place = open("pics/a.png", "pics/b.png");
    await place.init("pics", "-o", "m.csv", "--folder", "F");
    place.write("m.csv", place.read("m.csv").replace(/pics\/b.*\r\n/, ""));
    place.write("pics/c.png", png(8));
    for (const text of ["  + pics/c.png\n", "0 images added, 2 rows"]) {
      const { stdout } = await place.init("pics", "-o", "m.csv", "--folder", "F");
      expect(stdout).toContain(text);
      expect(stdout).toContain("  b.png: its row was taken out of the sheet (--again adds it)\n");
    }
    const { stdout } = await place.init("pics", "-o", "m.csv", "--again");
    expect(stdout).toContain("  + pics/b.png\n");
  });

  it("adds new pictures at the end and changes no other byte", async () => {
    const place = open("pics/1.png", "pics/20.png", "pics/3.png");
    const mine = Buffer.from(
      '\uFEFFmy notes;Display Name;File\r\n"two\r\nlines";"The ""one""";pics/1.png\r\n;;gone/x.png\r\n;Old;pics/old.png',
      "utf16le",
    );
    place.write("m.csv", mine);
    const { code, stdout } = await place.init("pics", "-o", "m.csv");
    expect(code).toBe(0);
    expect(stdout).toBe(
      [
        "m.csv: 2 images added, 3 rows kept as they are",
        "  + pics/3.png",
        "  + pics/20.png",
        "  line 5: pics/old.png is gone, its row is kept",
        "",
      ].join("\n"),
    );
    const added = Buffer.from("\r\n;3.png;pics/3.png\r\n;20.png;pics/20.png\r\n", "utf16le");
    expect(place.bytes("m.csv")).toEqual(Buffer.concat([mine, added]));
  });

  it.each(["csv", "yaml", "xlsx"])("has nothing to do the second time (.%s)", async (ending) => {
    const place = open("pics/a.png", "pics/x: y #1.png", "pics/in/é.png", "pics/0012.png");
    const file = `m.${ending}`;
    await place.init("pics", "-o", file, "--folder", "F");
    const first = place.bytes(file);
    expect((await place.validate(file)).stdout).toBe(`${file}: no problems\n`);
    const again = await place.init("pics", "-o", file, "--folder", "F");
    expect(again.stdout).toBe(`${file}: 0 images added, 4 rows kept as they are\n`);
    expect(place.bytes(file)).toEqual(first);
    place.write("pics/in/new.png", png(9));
    expect((await place.init("pics", "-o", file)).stdout).toContain("  + pics/in/new.png\n");
    const { manifest } = await parseManifest(file, place.bytes(file), {});
    expect(manifest?.rows.at(-1)).toMatchObject({ path: "pics/in/new.png", folder: "in" });
    expect(manifest?.rows.map(({ name }) => name)).toEqual([
      "0012.png",
      "a.png",
      "x: y #1.png",
      "é.png",
      "new.png",
    ]);
  });

  it("keeps the comments and the layout of YAML", async () => {
    const place = open("a.png", "b.png");
    const mine = "# mine\nversion: 1\ngraphics:\n- path: a.png # first\n  folder: F\n\n# the end\n";
    place.write("m.yaml", mine);
    await place.init(".", "-o", "m.yaml", "--folder", "G");
    expect(place.read("m.yaml")).toBe(
      mine.replace("folder: F\n", "folder: F\n- path: b.png\n  name: b.png\n  folder: G\n"),
    );
  });

  it("adds to YAML that is written in brackets", async () => {
    const place = open("a.png", "b.png");
    place.write("m.yaml", "version: 1\ngraphics: [{path: a.png}] # all\n");
    const { code } = await place.init(".", "-o", "m.yaml");
    expect(code).toBe(0);
    expect(place.read("m.yaml")).toBe(
      'version: 1\ngraphics: [{path: a.png}, {"path": "b.png", "name": "b.png"}] # all\n',
    );
  });

  it("adds to a workbook without touching its formats, widths, other sheets or empty rows", async () => {
    const place = open("a.png", "b.png", "c.png");
    const rows = [
      ["folder", "n", "path"],
      ["F", { number: 7, format: "000" }, "a.png"],
      [],
      [],
      [null, null, null],
    ];
    place.write(
      "m.xlsx",
      workbook([
        { name: "One", rows, widths: [33] },
        { name: "Two", rows: [["x"]] },
      ]),
    );
    const before = unzipSync(place.bytes("m.xlsx"));
    expect((await place.init(".", "-o", "m.xlsx", "--folder", "G")).code).toBe(0);
    const after = unzipSync(place.bytes("m.xlsx"));
    const sheet = "xl/worksheets/sheet1.xml";
    expect(Object.keys(after)).toEqual(Object.keys(before));
    for (const part of Object.keys(before).filter((name) => name !== sheet)) {
      expect(after[part]).toEqual(before[part]);
    }
    const text = (part: Uint8Array | undefined) => Buffer.from(part ?? []).toString("utf8");
    const row = (number: number, path: string) =>
      `<row r="${number}"><c r="A${number}" t="inlineStr"><is><t xml:space="preserve">G</t></is></c><c r="C${number}" t="inlineStr"><is><t xml:space="preserve">${path}</t></is></c></row>`;
    expect(text(after[sheet])).toBe(
      text(before[sheet]).replace(
        '<row r="3"></row><row r="4"></row>',
        row(3, "b.png") + row(4, "c.png"),
      ),
    );
  });

  it("leaves a sheet with errors as it is", async () => {
    const place = open("a.png", "b.png");
    const broken = 'path,name\na.png,"open\n';
    place.write("m.csv", broken);
    const { code, stderr } = await place.init(".", "-o", "m.csv");
    expect(code).toBe(2);
    expect(stderr).toContain("m.csv:2:2 name error QUOTE_IN_CELL");
    expect(place.read("m.csv")).toBe(broken);
  });

  it("says the same as JSON", async () => {
    const place = open("pics/a.png");
    place.write("pics/notes.txt", "x");
    place.write("m.csv", "path\npics/b.png\n");
    const { stdout, stderr } = await place.init("pics", "-o", "m.csv", "--json", "--quiet");
    expect(stderr).toBe("");
    expect(initDocumentSchema.parse(JSON.parse(stdout))).toEqual({
      version: 1,
      manifest: "m.csv",
      created: false,
      added: [{ path: "pics/a.png", name: "a.png", folder: "" }],
      kept: 1,
      vanished: [{ line: 2, path: "pics/b.png" }],
      leftOut: [{ path: "notes.txt", why: "not an image of a known type" }],
      tooLarge: [],
      root: null,
    });
  });
});
