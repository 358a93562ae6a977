import { join, resolve } from "node:path";
import { readSurveyBytes } from "../files/read-file.ts";
import { type Diagnostic, hasErrors } from "../manifest/diagnostic.ts";
import { type LoopColumns, loopGroups } from "../report/loop-merge.ts";
import { plural } from "../report/units.ts";
import { fillText, type Knowing } from "../survey/fill-text.ts";
import { KnownGraphics, type KnownRow, type PlaceableRow } from "../survey/known-graphics.ts";
import type { QuestionGroup, RepeatRequest } from "../survey/question-copies.ts";
import { type RepeatedQuestions, repeatQuestions } from "../survey/repeat-questions.ts";
import { isJson } from "../survey/survey-file.ts";
import { UserError } from "../user-error.ts";
import { decodeSurvey, parseSurvey } from "./fill.ts";
import type { OpenedManifest } from "./open-job.ts";
import type { UrlOptions } from "./options.ts";
import { imageFolders, readJobRecord } from "./survey-record.ts";

/** A survey that is not read from this disk. */
export interface GivenSurvey {
  /** Of its file, without folders. */
  name: string;
  bytes: Uint8Array;
}

/**
 * Repeats the question of an exported survey for each group of a manifest's pictures, and fills it; `missing`: the
 * rows without a graphic, whose groups are not in it. Undefined where something cannot be filled: that was told.
 */
export async function fillTemplate(
  job: OpenedManifest,
  survey: string | GivenSurvey,
  options: LoopColumns & UrlOptions,
): Promise<{ text: string; missing: readonly KnownRow[] } | undefined> {
  const { manifest, paths, host } = job;
  const isOnDisk = typeof survey === "string";
  const template = isOnDisk ? survey : survey.name;
  const path = isOnDisk ? resolve(host.cwd, survey) : join(paths.baseDir, survey.name);
  const bytes = isOnDisk ? await readSurveyBytes(path) : survey.bytes;
  const text = decodeSurvey(template, bytes).utf8.toString("utf8");
  const parse = (json: string) => (isJson(template) ? parseSurvey(template, json) : undefined);
  const record = await readJobRecord(job, options);
  const { fields, groups } = loopGroups(record.rows, manifest, options);
  const names = options.columns === undefined ? fields.map((_field, at) => `${at + 1}`) : fields;
  const placeable = groups.flatMap(({ label, rows }) => {
    const there = rows.filter((row): row is PlaceableRow => row.graphicId !== null);
    return there.length === rows.length ? { label, rows: there } : [];
  });
  if (placeable.length === 0) throw nothingUploaded(manifest.file);
  const request = { file: template, text, fields: names, groups: placeable };
  const known = new KnownGraphics([record]);
  const filling = (filled: string, knowing: Knowing) =>
    fillText({
      file: template,
      text: filled,
      survey: parse(filled),
      folders: imageFolders(path, [paths]),
      known: knowing,
      replaced: false,
      sizeOf: () => undefined,
    });
  const tell = (found: readonly Diagnostic[]) => {
    host.watcher.tell({ kind: "diagnostics", found: found.map((one) => hintOf(one, names)) });
    return hasErrors(found);
  };
  const repeated = repeatOr(request, parse(text), () => tell(filling(text, known).diagnostics));
  // What is wrong is told once, at its place in the template, and not of each copy.
  if (tell(filling(text, repeated.checking(known)).diagnostics)) return undefined;
  const filled = filling(repeated.text, repeated.knowing(known));
  const errors = filled.diagnostics.filter(({ severity }) => severity === "error");
  if (tell(errors)) return undefined;
  for (const warning of warningsOf(template, repeated, placeable)) {
    host.watcher.tell({ kind: "warning", text: warning });
  }
  const missing = record.rows.filter(({ graphicId }) => graphicId === null);
  return { text: filled.text, missing };
}

/** What is wrong with its placeholders, which `tellFaults` says, may be why a template has nothing to repeat. */
function repeatOr(
  request: RepeatRequest,
  survey: unknown,
  tellFaults: () => void,
): RepeatedQuestions {
  try {
    return repeatQuestions(request, survey);
  } catch (error) {
    if (error instanceof UserError && error.code === "TEMPLATE_WITHOUT_PICTURE") tellFaults();
    throw error;
  }
}

/** A diagnostic with what to do about an image of a question that has not so many, or none of that name. */
function hintOf(found: Diagnostic, fields: readonly string[]): Diagnostic {
  const isUnknown =
    found.code === "FILL_NAME_UNKNOWN" && /^\{\{\w+:\d+\}\}$/.test(found.value ?? "");
  if (!isUnknown || fields.some((field, at) => field !== `${at + 1}`)) return found;
  const count = `a question has ${plural(fields.length, "image")} here`;
  return { ...found, hint: `${count}; --group-by COLUMN puts rows with the same text together` };
}

function warningsOf(
  template: string,
  { named, skipping }: RepeatedQuestions,
  groups: readonly QuestionGroup[],
): string[] {
  const earlier = groups.flatMap(({ rows }) => rows.filter(({ status }) => status !== "uploaded"));
  const [first] = earlier;
  return [
    ...(named.length === 0
      ? []
      : [
          `other parts of ${template} name ${named.join(", ")}, such as its flow or logic: that is the first copy now`,
        ]),
    ...(skipping.length === 0
      ? []
      : [
          `the skip logic of ${skipping.join(", ")} leads out of the repeated questions: it skips the copies that follow`,
        ]),
    ...(first === undefined
      ? []
      : [
          `${plural(earlier.length, "row")} changed and not uploaded since, the first in line ${first.row.line}: the questions get the earlier images`,
        ]),
  ];
}

function nothingUploaded(manifest: string): UserError {
  return new UserError("TEMPLATE_NO_GRAPHICS", `no question of ${manifest} has all its graphics`, {
    hint: "run `qgfx apply` first",
  });
}
