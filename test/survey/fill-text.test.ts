import { describe, expect, it } from "vitest";
import { fillAs, idOf, knownOf, urlOf } from "./known.ts";

const SUN = idOf("Sun");
const TAG = `<img src="${urlOf(SUN)}" alt="Sun">`;
const known = knownOf([
  { name: "Sun", folder: "Weather", path: "pictures/sun.png" },
  { name: 'Rain & "hail"', id: idOf("Rain"), alt: "`wet` \\ $5 [x]" },
  { name: "Äpfel_1", id: idOf("Apfel") },
  { name: "Twice", folder: "A", id: idOf("TwiceA"), path: "a.png" },
  { name: "Twice", folder: "B", id: idOf("TwiceB"), path: "b.png" },
  { name: "Late", id: null },
]);

function filled(file: string, text: string): string {
  const { text: now, diagnostics } = fillAs(file, text, known);
  expect(diagnostics).toEqual([]);
  return now;
}

describe("a placeholder", () => {
  it.each([
    ["{{graphic:Sun}}", SUN],
    ["{{url:Sun}}", urlOf(SUN)],
    ["{{img:Sun}}", TAG],
    ["{{ IMG : Weather/Sun }}", TAG],
    ["{{graphic:pictures/sun.png}}", SUN],
    ["{{graphic:./pictures/sun.png}}", SUN],
    ["{{graphic:&nbsp;Sun}}", SUN],
    ["{{graphic:Rain &amp; &quot;hail&quot;}}", idOf("Rain")],
    ['{{graphic:Rain & "hail"}}', idOf("Rain")],
    ["{{graphic:&Auml;pfel_1}}", idOf("Apfel")],
    ["{{graphic:A\u0308pfel\\_1}}", idOf("Apfel")],
    ["{{graphic:A/Twice}}{{graphic:b.png}}", idOf("TwiceA") + idOf("TwiceB")],
  ])("%s in HTML", (text, expected) => {
    expect(filled("a.html", `<p>${text}</p>`)).toBe(`<p>${expected}</p>`);
  });

  it.each([
    ["{{img:Snu}}", "FILL_NAME_UNKNOWN"],
    ["{{img:Twice}}", "FILL_NAME_AMBIGUOUS"],
    ["{{img:Late}}", "FILL_NOT_UPLOADED"],
    ["{{img:<b>Sun</b>}}", "FILL_DIVIDED"],
    ["{{<b>img</b>:Sun}}", "FILL_DIVIDED"],
    ["{<span>{</span>u<i>r</i>l:Sun}}", "FILL_DIVIDED"],
    ["{{url:Sun}<b>}</b>", "FILL_DIVIDED"],
    ["{{url:Sun} {{url:Sun}}", "FILL_NOT_CLOSED"],
    ["{{graphic:Sun", "FILL_NOT_CLOSED"],
    ["&#123;&#123;img:Sun&#125;&#125;", "FILL_ENCODED"],
    ["%7B%7Burl:Sun%7D%7D", "FILL_ENCODED"],
  ])("%s is an error with its place", (text, code) => {
    const { diagnostics } = fillAs("a.html", `one\n  ${text} two`, known);
    expect(diagnostics).toMatchObject([{ code, severity: "error", line: 2, column: 3 }]);
    for (const { message, hint } of diagnostics) {
      expect(message).toMatch(/^[^A-Z].*[^.]$/s);
      expect(hint).toMatch(/^[^A-Z].*[^.]$/s);
    }
  });

  it("suggests the nearest name", () => {
    const { diagnostics } = fillAs("a.html", "{{img:Snu}}", known);
    expect(diagnostics[0]?.hint).toBe("closest name: 'Sun'");
  });

  it("leaves other braces alone", () => {
    const text = `{{name}} { {x:1} } \${e://Field/url} {{ imgs:x }} {url:x}`;
    expect(filled("a.html", text)).toBe(text);
  });
});

describe("an <img> tag", () => {
  it("is escaped within an attribute", () => {
    expect(filled("a.html", '<a title="{{img:Sun}}">')).toBe(
      `<a title="&lt;img src=&quot;${urlOf(SUN)}&quot; alt=&quot;Sun&quot;&gt;">`,
    );
  });

  it("is right in a JavaScript string of any quotes", () => {
    const rain = "{{img:Rain & &quot;hail&quot;}}";
    const script = filled("a.js", `[\`${rain}\`, "${rain}", '${rain}']`);
    const values = new Function(`return ${script}`)() as string[];
    expect(new Set(values).size).toBe(1);
    expect(values[0]).toBe(
      `<img src="${urlOf(idOf("Rain"))}" alt="&#96;wet&#96; &#92; &#36;5 &#91;x&#93;">`,
    );
  });

  it("is right in a script of a page", () => {
    const page = filled("a.html", '<script>x = "{{img:Sun}}";</script>{{img:Sun}}');
    expect(page).toBe(`<script>x = "${TAG.replaceAll('"', '\\"')}";</script>${TAG}`);
  });

  it.each([
    ["1,{{img:Sun}},2\n", `1,"${TAG.replaceAll('"', '""')}",2\n`],
    ['1;"a ""b"" {{img:Sun}}"\r\n', `1;"a ""b"" ${TAG.replaceAll('"', '""')}"\r\n`],
    ["x\t{{graphic:Sun}}\n", `x\t${SUN}\n`],
    ['"Rain ""{{graphic:Rain & ""hail""}}"\n', `"Rain ""${idOf("Rain")}"\n`],
  ])("is right in a cell of a CSV: %j", (text, expected) => {
    const header = text.includes(";") ? "a;b\r\n" : text.includes("\t") ? "a\tb\n" : "a,b,c\n";
    expect(filled("a.csv", header + text)).toBe(header + expected);
  });
});

describe("the address of a local image", () => {
  it.each([
    ['<img src="pictures/sun.png">', `<img src="${urlOf(SUN)}">`],
    ["<img alt='a > b' src='./pictures/sun.png?x=1'>", `<img alt='a > b' src='${urlOf(SUN)}'>`],
    ["<IMG width=3 src=pictures/sun.png alt=x>", `<IMG width=3 src=${urlOf(SUN)} alt=x>`],
    ['<img src="%C3%84pfel_1.png">', `<img src="${urlOf(idOf("Apfel"))}">`],
    ['<img src="https://example.org/pictures/sun.png">', null],
    [`<img src="\${e://Field/a}.png">`, null],
    ['<img data-src="pictures/sun.png">', null],
  ])("%s", (text, expected) => {
    expect(filled("a.html", text)).toBe(expected ?? text);
  });

  it("is found in Markdown", () => {
    const text = '![a](pictures/sun.png "t") ![b](<pictures/sun.png>)\n\n[x]: pictures/sun.png\n';
    expect(filled("a.md", text)).toBe(text.replaceAll("pictures/sun.png", urlOf(SUN)));
    expect(filled("a.txt", text)).toBe(text);
  });

  it("is an error where the image is not uploaded, a warning where no manifest has it", () => {
    const { diagnostics } = fillAs("a.html", '<img src="Late.png"><img src="x.png">', known);
    expect(diagnostics).toMatchObject([
      { code: "FILL_NOT_UPLOADED", severity: "error" },
      { code: "FILL_PICTURE_UNKNOWN", severity: "warning" },
    ]);
  });
});

describe("a survey file", () => {
  const question = {
    QuestionText: "Look at {{img:Sun}}",
    QuestionDescription: "Look at {{img:Sun}} and then at {{img:S...",
    QuestionID: "QID7",
    QuestionJS: "x('{{img:Sun}}')",
    Graphics: "{{graphic:Sun}}",
    Choices: { 1: { Display: "{{url:Sun}}", Image: { ImageLocation: "{{graphic:Sun}}" } } },
    Language: { FR: { QuestionText: "Voir {{img:Sun}}" } },
  };
  const survey = {
    SurveyElements: [
      { Element: "SQ", SecondaryAttribute: "Look at {{img:Sun}} a...", Payload: question },
    ],
  };

  it("is filled wherever a graphic can stand", () => {
    const { text, places, diagnostics } = fillAs("a.qsf", JSON.stringify(survey), known);
    expect(diagnostics).toEqual([]);
    const [element] = JSON.parse(text).SurveyElements;
    expect(element.SecondaryAttribute).toBe("Look at Sun a...");
    expect(element.Payload).toEqual({
      ...question,
      QuestionText: `Look at ${TAG}`,
      // Plain text, and cut: the picture is told by its alt text.
      QuestionDescription: "Look at Sun and then at {{img:S...",
      QuestionJS: `x('${TAG.replaceAll('"', '\\"')}')`,
      Graphics: SUN,
      Choices: { 1: { Display: urlOf(SUN), Image: { ImageLocation: SUN } } },
      Language: { FR: { QuestionText: `Voir ${TAG}` } },
    });
    expect(new Set(places.map(({ question: id }) => id))).toEqual(new Set(["QID7"]));
    expect(places[0]?.questionText).toBe("Look at {{img:Sun}}");
  });

  it("keeps every other byte, however it is written", () => {
    const text =
      '{ "a" : "\\u00e4 \\/ {{graphic:Sun}}\\n",\r\n\t"b":[1.0, 1e2, "\\ud83c\\udf37"] }\n';
    expect(filled("a.json", text)).toBe(text.replace("{{graphic:Sun}}", SUN));
  });

  it("names the question of what is wrong, and refuses a tag where an id is expected", () => {
    const Payload = { QuestionID: "QID1", QuestionText: "a {{url:No}}", Graphics: "{{img:Sun}}" };
    const text = JSON.stringify({ SurveyElements: [{ Payload }] });
    expect(fillAs("a.qsf", text, known).diagnostics).toMatchObject([
      { code: "FILL_NAME_UNKNOWN", field: "QID1", line: 1 },
      { code: "FILL_ID_EXPECTED", field: "QID1" },
    ]);
  });
});
