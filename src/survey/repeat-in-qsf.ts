import { applySplices, type Splice } from "../manifest/edit/manifest-edit.ts";
import { UserError } from "../user-error.ts";
import { isObject, jsonValues } from "./json-parts.ts";
import type { QuestionCopies } from "./question-copies.ts";

/** A question of a survey file. */
interface Question {
  /** Position among the survey's elements. */
  at: number;
  id: string;
  /** Its element, as it is written. */
  text: string;
}

/** A survey with its questions repeated, and the ids of those that other parts of the survey name. */
export interface RepeatedSurvey {
  text: string;
  named: string[];
}

/**
 * Repeats the questions of a survey file (.qsf): in each block the stretch from the first to the last that is to be
 * repeated, with a page break behind it. The first copy keeps the ids. `undefined`: none is to be repeated.
 */
export function repeatInSurvey(
  text: string,
  survey: unknown,
  copies: QuestionCopies,
): RepeatedSurvey | undefined {
  return new Repeating(text, survey, copies).repeat();
}

class Repeating {
  readonly #text: string;
  readonly #copies: QuestionCopies;
  readonly #elements: readonly unknown[];
  readonly #spans = new Map<string, { start: number; end: number }>();
  readonly #questions = new Map<string, Question>();
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

  repeat(): RepeatedSurvey | undefined {
    const repeated: string[] = [];
    for (const [at, element] of this.#elements.entries()) {
      if (!isObject(element) || element.Element !== "BL" || !isObject(element.Payload)) continue;
      for (const [key, block] of Object.entries(element.Payload)) {
        if (!isObject(block) || block.Type === "Trash" || !isObject(block.BlockElements)) continue;
        const path = ["SurveyElements", at, "Payload", key, "BlockElements"];
        repeated.push(...this.#repeatIn(Object.entries(block.BlockElements), path));
      }
    }
    if (repeated.length === 0) return undefined;
    this.#count();
    const named = repeated.filter((id) => this.#isNamedElsewhere(id, repeated));
    return { text: applySplices(this.#text, this.#splices), named };
  }

  #textAt(...path: readonly (string | number)[]): string {
    const { start, end } = this.#spans.get(path.join("\u0000")) ?? { start: 0, end: 0 };
    return this.#text.slice(start, end);
  }

  #replace(path: readonly (string | number)[], text: string): void {
    const span = this.#spans.get(path.join("\u0000"));
    if (span) this.#splices.push({ ...span, text });
  }

  /** Gives the ids of the questions of a block that are repeated. */
  #repeatIn(items: [string, unknown][], path: readonly (string | number)[]): string[] {
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
    const tag = [...jsonValues(copied)].find(
      ({ path }) => path.length === 2 && path[0] === "Payload" && path[1] === "DataExportTag",
    );
    if (!tag) return renamed(copied, ids);
    // Its last character is the quote.
    const at = { start: tag.end - 1, end: tag.end - 1, text: this.#copies.suffixOf(index) };
    return renamed(applySplices(copied, [at]), ids);
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

  #isNamedElsewhere(id: string, repeated: readonly string[]): boolean {
    const own = new Set(repeated.map((one) => this.#questions.get(one)?.at));
    const others = this.#elements.filter((_element, at) => !own.has(at));
    const mentions = JSON.stringify(others).match(new RegExp(`${id}(?![0-9])`, "g")) ?? [];
    // Once in its block.
    return mentions.length > 1;
  }
}

function renamed(text: string, ids: ReadonlyMap<string, string>): string {
  return text.replace(/QID\d+/g, (id) => ids.get(id) ?? id);
}

function notASurvey(): UserError {
  return new UserError("TEMPLATE_NOT_A_SURVEY", "the JSON of the template is not a survey file", {
    hint: "in Qualtrics, choose Tools > Import/Export > Export Survey",
  });
}
