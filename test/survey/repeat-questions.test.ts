import { describe, expect, it } from "vitest";
import type { PlaceableRow } from "../../src/survey/known-graphics.ts";
import { type RepeatedQuestions, repeatQuestions } from "../../src/survey/repeat-questions.ts";
import { fillAs, idOf, knownOf, urlOf } from "./known.ts";

/** Two pictures for each of three trials. */
const KNOWN = knownOf(["L1", "R1", "L2", "R2", "L3", "R3", "Logo"].map((name) => ({ name })));
const FIELDS = ["left", "right"];
const GROUPS = ["1", "2", "Trial (3)"].map((label, index) => ({
  label,
  rows: ["L", "R"].map((side): PlaceableRow => {
    const row = KNOWN.rowOf(idOf(`${side}${index + 1}`));
    return { ...row, graphicId: row?.graphicId ?? "" } as PlaceableRow;
  }),
}));

/** The text with its question repeated and filled. */
function made(file: string, text: string): RepeatedQuestions {
  const survey = file.endsWith(".qsf") ? JSON.parse(text) : undefined;
  const repeated = repeatQuestions({ file, text, fields: FIELDS, groups: GROUPS }, survey);
  const known = repeated.knowing(KNOWN) as typeof KNOWN;
  const filled = fillAs(file, repeated.text, known);
  expect(filled.diagnostics).toEqual([]);
  return { ...repeated, text: filled.text };
}

type Question = Record<string, unknown> & { id: string; text: string };

/** A survey as Qualtrics exports it; `blocks` name questions, or a page break by `|`. */
function surveyOf(questions: readonly Question[], blocks: readonly string[][]): string {
  const payload = [...blocks, []].map((ids, index) => ({
    Type: index === 0 ? "Default" : index === blocks.length ? "Trash" : "Standard",
    ID: `BL_${index}`,
    BlockElements: ids.map((id) =>
      id === "|" ? { Type: "Page Break" } : { Type: "Question", QuestionID: id },
    ),
  }));
  const flow = { Type: "Root", Flow: [{ Type: "Block", ID: "BL_0", FlowID: "FL_2" }] };
  const elements = [
    { SurveyID: "SV_1", Element: "BL", PrimaryAttribute: "Survey Blocks", Payload: payload },
    { SurveyID: "SV_1", Element: "FL", PrimaryAttribute: "Survey Flow", Payload: flow },
    { Element: "QC", SecondaryAttribute: String(questions.length), Payload: null },
    ...questions.map(({ id, text, ...rest }) => ({
      ...{ SurveyID: "SV_1", Element: "SQ", PrimaryAttribute: id, SecondaryAttribute: text },
      Payload: {
        QuestionText: text,
        DataExportTag: id.replace("QID", "Q"),
        ...rest,
        QuestionID: id,
      },
    })),
  ];
  return JSON.stringify({ SurveyEntry: { SurveyID: "SV_1" }, SurveyElements: elements }).replaceAll(
    "/",
    "\\/",
  );
}

/** The questions of a block by their order, and what is in each; page breaks are `|`. */
function questionsIn(text: string, block = 0) {
  const { SurveyElements } = JSON.parse(text);
  const payloads = new Map<string, Record<string, unknown>>();
  for (const one of SurveyElements) {
    if (one.Element === "SQ") payloads.set(one.PrimaryAttribute, one.Payload);
  }
  const items = Object.values<{ QuestionID?: string }>(
    SurveyElements[0].Payload[block].BlockElements,
  );
  return items.map(({ QuestionID }) => (QuestionID ? payloads.get(QuestionID) : "|"));
}

describe("a question of a survey file", () => {
  it("is there once for each group, with a page break, and nothing else is different", () => {
    const text = surveyOf(
      [
        { id: "QID1", text: "Hello {{img:Logo}}" },
        { id: "QID7", text: "Which? {{img:left}} {{img:right}}", Choices: { 2: "b", 1: "a" } },
        { id: "QID8", text: "Bye" },
      ],
      [["QID1"], ["QID7", "|", "QID8"]],
    );
    const { text: filled, named } = made("survey.qsf", text);
    const [first, , second, , third, , last] = questionsIn(filled, 1);
    expect(questionsIn(filled, 1).map((one) => one === "|")).toEqual(
      [0, 1, 0, 1, 0, 1, 0].map((isBreak) => isBreak === 1),
    );
    const image = (name: string) => `<img src="${urlOf(idOf(name))}" alt="${name}">`;
    expect(first).toMatchObject({
      QuestionID: "QID7",
      DataExportTag: "Q7_1",
      QuestionText: `Which? ${image("L1")} ${image("R1")}`,
    });
    expect(second).toMatchObject({ QuestionID: "QID9", DataExportTag: "Q7_2" });
    expect(third).toMatchObject({
      QuestionID: "QID10",
      DataExportTag: "Q7_3_Trial_3",
      QuestionText: `Which? ${image("L3")} ${image("R3")}`,
    });
    expect(last).toMatchObject({ QuestionID: "QID8", DataExportTag: "Q8", QuestionText: "Bye" });
    expect(questionsIn(filled)).toMatchObject([{ QuestionText: `Hello ${image("Logo")}` }]);
    expect(filled).toContain('"Element":"QC","SecondaryAttribute":"5"');
    expect(filled.match(/"1":"a","2":"b"/g)).toHaveLength(3);
    expect(named).toEqual([]);
  });

  it("takes along what is between the first and the last, and keeps what they say of each other", () => {
    const text = surveyOf(
      [
        { id: "QID1", text: "{{img:left}}" },
        { id: "QID2", text: "Why?", DisplayLogic: { LeftOperand: "q://QID1/Choice/1", Q: "QID1" } },
        { id: "QID11", text: "{{url:right}}" },
      ],
      [["QID1", "QID2", "QID11"]],
    );
    const { text: filled, named } = made("survey.qsf", text);
    const questions = questionsIn(filled);
    expect(questions).toHaveLength(9);
    const ids = questions.map((one) => (one as { QuestionID: string }).QuestionID);
    expect(new Set(ids).size).toBe(9);
    expect(questions[4]).toMatchObject({
      QuestionText: "Why?",
      DataExportTag: "Q2_2",
      DisplayLogic: { LeftOperand: `q://${ids[3]}/Choice/1`, Q: ids[3] },
    });
    expect(questions[5]).toMatchObject({ QuestionText: urlOf(idOf("R2")) });
    expect(named).toEqual([]);
  });

  it("may have the pictures of one group in it, as a hot spot has", () => {
    const spot = { QuestionType: "HotSpot", Graphics: idOf("L2"), Regions: [{ X: 1 }] };
    const image = `<img src="${urlOf(idOf("R2"))}">`;
    const text = surveyOf([{ id: "QID3", text: image, ...spot }], [["QID3"]]);
    const questions = questionsIn(made("survey.qsf", text).text);
    expect(questions).toMatchObject(
      ["1", "2", "3"].map((trial) => ({
        Graphics: idOf(`L${trial}`),
        QuestionText: `<img src="${urlOf(idOf(`R${trial}`))}">`,
        Regions: [{ X: 1 }],
      })),
    );
  });

  it("gives every column of the data a name of its own, those of a matrix and side by side too", () => {
    const inner = { 1: { DataExportTag: "Q7#1", ChoiceDataExportTags: { 1: "Q7#1_1" } } };
    const rest = {
      AdditionalQuestions: inner,
      ChoiceDataExportTags: { 1: "Q7_1", 2: "pandas", 3: "Q70", 4: "" },
      RecodeValues: { 1: "Q7" },
    };
    const text = surveyOf([{ id: "QID7", text: "{{img:left}}", ...rest }], [["QID7"]]);
    expect(questionsIn(made("survey.qsf", text).text)[2]).toMatchObject({
      DataExportTag: "Q7_3_Trial_3",
      AdditionalQuestions: {
        1: {
          DataExportTag: "Q7_3_Trial_3#1",
          ChoiceDataExportTags: { 1: "Q7_3_Trial_3#1_1" },
        },
      },
      ChoiceDataExportTags: {
        1: "Q7_3_Trial_3_1",
        2: "pandas_3_Trial_3",
        3: "Q70_3_Trial_3",
        4: "",
      },
      RecodeValues: { 1: "Q7" },
    });
  });

  it("is left in the trash once, with the first images", () => {
    const text = surveyOf(
      [
        { id: "QID1", text: "{{img:left}}" },
        { id: "QID2", text: "{{graphic:left}}" },
      ],
      [["QID1"]],
    ).replace('"BlockElements":[]', '"BlockElements":[{"Type":"Question","QuestionID":"QID2"}]');
    const { text: filled } = made("survey.qsf", text);
    expect(questionsIn(filled)).toHaveLength(3);
    expect(questionsIn(filled, 1)).toMatchObject([
      { QuestionID: "QID2", QuestionText: idOf("L1"), DataExportTag: "Q2" },
    ]);
  });

  it("leaves no beginning of a placeholder in a label that Qualtrics cut", () => {
    const label = `${"Which of these images do you like? ".repeat(3).slice(0, 93)}{{img:`;
    const text = surveyOf(
      [{ id: "QID1", text: "{{img:left}}", QuestionDescription: label }],
      [["QID1"]],
    );
    expect(questionsIn(made("survey.qsf", text).text)).toMatchObject(
      ["1", "2", "3"].map(() => ({ QuestionDescription: label.slice(0, 93) })),
    );
  });

  it("names the questions whose skip logic leads past the other copies", () => {
    const skipTo = (to: string) =>
      `{"Type":"Question","QuestionID":"QID1","SkipLogic":[{"SkipToDestination":"${to}","QuestionID":"QID1"}]}`;
    const text = surveyOf(
      [
        { id: "QID1", text: "{{img:left}}" },
        { id: "QID2", text: "{{img:right}}" },
        { id: "QID3", text: "Bye" },
      ],
      [["QID1", "QID2", "QID3"]],
    );
    const skipping = (to: string) =>
      text.replace('{"Type":"Question","QuestionID":"QID1"}', skipTo(to));
    expect(made("survey.qsf", skipping("QID3")).skipping).toEqual(["QID1"]);
    expect(made("survey.qsf", skipping("ENDOFBLOCK")).skipping).toEqual(["QID1"]);
    const { text: filled, named, skipping: none } = made("survey.qsf", skipping("QID2"));
    expect({ named, none }).toEqual({ named: [], none: [] });
    const ids = questionsIn(filled).map((one) => (one as { QuestionID: string }).QuestionID);
    expect(filled).toContain(`"SkipToDestination":"${ids[3]}","QuestionID":"${ids[2]}"`);
  });

  it("names what else in the survey leads to the first copy", () => {
    const text = surveyOf(
      [
        { id: "QID1", text: "{{img:left}}" },
        { id: "QID12", text: "Later", DisplayLogic: "q://QID1/x" },
      ],
      [["QID1", "QID12"]],
    );
    expect(made("survey.qsf", text).named).toEqual(["QID1"]);
  });

  it.each([
    [
      "without a picture",
      surveyOf([{ id: "QID1", text: "Hi" }], [["QID1"]]),
      "TEMPLATE_WITHOUT_PICTURE",
    ],
    ["unused", surveyOf([{ id: "QID1", text: "{{img:left}}" }], [[]]), "TEMPLATE_WITHOUT_PICTURE"],
    [
      "with an ID of another kind",
      surveyOf([{ id: "Q1", text: "{{img:left}}" }], [["Q1"]]),
      "TEMPLATE_QUESTION_ID",
    ],
    [
      "with pictures of two groups",
      surveyOf(
        [
          { id: "QID1", text: idOf("L1") },
          { id: "QID2", text: idOf("R3") },
        ],
        [["QID1", "QID2"]],
      ),
      "TEMPLATE_MIXED",
    ],
    ["of something else", "{}", "TEMPLATE_NOT_A_SURVEY"],
  ])("is not made of one %s", (_what, text, code) => {
    expect(() => made("survey.qsf", text)).toThrow(expect.objectContaining({ code }));
  });
});

it("says of a question that is in the trash alone that it is there", () => {
  const text = surveyOf([{ id: "QID5", text: "{{img:left}}" }], [[]]);
  expect(() => made("survey.qsf", text)).toThrow(/no question in a block of .* in no block: QID5/);
});

describe("a question of the advanced import format", () => {
  it("is repeated in its block, with a page break, and its id is its own", () => {
    const text = [
      ...["[[AdvancedFormat]]", "", "[[Block:One]]", "[[Question:DB]]", "Hello", ""],
      ...[
        "[[Block:Two]]",
        "[[Question:MC]]",
        "[[ID:nice]]",
        "{{url:left}}?",
        "[[Choices]]",
        "Yes",
        "No",
        "",
      ],
      ...["[[PageBreak]]", "[[Question:DB]]", "Bye {{graphic:Logo}}", ""],
    ].join("\r\n");
    const { text: filled } = made("survey.txt", text);
    expect(filled.split(/\r?\n/).filter((line) => line !== "")).toEqual([
      ...["[[AdvancedFormat]]", "[[Block:One]]", "[[Question:DB]]", "Hello", "[[Block:Two]]"],
      ...["1", "2", "3"].flatMap((trial) => [
        "[[Question:MC]]",
        `[[ID:nice_${trial}${trial === "3" ? "_Trial_3" : ""}]]`,
        `${urlOf(idOf(`L${trial}`))}?`,
        ...["[[Choices]]", "Yes", "No", "[[PageBreak]]"],
      ]),
      ...["[[Question:DB]]", `Bye ${idOf("Logo")}`],
    ]);
  });

  it("may have its ID above it, as some programs write it", () => {
    const text = [
      ...["[[AdvancedFormat]]", "", "[[ID:hello]]", "[[Question:DB]]", "Hello", ""],
      ...["[[ID:nice]]", "[[Question:Matrix]]", "{{graphic:left}}", ""],
      ...["[[ID:bye]]", "[[Question:DB]]", "Bye", ""],
    ].join("\n");
    const lines = made("survey.txt", text).text.split("\n");
    expect(lines.filter((line) => /ID|IM_/.test(line))).toEqual([
      "[[ID:hello]]",
      ...["[[ID:nice_1]]", idOf("L1"), "[[ID:nice_2]]", idOf("L2")],
      ...["[[ID:nice_3_Trial_3]]", idOf("L3"), "[[ID:bye]]"],
    ]);
  });

  it("is not made of other text", () => {
    const [code, hint] = ["TEMPLATE_NOT_A_SURVEY", expect.stringContaining("Advanced Format")];
    expect(() => made("a.txt", "{{img:left}}")).toThrow(expect.objectContaining({ code, hint }));
  });
});
