import { applySplices, type Splice } from "../manifest/edit/manifest-edit.ts";
import type { Span } from "../manifest/manifest.ts";
import { UserError } from "../user-error.ts";
import type { QuestionCopies, RepeatedText } from "./question-copies.ts";
import { isObject, jsonValues } from "./survey-file.ts";

interface Question {
  /** Position among the survey's elements. */
  at: number;
  id: string;
  /** Its element, as it is written. */
  text: string;
}

/**
 * Repeats the questions of a survey file (.qsf): in each block the stretch from the first to the last that is to be
 * repeated, with a page break behind it. The first copy keeps the ids. Of a question in no block there is one copy.
 */
export function repeatInSurvey(
  text: string,
  survey: unknown,
  copies: QuestionCopies,
): RepeatedText {
  return new Repeating(text, survey, copies).repeat();
}

class Repeating {
  readonly #text: string;
  readonly #copies: QuestionCopies;
  readonly #elements: readonly unknown[];
  readonly #spans = new Map<string, Span>();
  readonly #questions = new Map<string, Question>();
  /** Ids of the questions that are in a block. */
  readonly #used = new Set<string>();
  readonly #skipping: string[] = [];
  readonly #splices: Splice[] = [];
  #lastNumber = 0;
  #added = 0;

  constructor(text: string, survey: unknown, copies: QuestionCopies) {
    this.#text = text;
    this.#copies = copies;
    const elements = isObject(survey) ? survey.SurveyElements : undefined;
    if (!Array.isArray(elements)) throw notASurvey();
    this.#elements = elements;
    for (const { path, start, end } of jsonValues(text)) {
      this.#spans.set(path.join("\u0000"), { start, end });
    }
    for (const [at, element] of elements.entries()) {
      if (!isObject(element) || element.Element !== "SQ") continue;
      const id = `${element.PrimaryAttribute}`;
      this.#questions.set(id, { at, id, text: this.#textAt("SurveyElements", at) });
    }
    for (const [, number] of text.matchAll(/QID(\d+)/g)) {
      this.#lastNumber = Math.max(this.#lastNumber, Number(number));
    }
  }

  repeat(): RepeatedText {
    const repeated: string[] = [];
    for (const [at, element] of this.#elements.entries()) {
      if (!isObject(element) || element.Element !== "BL" || !isObject(element.Payload)) continue;
      for (const [key, block] of Object.entries(element.Payload)) {
        if (!isObject(block) || block.Type === "Trash" || !isObject(block.BlockElements)) continue;
        const path = ["SurveyElements", at, "Payload", key, "BlockElements"];
        repeated.push(...this.#repeatIn(Object.entries(block.BlockElements), path));
      }
    }
    const unused = [...this.#questions.values()].filter(
      ({ id, text }) => !this.#used.has(id) && this.#copies.isToRepeat(text),
    );
    const questions = repeated.flatMap((id) => this.#questions.get(id) ?? []);
    const stretches = [...questions, ...(repeated.length === 0 ? [] : unused)].flatMap(
      ({ at }) => this.#spanOf(["SurveyElements", at]) ?? [],
    );
    for (const { at, text } of unused) {
      this.#replace(["SurveyElements", at], this.#copies.copy(text, 0));
    }
    this.#count();
    return {
      text: applySplices(this.#text, this.#splices),
      stretches,
      named: this.#namedElsewhere(repeated),
      skipping: this.#skipping,
      unused: unused.map(({ id }) => id),
    };
  }

  #spanOf(path: readonly (string | number)[]): Span | undefined {
    return this.#spans.get(path.join("\u0000"));
  }

  #textAt(...path: readonly (string | number)[]): string {
    const { start, end } = this.#spanOf(path) ?? { start: 0, end: 0 };
    return this.#text.slice(start, end);
  }

  #replace(path: readonly (string | number)[], text: string): void {
    const span = this.#spanOf(path);
    if (span) this.#splices.push({ ...span, text });
  }

  /** Gives the ids of the questions of a block that are repeated. */
  #repeatIn(items: [string, unknown][], path: readonly (string | number)[]): string[] {
    for (const [, item] of items) if (isObject(item)) this.#used.add(`${item.QuestionID}`);
    const questionOf = ([, item]: [string, unknown]) =>
      isObject(item) && item.Type === "Question"
        ? this.#questions.get(`${item.QuestionID}`)
        : undefined;
    const isMeant = (item: [string, unknown]) => {
      const question = questionOf(item);
      return question !== undefined && this.#copies.isToRepeat(question.text);
    };
    const [first, last] = [items.findIndex(isMeant), items.findLastIndex(isMeant)];
    if (first === -1) return [];
    const [, next] = items[last + 1] ?? [];
    const end = isObject(next) && next.Type === "Page Break" ? last + 2 : last + 1;
    const stretch = items.slice(first, end);
    const questions = stretch.flatMap((item) => questionOf(item) ?? []);
    for (const { id } of questions) if (!/^QID\d+$/.test(id)) throw notAnId(id);
    this.#skipping.push(...skippingPast(stretch, questions));
    this.#copies.refuseMixed(`[${questions.map(({ text }) => text).join(",")}]`);
    const maps = Array.from({ length: this.#copies.count }, (_none, index) => {
      return new Map(questions.map(({ id }) => [id, index === 0 ? id : this.#newId()]));
    });
    const textOf = ([key]: [string, unknown]) => this.#textAt(...path, key);
    const all = [
      ...items.slice(0, first).map(textOf),
      ...maps.flatMap((ids) => stretch.map((item) => renamed(textOf(item), ids))),
      ...items.slice(end).map(textOf),
    ];
    this.#replace(path, `[${all.join(",")}]`);
    for (const question of questions) {
      const copied = maps.map((ids, index) => this.#copyOf(question, ids, index));
      this.#replace(["SurveyElements", question.at], copied.join(","));
    }
    this.#added += questions.length * (this.#copies.count - 1);
    return questions.map(({ id }) => id);
  }

  #copyOf({ text }: Question, ids: ReadonlyMap<string, string>, index: number): string {
    const copied = this.#copies.copy(text, index);
    return renamed(suffixTags(copied, this.#copies.suffixOf(index)), ids);
  }

  #newId(): string {
    this.#lastNumber += 1;
    return `QID${this.#lastNumber}`;
  }

  /** The survey's own count of its questions. */
  #count(): void {
    const at = this.#elements.findIndex((one) => isObject(one) && one.Element === "QC");
    const count = Number.parseInt(
      JSON.parse(this.#textAt("SurveyElements", at, "SecondaryAttribute") || '""'),
      10,
    );
    if (Number.isNaN(count)) return;
    this.#replace(["SurveyElements", at, "SecondaryAttribute"], `"${count + this.#added}"`);
  }

  /** Those of the repeated questions that something else names than their elements and their places in blocks. */
  #namedElsewhere(repeated: readonly string[]): string[] {
    const own = new Set(repeated.map((one) => this.#questions.get(one)?.at));
    const ids = new Set<unknown>(repeated);
    const isItem = (value: unknown) =>
      isObject(value) && value.Type === "Question" && ids.has(value.QuestionID);
    const others = JSON.stringify(
      this.#elements.filter((_element, at) => !own.has(at)),
      (_key, value) => (isItem(value) ? undefined : value),
    );
    return repeated.filter((id) => new RegExp(`${id}(?![0-9])`).test(others));
  }
}

function renamed(text: string, ids: ReadonlyMap<string, string>): string {
  return text.replace(/QID\d+/g, (id) => ids.get(id) ?? id);
}

/** Ids of the questions of a stretch whose skip logic leads out of it. */
function skippingPast(
  stretch: readonly (readonly [string, unknown])[],
  questions: readonly Question[],
): string[] {
  return stretch.flatMap(([, item]) => {
    if (!isObject(item) || !isObject(item.SkipLogic)) return [];
    const isOut = (rule: unknown) =>
      isObject(rule) &&
      !/^ENDOFSURVEY$/i.test(`${rule.SkipToDestination}`) &&
      questions.every(({ id }) => id !== rule.SkipToDestination);
    return Object.values(item.SkipLogic).some(isOut) ? [`${item.QuestionID}`] : [];
  });
}

function notAnId(id: string): UserError {
  const message = `the question '${id}' has no ID as Qualtrics makes them (QID1)`;
  return new UserError("TEMPLATE_QUESTION_ID", message, {
    hint: "import the survey into Qualtrics, and export it again",
  });
}

function notASurvey(): UserError {
  return new UserError("TEMPLATE_NOT_A_SURVEY", "the JSON of the template is not a survey file", {
    hint: "in Qualtrics, choose Tools > Import/Export > Export Survey",
  });
}

/**
 * A question's element with `suffix` added to its export tag and to all that name columns of the data after it: the
 * rows of a matrix, the parts of a question side by side. Tags of their own get it at their end.
 */
function suffixTags(element: string, suffix: string): string {
  const texts = [...jsonValues(element)].filter(({ start }) => element[start] === '"');
  const tags = texts.filter(
    ({ path }) => path.at(-1) === "DataExportTag" || path.includes("ChoiceDataExportTags"),
  );
  const own = texts.find(({ path }) => path.join("/") === "Payload/DataExportTag");
  const tag = own === undefined ? "" : element.slice(own.start + 1, own.end - 1);
  const splices = tags.flatMap(({ start, end }): Splice[] => {
    const text = element.slice(start + 1, end - 1);
    if (text === "") return [];
    const rest = text.slice(tag.length);
    const isPart = tag !== "" && text.startsWith(tag) && /^(?:$|[^a-z0-9])/i.test(rest);
    const at = isPart ? start + 1 + tag.length : end - 1;
    return [{ start: at, end: at, text: suffix }];
  });
  return applySplices(element, splices);
}
