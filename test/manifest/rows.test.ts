import { describe, expect, it } from "vitest";
import type { Manifest } from "../../src/manifest/manifest.ts";
import { parseCsv } from "../../src/manifest/parse-csv.ts";
import { parseYaml } from "../../src/manifest/parse-yaml.ts";
import { decoded } from "./decoded.ts";

const SHA256 = "0123456789abcdef".repeat(4);

function read(file: string, text: string, defaultFolder?: string): Manifest {
  const parse = file.endsWith(".csv") ? parseCsv : parseYaml;
  const { manifest } = parse(file, decoded(text), defaultFolder);
  if (!manifest) throw new Error("no manifest");
  return manifest;
}

describe("what a row takes that it does not say", () => {
  it("is named after its file, extension and all", () => {
    const [row] = read("m.csv", "path,name\npictures/a b.png,\n").rows;
    expect(row?.name).toBe("a b.png");
  });

  it("has its own folder, else that of the options, else none", () => {
    const csv = "path,folder\na.png,Own\nb.png,\n";
    expect(read("m.csv", csv, "Option").rows.map(({ folder }) => folder)).toEqual([
      "Own",
      "Option",
    ]);
    expect(read("m.csv", csv).rows.map(({ folder }) => folder)).toEqual(["Own", "Uncategorized"]);
  });

  it("has the option's folder before the YAML manifest's own", () => {
    const yaml =
      "version: 1\ndefaults: {folder: Own}\ngraphics: [{path: a.png}, {path: b.png, folder: Row}]\n";
    expect(read("m.yaml", yaml).rows.map(({ folder }) => folder)).toEqual(["Own", "Row"]);
    expect(read("m.yaml", yaml, "Option").rows.map(({ folder }) => folder)).toEqual([
      "Option",
      "Row",
    ]);
  });

  it("has its content type in lower case", () => {
    expect(read("m.csv", "path,MIME type\na.png, Image/PNG \n").rows[0]?.contentType).toBe(
      "image/png",
    );
  });

  it("tells the library a YAML manifest names", () => {
    expect(read("m.yaml", "version: 1\nlibrary: UR_0123456789a\ngraphics: []\n").library).toBe(
      "UR_0123456789a",
    );
  });
});

describe("results fed back in", () => {
  const results = "status,graphicId,url,library,sha256,uploadedAt,error";

  it.each([
    "status,graphic_id,url,sha256,uploaded_at,error",
    "Status,Graphic ID,URL,SHA256,Uploaded At,Error",
    "GRAPHICID,SHA256",
  ])("are known where a program renamed the header: %s", (header) => {
    const cells = header.split(",").map((one) => {
      const plain = one.toLowerCase().replace(/[ _]/g, "");
      return plain === "graphicid" ? "IM_0123456789a" : plain === "sha256" ? SHA256 : "";
    });
    const { columns, rows } = read("m.csv", `path,own,${header}\na.png,x,${cells.join(",")}\n`);
    expect(columns).toEqual(["path", "own"]);
    expect(rows[0]?.prior).toMatchObject({ graphicId: "IM_0123456789a", sha256: SHA256 });
  });

  it("leave a column of the user's that is spelt otherwise to the user", () => {
    const csv = `path,URL,${results}\na.png,mine,uploaded,IM_0123456789a,https://h/a,UR_1,${SHA256},t,\n`;
    const { columns, rows } = read("m.csv", csv);
    expect(columns).toEqual(["path", "URL"]);
    expect(rows[0]?.prior?.url).toBe("https://h/a");
  });

  it("are guarded against formulas, even where some of their columns were deleted", () => {
    const csv = `path,name,graphicId,sha256\n'@a.png,'-5 degrees,IM_0123456789a,${SHA256}\n`;
    expect(read("m.csv", csv).rows[0]).toMatchObject({ path: "@a.png", name: "-5 degrees" });
  });

  it("are an earlier run's record and no columns of the user's", () => {
    const lines = [
      `a.png,x,uploaded,IM_0123456789a,https://h/a,UR_1,${SHA256.toUpperCase()},2026-01-02T03:04:05Z,`,
      `b.png,y,failed,,,,${SHA256},,no`,
      `c.png,z,Unknown,,,UR_1,${SHA256},,reset`,
    ];
    const csv = `path,own,${results}\n${lines.join("\n")}\n`;
    const { columns, rows } = read("m.csv", csv);
    expect(columns).toEqual(["path", "own"]);
    expect(rows.map(({ cells }) => cells)).toEqual([
      ["a.png", "x"],
      ["b.png", "y"],
      ["c.png", "z"],
    ]);
    const library = "UR_1";
    expect(rows.map(({ prior }) => prior)).toEqual([
      {
        status: "uploaded",
        graphicId: "IM_0123456789a",
        library,
        sha256: SHA256,
        url: "https://h/a",
        uploadedAt: "2026-01-02T03:04:05Z",
        error: "",
      },
      undefined,
      // It may be in the library: with what was sent, and where to.
      {
        status: "unknown",
        graphicId: null,
        library,
        sha256: SHA256,
        url: "",
        uploadedAt: "",
        error: "reset",
      },
    ]);
  });

  it("name no library where version 0.1 wrote them; a column of the user's before them is the user's", () => {
    const old = "status,graphicId,url,sha256,uploadedAt,error";
    const rest = `uploaded,IM_0123456789a,https://h/a,${SHA256},t,`;
    const plain = read("m.csv", `path,${old}\na.png,${rest}\n`);
    expect(plain.rows[0]?.prior).toMatchObject({ graphicId: "IM_0123456789a", library: "" });
    const { columns, rows } = read("m.csv", `path,library,${old}\na.png,mine,${rest}\n`);
    expect(columns).toEqual(["path", "library"]);
    expect(rows[0]?.prior).toMatchObject({ graphicId: "IM_0123456789a", library: "" });
  });

  it("count with the two columns that matter alone", () => {
    const [row] = read("m.csv", `path,graphicId,sha256\na.png,IM_0123456789a,${SHA256}\n`).rows;
    expect(row?.prior).toMatchObject({ graphicId: "IM_0123456789a", url: "" });
  });

  it("are freed of the quotes that guard formulas, headers too", () => {
    const { columns, rows } = read(
      "m.csv",
      `path,'@own,${results}\n'-a.png,''=1,unchanged,,,,,,\n`,
    );
    expect(columns).toEqual(["path", "@own"]);
    expect(rows[0]).toMatchObject({ path: "-a.png", cells: ["-a.png", "'=1"] });
  });

  it("leave the cells of any other CSV as they are", () => {
    const { columns, rows } = read("m.csv", "path,'@own\n'-a.png,'=1\n");
    expect(columns).toEqual(["path", "'@own"]);
    expect(rows[0]?.cells).toEqual(["'-a.png", "'=1"]);
  });

  it("stand behind a column of the user's own with the same name", () => {
    const { columns, rows } = read("m.csv", `path,status,${results}\na.png,draft,uploaded,,,,,,\n`);
    expect(columns).toEqual(["path", "status"]);
    expect(rows[0]?.cells).toEqual(["a.png", "draft"]);
  });
});
