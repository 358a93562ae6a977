import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fillAs, idOf, knownOf, urlOf } from "./known.ts";

const [A, B, C, D, E] = ["a", "b", "c", "d", "e"].map(idOf) as [
  string,
  string,
  string,
  string,
  string,
];
const step = (oldId: string, newId: string) => ({ oldId, newId });

describe("--replaced", () => {
  it("puts the present id wherever an old one stands, over several steps", () => {
    const known = knownOf(
      [{ name: "Sun", id: C }],
      [
        { id: A, at: "Old name", state: "replaced" },
        { id: B, at: "Sun", state: "replaced" },
        { id: C, at: "Sun", state: "current" },
      ],
      [step(A, B), step(B, C)],
    );
    const text = `<img src="https://old.ca1.qualtrics.com/WRQualtricsControlPanel_rel/Graphic.php?IM=${A}&V=12"> ${B}, x%3D${A}, ${A}b ${C} ${D}`;
    const { text: now, places } = fillAs("a.html", text, known, { replaced: true });
    expect(now).toBe(text.replace(`${A}&`, `${C}&`).replace(B, C).replace(`D${A},`, `D${C},`));
    expect(places.map(({ was }) => was)).toEqual([A, B, A]);
    expect(places[0]).toMatchObject({ kind: "id", graphicId: C, folder: "F", name: "Sun" });
  });

  it("follows an address where nobody noted what replaced what", () => {
    const past = [
      { id: A, at: "Sun", state: "replaced" as const },
      { id: B, at: "Sun", state: "current" as const },
    ];
    const known = knownOf([{ name: "Sun", id: B }], past);
    expect(fillAs("a.txt", A, known, { replaced: true }).text).toBe(B);
  });

  it("leaves an id that some image still has, and refuses one with two successors", () => {
    const rows = [
      { name: "One", id: C },
      { name: "Two", id: D },
      { name: "Three", id: E },
    ];
    const known = knownOf(rows, [], [step(A, C), step(A, D), step(E, C)]);
    const { text, diagnostics } = fillAs("a.txt", `${A} ${E}`, known, { replaced: true });
    expect(text).toBe(`${A} ${E}`);
    expect(diagnostics).toMatchObject([{ code: "FILL_ID_AMBIGUOUS", severity: "error" }]);
  });

  it("tells of old and deleted ids that stay", () => {
    const past = [
      { id: A, at: "Sun", state: "replaced" as const },
      { id: B, at: "Sun", state: "current" as const },
      { id: D, at: "Gone", state: "deleted" as const },
    ];
    const { old, text, diagnostics } = fillAs(
      "a.txt",
      `${A} ${D}`,
      knownOf([{ name: "Sun", id: B }], past),
    );
    expect(text).toBe(`${A} ${D}`);
    expect(old).toMatchObject([
      { was: A, now: B },
      { was: D, now: null },
    ]);
    expect(diagnostics.map(({ code, severity }) => [code, severity])).toEqual([
      ["FILL_ID_REPLACED", "warning"],
      ["FILL_ID_DELETED", "warning"],
    ]);
  });

  it.each([
    [{ widthPx: 10, heightPx: 20 }, { widthPx: 10, heightPx: 20 }, []],
    [{ widthPx: 10, heightPx: 20 }, { widthPx: 10, heightPx: 21 }, ["FILL_OTHER_SIZE"]],
    [undefined, { widthPx: 10, heightPx: 21 }, ["FILL_SIZE_UNKNOWN"]],
  ])("compares sizes in a heat map: %j, %j", (before, after, codes) => {
    const past = [
      { id: A, at: "Sun", state: "replaced" as const, sha256: "a" },
      { id: B, at: "Sun", state: "current" as const, sha256: "b" },
    ];
    const sizes = new Map([...(before ? [["a", before] as const] : []), ["b", after] as const]);
    const questionOf = (QuestionType: string) => ({
      Payload: { QuestionType, QuestionID: "QID1", QuestionText: "Click", GraphicID: A },
    });
    const known = knownOf([{ name: "Sun", id: B }], past);
    const codesOf = (type: string) => {
      const text = JSON.stringify({ SurveyElements: [questionOf(type)] });
      const { diagnostics, places } = fillAs("a.qsf", text, known, { replaced: true, sizes });
      return { codes: diagnostics.map(({ code }) => code), sizes: places[0]?.sizes };
    };
    expect(codesOf("HeatMap")).toEqual({ codes, sizes: { before: before ?? null, after } });
    expect(codesOf("HotSpot").codes).toEqual(codes);
    expect(codesOf("DB")).toEqual({ codes: [], sizes: null });
  });
});

const FILES = ["a.qsf", "a.html", "a.js", "a.csv", "a.md", "a.txt"];

/** Pieces of which texts are made: whatever people write, and all that names a graphic. */
const piece = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: "grapheme" }) },
  fc.constantFrom(A, `?IM=${A}&V=1`, `${A}x`, "{{graphic:Sun}}", "{{img:Sun}}", "{{url:F/Sun}}"),
  fc.constantFrom(
    '<img src="Sun.png">',
    "![a](Sun.png)",
    "\n",
    '"',
    '""',
    ",",
    "<a title=",
    "\\",
    "é&eacute;",
  ),
  fc.constantFrom("<script>", "</script>", "{", "}", `\${lm://Field/1}`, "\t", "\r\n", "'", ">"),
);
const prose = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(""));

/** JSON as other programs write it: `/` and anything beyond ASCII may be escaped. */
const json = fc
  .tuple(fc.jsonValue(), fc.array(prose), fc.boolean(), fc.boolean())
  .map(([value, texts, isSpaced, isEscaped]) => {
    const text = JSON.stringify({ value, texts, [texts[0] ?? "k"]: 1 }, null, isSpaced ? 2 : 0);
    if (!isEscaped) return text;
    const hex = (one: string) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`;
    return text.replaceAll("/", "\\/").replace(/[^\0-\x7f]/g, hex);
  });
const fileAndText = fc
  .constantFrom(...FILES)
  .chain((file) => fc.tuple(fc.constant(file), file === "a.qsf" ? json : prose));

describe("whatever a file holds", () => {
  const past = (now: string, before: string) => [
    { id: before, at: "Sun", state: "replaced" as const },
    { id: now, at: "Sun", state: "current" as const },
  ];
  const forth = knownOf([{ name: "Sun", id: B }], past(B, A), [step(A, B)]);
  const back = knownOf([{ name: "Sun", id: A }], past(A, B), [step(B, A)]);

  it("a second filling changes nothing", () => {
    fc.assert(
      fc.property(fileAndText, ([file, text]) => {
        const once = fillAs(file, text, forth, { replaced: true }).text;
        const twice = fillAs(file, once, forth, { replaced: true });
        expect(twice.text).toBe(once);
        expect(twice.places).toEqual([]);
        if (file === "a.qsf") JSON.parse(once);
      }),
      { numRuns: 400 },
    );
  });

  it("ids that are replaced and replaced back give the bytes back", () => {
    const bare = (text: string) => text.replaceAll(/\{\{|img|!/g, "");
    fc.assert(
      fc.property(fileAndText, ([file, made]) => {
        const text = bare(made);
        const there = fillAs(file, text, forth, { replaced: true });
        expect(there.text).toBe(text.replaceAll(/IM_a0{14}(?![a-zA-Z0-9])/g, B));
        expect(fillAs(file, there.text, back, { replaced: true }).text).toBe(text);
      }),
      { numRuns: 400 },
    );
  });

  it("is an image of the survey with other ids, read as JSON", () => {
    fc.assert(
      fc.property(json, (text) => {
        const { text: now } = fillAs("a.json", text, forth, { replaced: true });
        const swapped = (one: string) => fillAs("a.txt", one, forth, { replaced: true }).text;
        const expected = JSON.parse(text, (_key, value) =>
          typeof value === "string" ? swapped(value) : value,
        );
        expect(JSON.parse(now).value).toEqual(expected.value);
        expect(JSON.parse(now).texts).toEqual(expected.texts);
      }),
      { numRuns: 200 },
    );
  });
});

it("the url of a current id stays as it is", () => {
  const known = knownOf([{ name: "Sun", id: A }]);
  expect(fillAs("a.html", urlOf(A), known, { replaced: true }).places).toEqual([]);
});
