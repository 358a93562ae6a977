import { join, resolve } from "node:path";
import { readSurveyBytes } from "../files/read-manifest.ts";
import { hasErrors } from "../manifest/diagnostic.ts";
import { type LoopColumns, loopGroups } from "../report/loop-merge.ts";
import { fillText } from "../survey/fill-text.ts";
import { KnownGraphics, type KnownRow, type PlaceableRow } from "../survey/known-graphics.ts";
import { repeatQuestions } from "../survey/repeat-questions.ts";
import { isJson } from "../survey/survey-file.ts";
import { UserError } from "../user-error.ts";
import { decodeSurvey, parseSurvey } from "./fill.ts";
import type { OpenedManifest } from "./open-job.ts";
import type { UrlOptions } from "./options.ts";
import { imageFolders, readJobRecord } from "./survey-record.ts";

/** A survey made of an exported one, and the rows without a graphic, whose groups are not in it. */
export interface FilledTemplate {
  text: string;
  missing: readonly KnownRow[];
}

/** A survey that is not read from this disk. */
export interface GivenSurvey {
  /** Of its file, without folders. */
  name: string;
  bytes: Uint8Array;
}

/**
 * Repeats the question of an exported survey for each group of a manifest's pictures, and fills it. Undefined where
 * something in it cannot be filled: that was told.
 */
export async function fillTemplate(
  job: OpenedManifest,
  survey: string | GivenSurvey,
  options: LoopColumns & UrlOptions,
): Promise<FilledTemplate | undefined> {
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
  const repeated = repeatQuestions(request, parse(text));
  const filled = fillText({
    file: template,
    text: repeated.text,
    survey: parse(repeated.text),
    folders: imageFolders(path, [paths]),
    known: repeated.knowing(new KnownGraphics([record])),
    replaced: false,
    sizeOf: () => undefined,
  });
  host.watcher.tell({ kind: "diagnostics", found: filled.diagnostics });
  if (hasErrors(filled.diagnostics)) return undefined;
  if (repeated.named.length > 0) {
    const questions = repeated.named.join(", ");
    const named = `other parts of ${template} name ${questions}, such as its flow or logic: that is the first copy now`;
    host.watcher.tell({ kind: "warning", text: named });
  }
  const missing = record.rows.filter(({ graphicId }) => graphicId === null);
  return { text: filled.text, missing };
}

function nothingUploaded(manifest: string): UserError {
  return new UserError("TEMPLATE_NO_GRAPHICS", `no question of ${manifest} has all its graphics`, {
    hint: "run `qgfx apply` first",
  });
}
