import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fillSchema } from "../../src/report/survey-documents.ts";
import { png } from "../support/pictures.ts";
import { runCli } from "../support/run-cli.ts";
import { openWorkplace, type Workplace } from "../support/workplace.ts";

const QSF = {
  SurveyEntry: { SurveyID: "SV_1" },
  SurveyElements: [
    {
      Element: "SQ",
      Payload: {
        QuestionID: "QID1",
        QuestionText: "Which <b>one</b>? {{img:Sun}} <img src='rain.png'>",
        Graphics: "{{graphic:Weather/Rain}}",
      },
    },
  ],
};

const SHEET = "path,name,folder\nsun.png,Sun,Weather\nrain.png,Rain,Weather\n";

/** Two pictures that are uploaded, and a survey that wants them. */
async function openApplied(): Promise<Workplace> {
  const place = await openWorkplace();
  place.write("sun.png", png(1));
  place.write("rain.png", png(2));
  place.write("summer.csv", SHEET);
  place.write("survey.qsf", JSON.stringify(QSF));
  expect(await place.qgfx("apply", "summer.csv", "--yes")).toMatchObject({ code: 0 });
  return place;
}

async function idsOf(place: Workplace): Promise<Map<string, string>> {
  return new Map((await place.held()).map(({ name, id }) => [name, id]));
}

async function idOf(place: Workplace, name: string): Promise<string> {
  return (await idsOf(place)).get(name) ?? "";
}

/** Another picture takes a name: the first id is old. */
async function replaceSun(place: Workplace): Promise<{ before: string; after: string }> {
  const before = await idOf(place, "Sun");
  place.write("sun.png", png(77));
  await place.qgfx("apply", "summer.csv", "--yes");
  return { before, after: (await place.held()).findLast(({ name }) => name === "Sun")?.id ?? "" };
}

describe("qgfx fill", () => {
  it("puts ids, addresses and tags into a survey file, beside the file", async () => {
    const place = await openApplied();
    const { code, stdout, stderr } = await place.qgfx("fill", "survey.qsf");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const [sun, rain] = [await idOf(place, "Sun"), await idOf(place, "Rain")];
    expect(stdout).toBe(
      [
        "survey.qsf → survey.filled.qsf",
        "  QID1 Which one ? {{img:Sun}}",
        `    {{img:Sun}} → ${sun} (Weather/Sun)`,
        `    rain.png → ${rain} (Weather/Rain)`,
        `    {{graphic:Weather/Rain}} → ${rain} (Weather/Rain)`,
        "survey.filled.qsf: 3 places filled",
        "",
      ].join("\n"),
    );
    const url = `${place.sandbox.url}/ControlPanel/Graphic.php?IM=`;
    const { Payload } = JSON.parse(place.read("survey.filled.qsf")).SurveyElements[0];
    expect(Payload.QuestionText).toBe(
      `Which <b>one</b>? <img src="${url}${sun}" alt="Sun"> <img src='${url}${rain}'>`,
    );
    expect(Payload.Graphics).toBe(rain);
    expect((await fetch(`${url}${sun}`)).status).toBe(200);
    expect(place.read("survey.qsf")).toBe(JSON.stringify(QSF));
  });

  it("has nothing to do the second time", async () => {
    const place = await openApplied();
    await place.qgfx("fill", "survey.qsf", "--out", "once.qsf");
    const { code, stdout } = await place.qgfx("fill", "once.qsf");
    expect(code).toBe(0);
    expect(stdout).toContain("once.qsf: nothing to replace, nothing written");
    expect(existsSync(join(place.dir, "once.filled.qsf"))).toBe(false);
  });

  it("writes nothing of several files where one has an error, and names its place", async () => {
    const place = await openApplied();
    place.write("page.html", "<p>\n{{img:Snu}} {{img:Late}}</p>");
    place.write("summer.csv", `${SHEET}late.png,Late,Weather\n`);
    const before = readdirSync(place.dir).sort();
    const run = await place.qgfx("fill", "survey.qsf", "page.html");
    expect(run.code).toBe(2);
    expect(run.stderr).toContain(
      "page.html:2:1 error FILL_NAME_UNKNOWN: no image for '{{img:Snu}}'",
    );
    expect(run.stderr).toContain("closest name: 'Sun'");
    expect(run.stderr).toContain("is not uploaded (summer.csv, line 4: not-run)");
    const { code, stdout } = await place.qgfx("fill", "survey.qsf", "page.html", "--json");
    const document = fillSchema.parse(JSON.parse(stdout));
    expect(code).toBe(2);
    expect(document.files.map(({ out }) => out)).toEqual([null, null]);
    expect(document.diagnostics.map(({ line, code: what }) => [line, what])).toEqual([
      [2, "FILL_NAME_UNKNOWN"],
      [2, "FILL_NOT_UPLOADED"],
    ]);
    expect(readdirSync(place.dir).sort()).toEqual(before);
  });

  it("prints a document that its schema describes", async () => {
    const place = await openApplied();
    const { stdout } = await place.qgfx("fill", "survey.qsf", "--json");
    const [file] = fillSchema.parse(JSON.parse(stdout)).files;
    expect(file).toMatchObject({ file: "survey.qsf", out: "survey.filled.qsf", backup: null });
    expect(file?.places[0]).toMatchObject({
      line: 1,
      question: "QID1",
      kind: "img",
      was: "{{img:Sun}}",
      graphicId: await idOf(place, "Sun"),
      folder: "Weather",
      name: "Sun",
    });
  });

  it("needs neither network nor ledger: the results file is enough", async () => {
    const place = await openApplied();
    const other = await openWorkplace();
    for (const file of ["summer.csv", "summer.results.csv", "survey.qsf"])
      other.write(file, place.read(file));
    const run = await runCli(other.dir, ["fill", "survey.qsf"], {
      QUALTRICS_BASE_URL: place.sandbox.url,
    });
    expect(run.code).toBe(0);
    expect(other.read("survey.filled.qsf")).toContain(await idOf(place, "Sun"));
    expect(existsSync(join(other.dir, ".qgfx"))).toBe(false);
  });

  it("keeps a rehearsal apart", async () => {
    const place = await openApplied();
    const none = await place.qgfx("fill", "survey.qsf", "--sandbox");
    expect(none).toMatchObject({ code: 2 });
    expect(none.stderr).toContain("FILL_NO_RECORD");
    await place.qgfx("apply", "summer.csv", "--sandbox", "--yes");
    expect(await place.qgfx("fill", "survey.qsf", "--sandbox")).toMatchObject({ code: 0 });
    expect(place.read("survey.sandbox.filled.qsf")).toContain("https://sandbox.invalid/");
    expect(place.read("survey.sandbox.filled.qsf")).not.toContain(await idOf(place, "Sun"));
    expect(existsSync(join(place.dir, "survey.filled.qsf"))).toBe(false);
  });
});

describe("qgfx fill, the manifests", () => {
  it("reads every uploaded sheet of the folder, and no other", async () => {
    const place = await openApplied();
    place.write("winter.csv", "path,name,folder\nsun.png,Snow,Winter\n");
    await place.qgfx("apply", "winter.csv", "--yes");
    place.write("notes.csv", "question,answer\n1,2\n");
    place.write("new.csv", "path,name,folder\nsun.png,Sun,Elsewhere\n");
    place.write("a.txt", "{{graphic:Snow}} {{graphic:Sun}}");
    expect(await place.qgfx("fill", "a.txt")).toMatchObject({ code: 0, stderr: "" });
    const [snow, sun] = [await idOf(place, "Snow"), await idOf(place, "Sun")];
    expect(place.read("a.filled.txt")).toBe(`${snow} ${sun}`);
  });

  it("refuses a name of two sheets, and reads those alone that --with names", async () => {
    const place = await openApplied();
    place.write("more/other.csv", "path,name,folder\nrain.png,Sun,Other\n");
    place.write("more/rain.png", png(2));
    await place.qgfx("apply", "more/other.csv", "--yes");
    place.write("a.txt", "{{graphic:Sun}}");
    const both = await place.qgfx(
      "fill",
      "a.txt",
      "--with",
      "summer.csv",
      "--with",
      "more/other.csv",
    );
    expect(both.code).toBe(2);
    expect(both.stderr).toContain("2 images fit '{{graphic:Sun}}': 'Weather/Sun', 'Other/Sun'");
    expect(await place.qgfx("fill", "a.txt", "--with", "more/other.csv")).toMatchObject({
      code: 0,
    });
    const other = (await place.held()).find(({ folder }) => folder === "Other");
    expect(place.read("a.filled.txt")).toBe(other?.id);
  });

  it("refuses one that has errors where it is named, and says so where it is not", async () => {
    const place = await openApplied();
    place.write("summer.csv", `${SHEET}rain.png,Rain,Weather\n`);
    place.write("a.txt", "x");
    const named = await place.qgfx("fill", "a.txt", "--with", "summer.csv");
    expect(named).toMatchObject({ code: 2 });
    expect(named.stderr).toContain("MANIFEST_INVALID");
    const found = await place.qgfx("fill", "a.txt");
    expect(found.stderr).toContain("summer.csv is left out: summer.csv has errors");
  });
});

describe("qgfx fill --replaced and --check", () => {
  it("put the new id in, and find the old one", async () => {
    const place = await openApplied();
    const { before, after } = await replaceSun(place);
    const text = `<img src="https://x.eu.qualtrics.com/CP/Graphic.php?IM=${before}">`;
    place.write("page.html", text);
    const check = await place.qgfx("fill", "page.html", "--check");
    expect(check.code).toBe(6);
    expect(check.stdout).toBe("page.html: 1 old ID\n");
    expect(check.stderr).toContain(
      `page.html:1:56 warning FILL_ID_REPLACED: the ID ${before} was replaced by ${after}`,
    );
    expect(await place.qgfx("fill", "page.html", "--replaced")).toMatchObject({ code: 0 });
    expect(place.read("page.filled.html")).toBe(text.replace(before, after));
    expect(await place.qgfx("fill", "page.filled.html", "--check")).toMatchObject({ code: 0 });
  });

  it("follow a picture that was renamed and changed, over two runs", async () => {
    const place = await openApplied();
    const { before } = await replaceSun(place);
    place.write("summer.csv", SHEET.replace("Sun", "Sunshine"));
    await place.qgfx("apply", "summer.csv", "--yes");
    place.write("a.txt", before);
    expect(await place.qgfx("fill", "a.txt", "--replaced")).toMatchObject({ code: 0 });
    expect(place.read("a.filled.txt")).toBe(await idOf(place, "Sunshine"));
  });

  it("put the first id back where the run was taken back", async () => {
    const place = await openApplied();
    const { before, after } = await replaceSun(place);
    place.write("a.txt", after);
    expect(await place.qgfx("undo", "summer.csv", "--yes")).toMatchObject({ code: 0 });
    expect(await place.qgfx("fill", "a.txt", "--check")).toMatchObject({ code: 6 });
    await place.qgfx("fill", "a.txt", "--replaced");
    expect(place.read("a.filled.txt")).toBe(before);
  });

  it("find the id of a graphic that was deleted", async () => {
    const place = await openApplied();
    const rain = await idOf(place, "Rain");
    place.write("summer.csv", "path,name,folder\nsun.png,Sun,Weather\n");
    expect(await place.qgfx("prune", "summer.csv", "--yes")).toMatchObject({ code: 0 });
    place.write("a.js", `x = "${rain}"`);
    const { code, stdout } = await place.qgfx("fill", "a.js", "--check", "--json");
    const document = fillSchema.parse(JSON.parse(stdout));
    expect(code).toBe(6);
    expect(document.files[0]?.places).toMatchObject([{ was: rain, now: null, line: 1, column: 6 }]);
    expect(document.diagnostics).toMatchObject([{ code: "FILL_ID_DELETED" }]);
  });
});

describe("qgfx fill --check", () => {
  it("does not go with --replaced, and says why", async () => {
    const place = await openApplied();
    place.write("a.txt", await idOf(place, "Sun"));
    const { code, stderr } = await place.qgfx("fill", "a.txt", "--check", "--replaced");
    expect(code).toBe(2);
    expect(stderr).toContain("OPTION_CONFLICT: --check writes nothing, so --replaced does nothing");
    expect(stderr).toContain("leave --replaced out to see the old IDs, --check to replace them");
  });

  it("counts IDs and places, and names the questions of a survey that is one line", async () => {
    const place = await openApplied();
    const rain = await idOf(place, "Rain");
    const { before } = await replaceSun(place);
    place.write("summer.csv", "path,name,folder\nsun.png,Sun,Weather\n");
    expect(await place.qgfx("prune", "summer.csv", "--yes")).toMatchObject({ code: 0 });
    const questions = [1, 2, 3, 4, 5].map((number) => ({
      QuestionID: `QID${number}`,
      QuestionText: `${before} ${number === 3 ? before : ""}`,
    }));
    place.write("s.qsf", JSON.stringify([...questions, { Graphics: rain }]));
    const { code, stdout, stderr } = await place.qgfx("fill", "s.qsf", "--check");
    expect([code, stdout]).toEqual([6, "s.qsf: 2 old IDs in 7 places\n"]);
    expect(stderr).toContain("the same in 5 more: QID2, QID3, QID4, QID5\n");
    // What stays after --replaced is a graphic that nothing took the place of.
    const filled = await place.qgfx("fill", "s.qsf", "--replaced");
    expect([filled.code, filled.stdout]).toEqual([0, expect.stringContaining("6 places filled")]);
    const again = await place.qgfx("fill", "s.filled.qsf", "--check");
    expect([again.code, again.stdout]).toEqual([6, "s.filled.qsf: 1 old ID\n"]);
    expect(again.stderr).toContain("FILL_ID_DELETED");
  });

  it("shows no file to come where none will be written", async () => {
    const place = await openApplied();
    place.write("a.txt", "nothing");
    const { stdout, stderr } = await place.qgfx("fill", "a.txt");
    expect(stdout + stderr).not.toContain("a.filled.txt");
    expect(stdout).toContain("a.txt: nothing to replace, nothing written");
  });
});

describe("qgfx fill, where it writes", () => {
  it("replaces a file only with --in-place, asks, and keeps the file as it was", async () => {
    const place = await openApplied();
    const text = "\ufeffone {{graphic:Sun}}\r\n";
    place.write("a.txt", text);
    const unasked = await place.qgfx("fill", "a.txt", "--in-place");
    expect(unasked.code).toBe(4);
    expect(unasked.stderr).toContain("confirmation needed to write 1 change to a.txt");
    expect(place.read("a.txt")).toBe(text);
    const { code, stdout } = await place.qgfx("fill", "a.txt", "--in-place", "--yes");
    expect(code).toBe(0);
    expect(stdout).toContain("a.txt: 1 place filled; the file as it was is a.txt.bak");
    expect(place.read("a.txt")).toBe(text.replace("{{graphic:Sun}}", await idOf(place, "Sun")));
    expect(place.read("a.txt.bak")).toBe(text);
  });

  it("takes --out as a file for one, as a folder for several", async () => {
    const place = await openApplied();
    place.write("a.md", "{{graphic:Sun}}");
    place.write("sub/b.txt", "nothing");
    await place.qgfx("fill", "a.md", "--out", "new/c.md");
    expect(place.read("new/c.md")).toBe(await idOf(place, "Sun"));
    await place.qgfx("fill", "a.md", "sub/b.txt", "--out", "filled");
    expect(readdirSync(join(place.dir, "filled")).sort()).toEqual(["a.md", "b.txt"]);
    expect(place.read("filled/b.txt")).toBe("nothing");
  });

  it("says where a file is in the place of the folder for --out", async () => {
    const place = await openApplied();
    place.write("a.txt", "{{graphic:Sun}}");
    place.write("taken", "a file");
    const { code, stderr } = await place.qgfx("fill", "a.txt", "--out", "taken/below/b.txt");
    expect([code, stderr]).toEqual([2, expect.stringContaining("error WRITE_NO_FOLDER: ")]);
  });

  it.each(["summer.csv", "summer.results.csv", ".qgfx/ledger.db", "sun.png", "a.txt"])(
    "never over %s",
    async (out) => {
      const place = await openApplied();
      place.write("a.txt", "{{graphic:Sun}}");
      const before = readFileSync(join(place.dir, out));
      const run = await place.qgfx("fill", "a.txt", "--out", out);
      expect(run).toMatchObject({ code: 2, stdout: "" });
      expect(run.stderr).toContain("OUT_IS_INPUT");
      expect(readFileSync(join(place.dir, out)).equals(before)).toBe(true);
    },
  );

  it("refuses to fill the manifest itself in place, and two files of one name into one folder", async () => {
    const place = await openApplied();
    place.write("a/x.txt", "");
    place.write("b/x.txt", "");
    for (const args of [
      ["summer.csv", "--in-place", "--yes"],
      ["a/x.txt", "b/x.txt", "--out", "c"],
    ]) {
      const run = await place.qgfx("fill", ...args);
      expect(run.code).toBe(2);
      expect(run.stderr).toContain("OUT_IS_INPUT");
    }
    expect(place.read("summer.csv")).toBe(SHEET);
  });
});

describe("qgfx fill, the addresses", () => {
  it("are on the host and path that are named", async () => {
    const place = await openApplied();
    place.write("a.txt", "{{url:Sun}}");
    const id = await idOf(place, "Sun");
    await place.qgfx("fill", "a.txt", "--url-host", "eu.qualtrics.com", "--url-path", "CP");
    expect(place.read("a.filled.txt")).toBe(`https://eu.qualtrics.com/CP/Graphic.php?IM=${id}`);
  });
});

describe("qgfx fill, what it reads", () => {
  it("keeps UTF-16 and byte order marks", async () => {
    const place = await openApplied();
    const id = await idOf(place, "Sun");
    const text = "\ufeffä {{graphic:Sun}} 🌷";
    const wide = Buffer.from(text, "utf16le");
    for (const [file, bytes, encoding] of [
      ["le.txt", wide, "utf16le"],
      ["mark.txt", Buffer.from(text), "utf8"],
    ] as const) {
      place.write(file, bytes);
      await place.qgfx("fill", file);
      const filled = readFileSync(join(place.dir, file.replace(".txt", ".filled.txt")));
      expect(filled.toString(encoding)).toBe(text.replace("{{graphic:Sun}}", id));
    }
  });

  it.each([
    ["latin.txt", Buffer.from("\xe4 {{img:Sun}}", "latin1"), "SURVEY_ENCODING"],
    ["broken.qsf", "{", "SURVEY_NOT_JSON"],
    ["sub", undefined, "SURVEY_NOT_A_FILE"],
    ["none.qsf", undefined, "SURVEY_NOT_FOUND"],
  ])("refuses %s", async (file, content, error) => {
    const place = await openApplied();
    place.write("sub/x", "");
    if (content !== undefined) place.write(file, content);
    const run = await place.qgfx("fill", file);
    expect(run).toMatchObject({ code: 2, stdout: "" });
    expect(run.stderr).toContain(error);
  });

  it.each([
    ["--check", "--in-place"],
    ["--out", "x", "--in-place"],
    ["--check", "--replaced"],
    ["--yes"],
  ])("refuses %s %s %s", async (...options) => {
    const place = await openWorkplace();
    const run = await place.qgfx("fill", "a.txt", ...options);
    expect(run.code).toBe(2);
    expect(run.stderr).toContain("OPTION_CONFLICT");
  });
});
