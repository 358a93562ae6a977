import { existsSync, statSync } from "node:fs";
import { basename, dirname, extname, join, resolve } from "node:path";
import { readSurveyBytes } from "../files/read-file.ts";
import { replaceFile } from "../files/replace-file.ts";
import { makeFolder } from "../files/write-refusal.ts";
import { hasErrors } from "../manifest/diagnostic.ts";
import { type DecodedText, decodeText, encodeText } from "../manifest/text-encoding.ts";
import { EXIT } from "../report/summary.ts";
import type { FillDocument } from "../report/survey-documents.ts";
import { type FilledText, fillText } from "../survey/fill-text.ts";
import { KnownGraphics } from "../survey/known-graphics.ts";
import { isJson } from "../survey/survey-file.ts";
import { UserError } from "../user-error.ts";
import type { JobOptions, UrlOptions } from "./options.ts";
import { overwrittenBy } from "./overwriting.ts";
import { displayPath, type Paths } from "./paths.ts";
import { imageFolders, readSurveyRecord, type SurveyRecord } from "./survey-record.ts";
import { keepAndReplace } from "./validate.ts";
import { isConfirmed, type JobHost, type JobResult } from "./watcher.ts";

/** What decides how files are filled. */
export interface FillOptions extends JobOptions, UrlOptions {
  /** Manifests; every uploaded one of the working folder without. */
  with?: readonly string[];
  /** A file, or for several files a folder. */
  out?: string;
  inPlace?: boolean;
  yes?: boolean;
  /** Whether ids that were replaced are put in. */
  replaced?: boolean;
  /** Whether ids that are out of date are looked for, and nothing is written. */
  check?: boolean;
}

/** A file that was read, and what it becomes. */
interface FilledFile {
  /** As the user named it. */
  file: string;
  /** Absolute. */
  path: string;
  bytes: Uint8Array;
  decoded: DecodedText;
  filled: FilledText;
  /** Where it is written; absolute. Undefined: nowhere. */
  out: string | undefined;
}

/** Puts graphics into files: tells what goes where, and writes all of them or, where anything is wrong, none. */
export async function fill(
  files: readonly string[],
  options: FillOptions,
  host: JobHost,
): Promise<JobResult<FillDocument>> {
  const inputs = files.map((file) => resolve(host.cwd, file));
  const record = await readSurveyRecord(options.with ?? [], inputs, options, host);
  const outs = outputsOf(inputs, options, host.cwd);
  refuseOverwriting(outs, inputs, record.paths, options);
  const read = await readFiles(files, inputs, outs, { record, options });
  const diagnostics = read.flatMap(({ filled }) => filled.diagnostics);
  const document = describe(read, diagnostics, options, host);
  host.watcher.tell({ kind: "diagnostics", found: diagnostics });
  if (hasErrors(diagnostics)) return { exitCode: EXIT.usage, document };
  if (options.check) {
    const isOld = read.some(({ filled }) => filled.old.length > 0);
    return { exitCode: isOld ? EXIT.changesPending : EXIT.done, document };
  }
  host.watcher.tell({ kind: "filling", document });
  return write(read, document, options, host);
}

async function readFiles(
  files: readonly string[],
  inputs: readonly string[],
  outs: readonly (string | undefined)[],
  { record, options }: { record: SurveyRecord; options: FillOptions },
): Promise<FilledFile[]> {
  const known = new KnownGraphics(record.records);
  const sizeOf = (sha256: string) => record.sizes.get(sha256);
  const read: FilledFile[] = [];
  for (const [index, file] of files.entries()) {
    const path = inputs[index] ?? file;
    const bytes = await readSurveyBytes(path);
    const decoded = decodeSurvey(file, bytes);
    const text = decoded.utf8.toString("utf8");
    const survey = isJson(file) ? parseSurvey(file, text) : undefined;
    const folders = imageFolders(path, record.paths);
    const replaced = options.replaced === true;
    const request = { file, text, survey, folders, known, replaced, sizeOf };
    read.push({ file, path, bytes, decoded, filled: fillText(request), out: outs[index] });
  }
  return read;
}

/** The text of a file to fill; a `UserError` where its encoding is not known. */
export function decodeSurvey(file: string, bytes: Uint8Array): DecodedText {
  const decoded = decodeText(bytes);
  if ("utf8" in decoded) return decoded;
  const { message, line } = decoded;
  throw new UserError("SURVEY_ENCODING", `${file}, line ${line}: ${message}`, {
    hint: "save it as UTF-8; Word and Excel files cannot be filled",
  });
}

/** The JSON of a survey file; a `UserError` where it is none. */
export function parseSurvey(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/\s+/g, " ") : "";
    throw new UserError("SURVEY_NOT_JSON", `${file} is not valid JSON: ${why}`, {
      hint: "export the survey again",
    });
  }
}

/** Where each file is written; absolute. */
function outputsOf(
  inputs: readonly string[],
  { out, inPlace, check, sandbox }: FillOptions,
  cwd: string,
): (string | undefined)[] {
  if (check) return inputs.map(() => undefined);
  if (inPlace) return [...inputs];
  if (out === undefined) return inputs.map((path) => besideOf(path, sandbox === true));
  const target = resolve(cwd, out);
  const isFolder =
    inputs.length > 1 ||
    /[\\/]$/.test(out) ||
    (existsSync(target) && statSync(target).isDirectory());
  return isFolder ? inputs.map((path) => join(target, basename(path))) : [target];
}

/** `survey.filled.qsf`; of a rehearsal `survey.sandbox.filled.qsf`. */
function besideOf(path: string, isRehearsal: boolean): string {
  const ending = extname(path);
  const mark = isRehearsal ? ".sandbox.filled" : ".filled";
  return `${path.slice(0, path.length - ending.length)}${mark}${ending}`;
}

function refuseOverwriting(
  outs: readonly (string | undefined)[],
  inputs: readonly string[],
  paths: readonly Paths[],
  { inPlace }: FillOptions,
): void {
  for (const [index, out] of outs.entries()) {
    if (out === undefined) continue;
    const isInput = !inPlace && inputs.includes(out);
    const isTwice = outs.indexOf(out) !== index;
    const kept = paths.map((one) => overwrittenBy(out, one)).find((what) => what !== undefined);
    if (!isInput && !isTwice && kept === undefined) continue;
    const why = isTwice ? "twice" : isInput ? "a file to fill" : `the manifest's own: ${kept}`;
    throw new UserError("OUT_IS_INPUT", `${out} would be overwritten, which is ${why}`, {
      hint: isInput ? "name another with --out, or give --in-place" : "name another with --out",
    });
  }
}

function describe(
  read: readonly FilledFile[],
  diagnostics: FillDocument["diagnostics"],
  { check }: FillOptions,
  { cwd }: JobHost,
): FillDocument {
  const isWritten = !hasErrors(diagnostics);
  const files = read.map(({ file, filled, out }) => {
    const places = check ? filled.old : filled.places;
    const isKept = out === undefined || !isWritten;
    return { file, out: isKept ? null : displayPath(out, cwd), backup: null, places };
  });
  return { version: 1, files, diagnostics: [...diagnostics] };
}

async function write(
  read: readonly FilledFile[],
  document: FillDocument,
  { inPlace, yes, out: isNamed }: FillOptions,
  host: JobHost,
): Promise<JobResult<FillDocument>> {
  const changed = read.filter(({ filled }) => filled.places.length > 0);
  const count = changed.reduce((sum, { filled }) => sum + filled.places.length, 0);
  const question = { kind: "fill", count, files: changed.map(({ file }) => file) } as const;
  const isAgreed = !inPlace || yes || count === 0 || (await isConfirmed(question, host));
  const files: FillDocument["files"] = [];
  for (const [index, one] of read.entries()) {
    const described = document.files[index];
    if (!described) continue;
    // A file that stays as it is needs no copy, unless its name was given.
    const isWritten = isAgreed && (one.filled.places.length > 0 || isNamed !== undefined);
    const backup = isWritten ? await writeOne(one, inPlace === true) : undefined;
    const shown = backup === undefined ? null : displayPath(backup, host.cwd);
    files.push({ ...described, out: isWritten ? described.out : null, backup: shown });
  }
  const exitCode = isAgreed ? EXIT.done : EXIT.declined;
  return { exitCode, document: { ...document, files } };
}

/** Gives where the file is kept as it was. */
async function writeOne(
  { path, bytes, decoded, filled, out = path }: FilledFile,
  inPlace: boolean,
): Promise<string | undefined> {
  const { encoding, bom } = decoded;
  const dialect = { encoding, bom, delimiter: ",", newline: "\n" } as const;
  const written = filled.places.length === 0 ? bytes : encodeText(filled.text, dialect);
  if (inPlace) return keepAndReplace(path, bytes, written);
  if (!existsSync(dirname(out))) await makeFolder(dirname(out));
  await replaceFile(out, written);
  return undefined;
}
