import { readFileSync } from "node:fs";
import { join } from "node:path";
import { unzipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { EXPORT_FORMATS } from "../../src/report/exported-row.ts";
import { comparable, readPage, runShown } from "../support/page.ts";
import { png } from "../support/pictures.ts";
import { openWorkplace, type Workplace } from "../support/workplace.ts";

const PAGE = readPage("ids.md");

/** The page's manifest, applied. */
async function openApplied(): Promise<Workplace> {
  const place = await openWorkplace();
  for (const [file, text] of PAGE.files) place.write(file, text);
  for (const [index, name] of ["sun", "rain", "lake", "wood"].entries()) {
    place.write(`${name}.png`, png(index));
  }
  expect(await place.qgfx("apply", "summer.csv", "--yes")).toMatchObject({ code: 0 });
  return place;
}

async function idOf(place: Workplace, name: string): Promise<string> {
  const found = (await place.held()).find((graphic) => graphic.name === name);
  if (!found) throw new Error(`the sandbox holds no ${name}`);
  return found.id;
}

describe("docs/ids.md", () => {
  it("shows every format", () => {
    const shown = PAGE.commands.flatMap(({ command }) => /--format (\S+)/.exec(command)?.[1] ?? []);
    expect([...new Set(shown)].sort()).toEqual([...EXPORT_FORMATS].sort());
  });

  it("shows what each command prints", async () => {
    const place = await openApplied();
    for (const { command, output } of PAGE.commands) {
      expect(comparable(await runShown(place, command)), command).toEqual(comparable(output));
    }
  });
});

describe("results --format", () => {
  it("gives each name the id that the library has for it", async () => {
    const place = await openApplied();
    const { stdout } = await place.qgfx("results", "summer.csv", "--format", "json");
    const held = await place.held();
    expect(JSON.parse(stdout)).toEqual(Object.fromEntries(held.map(({ name, id }) => [name, id])));
  });

  it("writes an Excel workbook beside a CSV manifest", async () => {
    const place = await openApplied();
    const { code, stdout } = await place.qgfx("results", "summer.csv", "--format", "xlsx");
    expect([code, stdout]).toEqual([0, "4 rows written to summer.results.xlsx\n"]);
    const again = await place.qgfx("plan", "summer.results.xlsx", "--json");
    expect(JSON.parse(again.stdout).summary).toMatchObject({ unchanged: 4, create: 0 });
  });

  it("needs neither the network nor the pictures", async () => {
    const place = await openApplied();
    const { runCli } = await import("../support/run-cli.ts");
    const { code, stdout } = await runCli(place.dir, ["results", "summer.csv", "--format", "urls"]);
    expect(code).toBe(0);
    expect(stdout).toContain(await idOf(place, "Wood"));
  });

  it("keeps a name's order and folder apart: 10 after 2, one name in two folders", async () => {
    const place = await openWorkplace();
    const rows = ["2,F", "10,F", "same,F", "same,G"].map((row, index) => {
      place.write(`${index}.png`, png(index));
      return `${index}.png,${row}`;
    });
    place.write("m.csv", ["path,name,folder", ...rows, ""].join("\n"));
    await place.qgfx("apply", "m.csv", "--yes");
    const { stdout } = await place.qgfx("results", "m.csv", "--format", "json");
    expect(stdout.match(/"[^"]+"(?=:)/g)).toEqual(['"2"', '"10"', '"F/same"', '"G/same"']);
  });

  it("makes JavaScript that holds any name, and leaves the page that it stands in whole", async () => {
    const place = await openWorkplace();
    const names = ["__proto__", "</script><b>", `\${e://Field/x}`, "10", "2"];
    const rows = names.map((name, index) => {
      place.write(`${index}.png`, png(index));
      return `${index}.png,${name},F,${index % 2 ? "odd" : "__proto__"}`;
    });
    place.write("m.csv", ["path,name,folder,side", ...rows, ""].join("\n"));
    await place.qgfx("apply", "m.csv", "--yes");
    const args = ["results", "m.csv", "--format", "js", "--group-by", "side"];
    const { stdout } = await place.qgfx(...args, "--url-host", "fra1.qualtrics.com");
    expect(stdout).not.toMatch(/<|\$\{/);
    const loaded: string[] = [];
    class Image {
      set src(url: string) {
        loaded.push(url);
      }
    }
    const run = new Function("Image", `${stdout}; return [pictures, pictureLists];`);
    const [pictures, lists] = run(Image) as [object, Record<string, string[]>];
    const held = await place.held();
    const urlOf = new Map(
      held.map(({ name, id }) => [
        name,
        `https://fra1.qualtrics.com/ControlPanel/Graphic.php?IM=${id}`,
      ]),
    );
    const urls = names.map((name) => urlOf.get(name) ?? "");
    expect(Object.getOwnPropertyNames(pictures).sort()).toEqual([...names].sort());
    expect([...loaded].sort()).toEqual([...urls].sort());
    expect(Object.entries(lists)).toEqual([
      ["__proto__", [urls[0], urls[2], urls[4]]],
      ["odd", [urls[1], urls[3]]],
    ]);
  });

  it("writes Markdown in which no alt text is markup", async () => {
    const place = await openWorkplace();
    place.write("a.png", png(1));
    place.write("m.csv", 'path,name,folder,alt\na.png,A,F,"a] (x) *b* <i> `c` \\ #1 ![n](u)"\n');
    await place.qgfx("apply", "m.csv", "--yes");
    const { stdout } = await place.qgfx("results", "m.csv", "--format", "md");
    expect(stdout).toMatch(
      /^!\[a\\\] \(x\) \\\*b\\\* \\<i\\> \\`c\\` \\\\ \\#1 \\!\\\[n\\\]\(u\)\]\(http\S+\)\n$/,
    );
  });

  it("escapes what would be HTML, piped text or an import's tag", async () => {
    const place = await openWorkplace();
    place.write("a.png", png(1));
    place.write(
      "m.csv",
      'path,name,folder\na.png,"<b>\u0024{e://Field/x} [[PageBreak]]\'",[[F]]\n',
    );
    await place.qgfx("apply", "m.csv", "--yes");
    const { stdout } = await place.qgfx("results", "m.csv", "--format", "question");
    expect(stdout).toContain(
      'alt="&lt;b&gt;&#36;{e://Field/x} &#91;&#91;PageBreak&#93;&#93;&#39;">',
    );
    expect(stdout).toContain("[[Block:((F))]]");
    expect(stdout).not.toContain("[[PageBreak]]");
  });

  it("guards the pasted table against formulas, and keeps tabs and line breaks out of its cells", async () => {
    const place = await openWorkplace();
    place.write("a.png", png(1));
    place.write("m.csv", 'path,name,folder,trial\na.png,=1+1,F,"a\tb\nc"\n');
    await place.qgfx("apply", "m.csv", "--yes");
    const urls = await place.qgfx("results", "m.csv", "--format", "urls");
    expect(urls.stdout).toContain("\n'=1+1\tIM_");
    const loop = ["results", "m.csv", "--format", "loop-merge", "--group-by", "Trial"];
    expect((await place.qgfx(...loop)).stdout).toMatch(/^Trial\tgraphic 1\na b c\tIM_\w+\n$/);
  });

  it("leaves a field empty where a picture is missing, and says which line", async () => {
    const place = await openWorkplace({
      script: {
        version: 1,
        faults: [{ name: "A", play: { kind: "answer", status: 400, message: "no" } }],
      },
    });
    const names = ["A", "B", "C", "D"];
    for (const [index, name] of names.entries()) place.write(`${name}.png`, png(index));
    place.write("m.csv", "path,name,folder\nA.png,A,F\nB.png,B,F\nC.png,C,G\nD.png,D,G\n");
    expect(await place.qgfx("apply", "m.csv", "--yes")).toMatchObject({ code: 3 });
    const args = ["results", "m.csv", "--format", "loop-merge", "--group-by", "folder"];
    const { stdout, stderr } = await place.qgfx(...args);
    expect(stdout).toMatch(/^folder\tgraphic 1\tgraphic 2\nF\t\tIM_\w+\nG\tIM_\w+\tIM_\w+\n$/);
    expect(stderr).toContain("1 row without a graphic in the library: line 2");
    const json = JSON.parse((await place.qgfx(...args, "--json")).stdout);
    expect(json).toMatchObject({ format: "loop-merge", withoutGraphic: [2], text: stdout });
  });

  it("writes to --out, and never over the manifest", async () => {
    const place = await openApplied();
    const args = ["results", "summer.csv", "--format", "json", "--out"];
    expect(await place.qgfx(...args, "ids.json")).toMatchObject({ code: 0 });
    expect(Object.keys(JSON.parse(place.read("ids.json")))).toHaveLength(4);
    const { code, stderr } = await place.qgfx(...args, "summer.csv");
    expect(code).toBe(2);
    expect(stderr).toContain("OUT_IS_INPUT");
    expect(place.read("summer.csv")).toBe(PAGE.files.get("summer.csv"));
  });

  it("keeps each Loop & Merge field's condition, however the sheet is sorted", async () => {
    const place = await openApplied();
    const args = ["--format", "loop-merge", "--group-by", "trial", "--columns", "Side"];
    const { stdout } = await place.qgfx("results", "summer.csv", ...args);
    expect(stdout).toBe(
      [
        "trial\tleft\tright",
        `1\t${await idOf(place, "Sun")}\t${await idOf(place, "Rain & 'hail'")}`,
        `2\t${await idOf(place, "Lake.png")}\t${await idOf(place, "Wood")}`,
        "",
      ].join("\n"),
    );
    const [header = "", first = "", ...rest] = place.read("summer.csv").trim().split("\n");
    place.write(
      "summer.csv",
      [header, ...rest.slice(0, 1), first, ...rest.slice(1), ""].join("\n"),
    );
    expect((await place.qgfx("results", "summer.csv", ...args)).stdout).toBe(stdout);
  });

  /** A participant's pictures, as their rows are written; `header` behind path and folder. */
  async function openPortraits(header: string, ...rows: string[]): Promise<Workplace> {
    const place = await openWorkplace();
    const lines = rows.map((row, index) => {
      place.write(`${index}.png`, png(index));
      return `${index}.png,F,${row}`;
    });
    place.write("m.csv", [`path,folder,${header}`, ...lines, ""].join("\n"));
    expect(await place.qgfx("apply", "m.csv", "--yes")).toMatchObject({ code: 0 });
    return place;
  }

  it("gives each of the user's own ids its pictures as embedded data", async () => {
    const place = await openPortraits(
      "Participant ID,slot,language,e-mail,Phone",
      "=P1,left side,EN,a@x.org,+49 170",
      "P2,2nd,DE,b@x.org,",
      "=P1,2nd,DE,,",
    );
    const args = ["results", "m.csv", "--format", "embedded", "--group-by", "participant_id"];
    const url = async (index: number) =>
      `${place.sandbox.url}/ControlPanel/Graphic.php?IM=${await idOf(place, `${index}.png`)}`;
    const pair = async (index: number) =>
      `${await idOf(place, `${index}.png`)},${await url(index)}`;
    const { stdout, stderr } = await place.qgfx(...args, "--columns", "slot");
    expect([stdout, stderr]).toEqual([
      [
        "Participant_ID,Email,Phone,graphic_2nd_id,graphic_2nd_url,left_side_id,left_side_url",
        `'=P1,a@x.org,+49 170,${await pair(2)},${await pair(0)}`,
        `P2,b@x.org,,${await pair(1)},,`,
        "",
      ].join("\n"),
      "",
    ]);
    await place.qgfx(...args, "--out", "contacts.csv", "--url-host", "x.org", "--url-path", "CP");
    expect(place.read("contacts.csv")).toMatch(
      /^\ufeffParticipant_ID,Email,Phone,graphic_1_id,graphic_1_url,graphic_2_id,graphic_2_url\r\n/,
    );
    expect(place.read("contacts.csv")).toContain("https://x.org/CP/Graphic.php?IM=IM_");
  });

  it.each([
    [["id,slot", "P1,a", ",a"], "EMBEDDED_ID_MISSING: 1 row without 'id': line 3"],
    [
      ["id,slot", "P1,a", "P1,a"],
      "EMBEDDED_TWICE: two images for one column: 'P1' has 'a' in lines 2, 3",
    ],
    [
      ["id,slot", "P1,a b", "P1,A-b"],
      "EMBEDDED_ALIKE: 'a b' and 'A-b' both become the column 'A_b_id'",
    ],
  ])("makes no embedded data of %j", async ([header = "", ...rows], message) => {
    const place = await openPortraits(header, ...rows);
    const args = ["--format", "embedded", "--group-by", "id", "--columns", "slot"];
    const { code, stdout, stderr } = await place.qgfx("results", "m.csv", ...args);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(message);
  });

  it("refuses Loop & Merge groups that are uneven or double, and lists them", async () => {
    const place = await openApplied();
    const text = place.read("summer.csv").replace("Wood,Places,2,right", "Wood,Places,2,left");
    place.write("summer.csv", text);
    const args = ["results", "summer.csv", "--format", "loop-merge", "--group-by", "trial"];
    const { code, stdout, stderr } = await place.qgfx(...args, "--columns", "side");
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("LOOP_GROUPS_UNEVEN: 1 group without one row for each field");
    expect(stderr).toContain("'2' has 'left' in lines 4, 5 and has no 'right'");
    place.write("summer.csv", text.replace("Wood,Places,2", "Wood,Places,1"));
    expect(await place.qgfx(...args)).toMatchObject({ code: 2, stdout: "" });
  });

  it("writes the workbook or the CSV that --out names, and no other format under such a name", async () => {
    const place = await openApplied();
    const loop = ["results", "summer.csv", "--format", "loop-merge", "--group-by", "trial"];
    await place.qgfx(...loop, "--columns", "side", "--out", "loop.xlsx");
    await place.qgfx("results", "summer.csv", "--format", "urls", "--out", "ids.csv");
    const parts = unzipSync(readFileSync(join(place.dir, "loop.xlsx")));
    const texts = Buffer.from(parts["xl/sharedStrings.xml"] ?? []).toString();
    expect([...texts.matchAll(/<t[^>]*>([^<]*)</g)].map(([, text]) => text)).toEqual([
      ...["trial", "left", "right"],
      ...["1", await idOf(place, "Sun"), await idOf(place, "Rain & 'hail'")],
      ...["2", await idOf(place, "Lake.png"), await idOf(place, "Wood")],
    ]);
    expect(place.read("ids.csv")).toMatch(/^\ufeffname,graphicId,url\r\nSun,IM_\w+,http/);
    const json = await place.qgfx("results", "summer.csv", "--format", "json", "--out", "a.xlsx");
    expect(json).toMatchObject({ code: 2, stderr: expect.stringContaining("OUT_FORMAT") });
  });

  it("repeats an exported question for every group, and leaves out what is not uploaded", async () => {
    const place = await openApplied();
    const question = { QuestionText: "Which? {{img:left}} {{graphic:right}}", DataExportTag: "Q1" };
    const blocks = [{ BlockElements: [{ Type: "Question", QuestionID: "QID1" }] }];
    const survey = {
      SurveyElements: [
        { Element: "BL", Payload: blocks },
        { Element: "SQ", PrimaryAttribute: "QID1", Payload: { ...question, QuestionID: "QID1" } },
        { Element: "FL", Payload: "QID1" },
      ],
    };
    place.write("survey.qsf", JSON.stringify(survey));
    place.write(
      "summer.csv",
      `${place.read("summer.csv")}no.png,No,Places,3,left,\nno.png,No2,Places,3,right,\n`,
    );
    place.write("no.png", png(9));
    const args = ["results", "summer.csv", "--format", "question", "--template", "survey.qsf"];
    const grouped = [...args, "--group-by", "trial", "--columns", "side"];
    const { code, stdout, stderr } = await place.qgfx(...grouped, "--out", "all.qsf");
    expect([code, stdout]).toEqual([0, "question written to all.qsf\n"]);
    expect(stderr).toContain("2 rows without a graphic in the library: line 6, 7");
    expect(stderr).toContain("other parts of survey.qsf name QID1");
    const [, first, second, ...rest] = JSON.parse(place.read("all.qsf")).SurveyElements;
    expect(first.Payload.QuestionText).toContain(
      `alt="A bright sun"> ${await idOf(place, "Rain & 'hail'")}`,
    );
    expect(second.Payload).toMatchObject({ DataExportTag: "Q1_2", QuestionID: "QID2" });
    expect(second.Payload.QuestionText).toContain(await idOf(place, "Wood"));
    expect(rest).toHaveLength(1);
    const over = await place.qgfx(...grouped, "--out", "survey.qsf");
    expect(over).toMatchObject({ code: 2, stderr: expect.stringContaining("OUT_IS_INPUT") });
    expect(place.read("survey.qsf")).toBe(JSON.stringify(survey));
    const single = await place.qgfx(...args);
    expect(single).toMatchObject({ code: 2, stdout: "" });
    expect(single.stderr).toContain("TEMPLATE_WITHOUT_PICTURE: no question of survey.qsf");
    expect(single.stderr).toContain("write {{img:1}} where it belongs");
    place.write("survey.qsf", JSON.stringify(survey).replace("Which?", "{{img:Snu}}"));
    const unknown = await place.qgfx(...grouped);
    expect(unknown).toMatchObject({ code: 2, stdout: "" });
    // Once, where the template has it, and not for each of its copies.
    expect(unknown.stderr.match(/FILL_NAME_UNKNOWN/g)).toHaveLength(1);
    const column = place.read("survey.qsf").indexOf("{{img:Snu}}") + 1;
    expect(unknown.stderr).toContain(`survey.qsf:1:${column} QID1 error FILL_NAME_UNKNOWN`);
  });

  it("says of a template where its placeholders are wrong, and what to do", async () => {
    const place = await openApplied();
    const templateOf = (text: string) =>
      `[[AdvancedFormat]]\n\n[[Question:MC]]\n${text}\n[[Choices]]\nYes\n`;
    const args = ["results", "summer.csv", "--format", "question", "--template", "q.txt"];
    const errors = async (text: string) => {
      place.write("q.txt", templateOf(text));
      const { code, stdout, stderr } = await place.qgfx(...args);
      expect([code, stdout]).toEqual([2, ""]);
      return stderr;
    };
    const second = await errors("{{img:1}}\n{{img:2}}");
    expect(second).toContain("q.txt:5:1 error FILL_NAME_UNKNOWN: no image for '{{img:2}}'");
    expect(second).toContain("a question has 1 image here; --group-by COLUMN puts rows");
    expect(second).not.toMatch(/q\.txt:(?!5)/);
    const named = await errors("Nice? {{img:left}}");
    expect(named).toContain("q.txt:4:7 error FILL_NAME_UNKNOWN: no image for '{{img:left}}'");
    expect(named).toContain("TEMPLATE_WITHOUT_PICTURE");
    const open = await errors("Nice? {{img:1}");
    expect(open).toContain("q.txt:4:7 error FILL_NOT_CLOSED");
  });

  it("says of repeated questions which of them get an earlier image", async () => {
    const refuse = { kind: "answer", status: 400 } as const;
    const place = await openWorkplace({
      script: { version: 1, faults: [{ name: "Sun", upload: 2, play: refuse }] },
    });
    place.write("s.csv", "path,name,folder\na.png,Sun,F\n");
    place.write("a.png", png(1));
    expect(await place.qgfx("apply", "s.csv", "--yes")).toMatchObject({ code: 0 });
    place.write("a.png", png(2));
    expect(await place.qgfx("apply", "s.csv", "--yes")).toMatchObject({ code: 3 });
    place.write("q.txt", "[[AdvancedFormat]]\n\n[[Question:MC]]\n{{graphic:1}}\n");
    const args = ["results", "s.csv", "--format", "question", "--template", "q.txt"];
    const { code, stdout, stderr } = await place.qgfx(...args);
    expect([code, stdout]).toEqual([0, expect.stringContaining(await idOf(place, "Sun"))]);
    expect(stderr).toContain("1 row changed and not uploaded since, the first in line 2");
    expect(stderr).not.toContain("qgfx copy");
  });

  it.each([
    [["--format", "json", "--columns", "trial"], "--columns is for --format loop-merge or"],
    [["--format", "embedded"], "name it with --group-by"],
    [["--format", "json", "--template", "a.qsf"], "--template is for --format question alone"],
    [["--format", "question", "--group-by", "trial"], "OPTION_CONFLICT"],
    [["--format", "question", "--template", "none.qsf"], "SURVEY_NOT_FOUND"],
    [["--url-path", "CP"], "--url-path is for --format urls or --format html alone"],
    [
      ["--format", "csv", "--url-host", "x.org"],
      "--url-host is for --format urls or --format html",
    ],
    [["--format", "loop-merge", "--columns", "sides"], "say --columns 'side'"],
    [["--format", "loop-merge", "--group-by", "trials"], "say --group-by 'trial'"],
    [["--format", "json", "--group-by", "trial"], "OPTION_CONFLICT"],
    [["--out", "x.csv"], "name the results file with --results"],
    [["--format", "pdf"], "Allowed choices are csv"],
    [["--format", "xlsx", "--results", "ids.csv"], "name a file that ends in .xlsx"],
  ])("refuses %j", async (args, message) => {
    const place = await openApplied();
    const { code, stdout, stderr } = await place.qgfx("results", "summer.csv", ...args);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(stdout).toBe("");
  });
});
