import { describe, expect, it } from "vitest";
import { matchIds } from "../../src/plan/match-ids.ts";
import { parseIdList } from "../../src/plan/read-id-list.ts";

const [A, B, C] = ["IM_aaaaaaaaaaa", "IM_bbbbbbbbbbb", "IM_ccccccccccc"];
const URL_OF_A = `https://x.qualtrics.com/CP/Graphic.php?IM=${A}`;

/** Rows as a manifest has them. */
const ROWS = [
  ["Weather", "Sun, bright", "pics/sun.png"],
  ["Weather", "Rain", "pics/rain.png"],
  ["Places", "Größe 2", "pics/lake.png"],
  ["Places", "Twin", "pics/t1.png"],
  ["Trees", "Twin", "pics/t2.png"],
  ["Trees", "=1+1", "pics/sum.png"],
  ["Sun", "Rain", "pics/other.png"],
].map(([folder = "", name = "", path = ""], index) => ({ line: index + 2, folder, name, path }));

/** What a list says: `line of the manifest = id`, then its problems: `line of the list code`. */
function read(text: string | Uint8Array, file = "list.txt"): string[] {
  const bytes = typeof text === "string" ? Buffer.from(text) : text;
  const { entries, diagnostics } = parseIdList(file, bytes);
  const telling = { file, command: "ADOPT", what: "row" } as const;
  const matched = matchIds(ROWS, entries, telling);
  const found = [...diagnostics, ...matched.diagnostics];
  return [
    ...matched.matches.map(({ row, graphicId }) => `${row.line}=${graphicId}`),
    ...found.map(({ line, code, value }) => [line, code, value].join(" ")),
  ];
}

describe("a list of names and ids", () => {
  it.each([
    ["name TAB id, as the page of Qualtrics is copied", `Sun, bright\t${A}\nGröße 2\t${B}\n`],
    ["CR LF, blank lines, blanks around", `\r\n Sun, bright \t ${A} \r\n\r\nGröße 2\t${B}`],
    ["id TAB name", `${A}\tSun, bright\n${B}\tGröße 2\n`],
    ["CSV without a header", `"Sun, bright",${A}\nGröße 2,${B}\n`],
    ["semicolons", `Sun, bright;${A}\nGröße 2;${B}\n`],
    ["folder before", `Weather\tSun, bright\t${A}\nPlaces\tGröße 2\t${B}\n`],
    ["folder behind", `Sun, bright\t${A}\tWeather\nGröße 2\t${B}\tPlaces\n`],
    ["folder/name", `Weather/Sun, bright\t${A}\nPlaces/Größe 2\t${B}\n`],
    ["paths", `pics/sun.png\t${A}\npics/lake.png\t${B}\n`],
    ["names of files", `sun.png\t${A}\nlake.png\t${B}\n`],
    ["addresses", `Sun, bright\t${URL_OF_A}\nGröße 2\t${B}\n`],
    ["columns of other things", `12 kB\tSun, bright\t${A}\tx\n3 kB\tGröße 2\t${B}\ty\n`],
    ["a header", `display name\tgraphic id\nSun, bright\t${A}\nGröße 2\t${B}\n`],
    ["a header, ids first", `Graphic_ID;Name\n${A};"Sun, bright"\n${B};Größe 2\n`],
    ["a header that names the ids alone", `title,id\n"Sun, bright",${A}\nGröße 2,${B}\n`],
    ["a header that names the names alone", `name,code\n"Sun, bright",${A}\nGröße 2,${B}\n`],
    ["a header of our own", `name\tgraphicId\turl\nSun, bright\t${A}\tx\nGröße 2\t${B}\ty\n`],
    [
      "an id of one's own before",
      `id,name,url\n7,"Sun, bright",${URL_OF_A}\n8,Größe 2,${URL_OF_A.replace(A, B)}\n`,
    ],
    ["sep=", `sep=;\nSun, bright;${A}\nGröße 2;${B}\n`],
    [
      "accents in two characters, blanks of a page",
      `Sun,\u00a0bright\t${A}\n${"Größe 2".normalize("NFD")}\t${B}\n`,
    ],
    ["JSON", JSON.stringify({ "Sun, bright": A, "lake.png": B })],
    ["JSON of addresses", JSON.stringify({ "Sun, bright": URL_OF_A, "Größe 2": B })],
    ["JSON by folder", JSON.stringify({ Weather: { "Sun, bright": A }, Places: { "Größe 2": B } })],
    ["JSON of objects by name", JSON.stringify({ "Sun, bright": { id: A }, "Größe 2": { id: B } })],
    [
      "a JSON list",
      JSON.stringify([
        { name: "Sun, bright", id: A },
        { id: B, size: 3, name: "Größe 2" },
      ]),
    ],
    [
      "a JSON list of titles",
      JSON.stringify([
        { title: "Sun, bright", graphicId: A },
        { graphicId: B, title: "Größe 2" },
      ]),
    ],
  ])("is read: %s", (_what, text) => {
    expect(read(text)).toEqual([`2=${A}`, `4=${B}`]);
  });

  it("is read in UTF-16, and beside a quote that is part of a name", () => {
    const utf16 = Buffer.from(`\uFEFFSun, bright\t${A}\r\n`, "utf16le");
    expect(read(utf16)).toEqual([`2=${A}`]);
    expect(read(`5" disc\t${A}\nRain\tWeather\t${B}\n`)).toEqual([`3=${B}`, `1 ADOPT_NO_ROW ${A}`]);
  });

  it("gives a name that a spreadsheet guards its row", () => {
    expect(read(`name\tgraphicId\n'=1+1\t${A}\n`)).toEqual([`7=${A}`]);
  });

  it.each([
    ["a name in two folders", `Twin\t${A}\n`, [`1 ADOPT_AMBIGUOUS ${A}`]],
    ["the same with its folder", `Twin\tTrees\t${A}\n`, [`6=${A}`]],
    ["a folder that is a name, too", `Sun\tRain\t${A}\n`, [`8=${A}`]],
    ["a folder that is not the row's", `Places\tRain\t${A}\n`, [`1 ADOPT_NO_ROW ${A}`]],
    [
      "two ids for one name",
      `Sun, bright\t${A}\nGröße 2\t${B}\nSun, bright\t${C}\n`,
      [`2=${A}`, `4=${B}`, `3 ADOPT_TWO_IDS ${C}`],
    ],
    ["one id twice for one name", `Größe 2\t${B}\nGröße 2\t${B}\n`, [`4=${B}`]],
    ["a name of no row", `Größe 2\t${B}\nMoon\t${A}\n`, [`4=${B}`, `2 ADOPT_NO_ROW ${A}`]],
    [
      "titles, and a line that is not filled in",
      `Graphics\n\nGröße 2\t${B}\nRain\t\n`,
      [`4=${B}`, "1 ID_LIST_NO_ID Graphics", "4 ID_LIST_NO_ID Rain"],
    ],
    ["what is not an id", `Größe 2\tIM_short\n`, ["1 ADOPT_ID_MALFORMED IM_short"]],
    ["below a header, too", `name,id\nGröße 2,none\n`, ["2 ADOPT_ID_MALFORMED none"]],
    ["null", `{"Größe 2": "${B}",\n"Rain": null}`, [`4=${B}`, "2 ID_LIST_NO_ID Rain"]],
    ["an empty list", "", []],
  ])("says what does not fit: %s", (_what, text, told) => {
    expect(read(text)).toEqual(told);
  });

  it.each([
    ["no ids", "Sun\nRain\n", "1"],
    ["ids alone", `${A}\n${B}\n`, "1"],
    ["JSON with an error", `{"Rain": "${A}",\n}`, "2"],
    ["JSON that is cut off", `{"Rain":\n "${A}"`, "2"],
    ["JSON of numbers", '{"Rain": 1}', ""],
    ["JSON that is nested deeper", `{"a": {"b": {"c": "${A}"}}}`, ""],
    ["a quote without an end", `"Rain\t${A}\n`, "1"],
    ["text that is not UTF-8", Buffer.from([0x53, 0xe4, 0x09, 0x49]), "1"],
  ])("cannot be read: %s", (_what, text, line) => {
    expect(read(text)).toEqual([`${line} ID_LIST_UNREADABLE `]);
  });
});
