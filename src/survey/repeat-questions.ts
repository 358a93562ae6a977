import { showValue } from "../manifest/diagnostic.ts";
import { UserError } from "../user-error.ts";
import type { Knowing } from "./fill-text.ts";
import { QuestionCopies, type RepeatRequest } from "./question-copies.ts";
import { repeatInSurvey } from "./repeat-in-qsf.ts";
import { repeatInText } from "./repeat-in-text.ts";

/** A survey file whose question is there once for each group; its placeholders are still to be filled. */
export interface RepeatedQuestions {
  text: string;
  /** What placeholders of copies name, besides what `known` knows. */
  knowing(known: Knowing): Knowing;
  /** Ids of questions that other parts of the survey name: those lead to the first copy. */
  named: readonly string[];
}

/**
 * Repeats a file's question for each group; `survey` is the file's JSON, undefined for the advanced import format. A
 * `UserError` where no question has pictures that change.
 */
export function repeatQuestions(request: RepeatRequest, survey: unknown): RepeatedQuestions {
  const copies = new QuestionCopies(request);
  const repeated =
    survey === undefined
      ? { text: repeatInText(request.text, copies), named: [] }
      : repeatInSurvey(request.text, survey, copies);
  const { text, named = [] } = repeated ?? {};
  if (text === undefined) throw nothingToRepeat(request);
  const knowing = (known: Knowing): Knowing => ({
    find: (names) => {
      const row = copies.rowOf(names);
      return row ? { row } : known.find(names);
    },
    findFile: (...given) => known.findFile(...given),
    rowOf: (id) => known.rowOf(id),
    sha256Of: (id) => known.sha256Of(id),
    successorOf: (id) => known.successorOf(id),
  });
  return { text, knowing, named };
}

function nothingToRepeat({ file, fields }: RepeatRequest): UserError {
  const [first = "1"] = fields;
  const named =
    fields.length > 1 ? `; the images are called ${fields.map(showValue).join(", ")}` : "";
  return new UserError(
    "TEMPLATE_WITHOUT_PICTURE",
    `no question of ${file} has an image to change`,
    {
      hint: `write {{img:${first}}} where it belongs${named}`,
    },
  );
}
