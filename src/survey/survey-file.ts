import { extname } from "node:path";
import { decodeHTMLStrict } from "entities";
import { findHeader } from "../manifest/csv-records.ts";
import type { Span } from "../manifest/manifest.ts";

/** A stretch of a file's text without the escapes of its format, and the way back into the file. */
export interface TextPart {
  text: string;
  /** What stands there. `label`: a question's text without its tags, which Qualtrics cuts after 99 characters. */
  kind: "markup" | "code" | "label";
  /** The offset in the file of what is at `index` of `text`, its end included. */
  offsetAt(index: number): number;
  /** A new piece of `text` as the file has to hold it. */
  encode(text: string): string;
  /** Where some pieces cannot be written alone: the whole new `text` as the file has to hold it then. */
  whole?: { isNeededFor(piece: string): boolean; encode(text: string): string };
  /** In JSON: keys and positions, from the outermost. */
  path?: readonly (string | number)[];
}

/** What can be the start of a reference: all else is not looked at. */
const MAY_REFER = /IM_|<img|!\[|[{]|&|%7B|\\u/i;

const CODE = /^\.(?:[cm]?[jt]sx?|py|r)$/i;

/** Whether a file is JSON by its name. */
export function isJson(file: string): boolean {
  return /\.(?:qsf|json)$/i.test(file);
}

/** Whether a file is Markdown by its name. */
export function isMarkdown(file: string): boolean {
  return /\.(?:md|markdown|[rq]md)$/i.test(file);
}

/** The stretches of a file's text in which graphics can be named. JSON is well-formed. */
export function* partsOf(file: string, text: string): Generator<TextPart> {
  const ending = extname(file);
  if (isJson(file)) yield* jsonParts(text);
  else if (/^\.(?:csv|tsv)$/i.test(ending)) yield* csvParts(text);
  else yield { text, kind: CODE.test(ending) ? "code" : "markup", ...UNESCAPED };
}

const UNESCAPED = { offsetAt: (index: number) => index, encode: (text: string) => text };

/** The header of a CSV is looked for in so much of it. */
const HEADER_CHARACTERS = 100_000;

function* csvParts(text: string): Generator<TextPart> {
  const found = findHeader(Buffer.from(text.slice(0, HEADER_CHARACTERS)));
  const delimiter = found && "delimiter" in found ? found.delimiter : ",";
  const cells = new RegExp(`"[^"]*(?:""[^"]*)*"|[^${delimiter}\r\n"][^${delimiter}\r\n]*`, "g");
  const needsQuotes = new RegExp(`[${delimiter}\r\n"]`);
  for (const { 0: cell, index } of text.matchAll(cells)) {
    if (!MAY_REFER.test(cell)) continue;
    const double = (value: string) => value.replaceAll('"', '""');
    if (cell.startsWith('"')) {
      const part = unescapePart(cell.slice(1, -1), index + 1, /""/g, () => '"');
      yield { ...part, kind: "markup", encode: double };
    } else {
      const whole = {
        isNeededFor: (piece: string) => needsQuotes.test(piece),
        encode: (value: string) => `"${double(value)}"`,
      };
      const offsetAt = (at: number) => index + at;
      yield { text: cell, kind: "markup", offsetAt, encode: (piece) => piece, whole };
    }
  }
}

/** `raw` at `start` of a file without its escapes, each of which stands for one character. */
function unescapePart(
  raw: string,
  start: number,
  escapes: RegExp,
  meaningOf: (found: string) => string,
): Pick<TextPart, "text" | "offsetAt"> {
  // Where the escapes are in the text, and by how much what follows them is further on in the file.
  const at: number[] = [];
  const shifts = [0];
  let shift = 0;
  for (const { 0: found, index } of raw.matchAll(escapes)) {
    at.push(index - shift);
    shift += found.length - 1;
    shifts.push(shift);
  }
  const text = raw.replace(escapes, meaningOf);
  return { text, offsetAt: (index) => start + index + (shifts[countBelow(at, index)] ?? 0) };
}

/** How many of the ascending numbers are below `limit`. */
export function countBelow(ascending: readonly number[], limit: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? 0) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Keys and positions, from the outermost. */
type Path = readonly (string | number)[];

/** All texts, objects and lists of a well-formed JSON text, keys left out; what is within one comes before it. */
export function* jsonValues(text: string): Generator<Span & { path: Path }> {
  for (const { start, end, isKey, levels } of walkJson(text)) {
    if (!isKey) yield { path: pathOf(levels), start, end };
  }
}

/** The strings of a well-formed JSON text, keys included: all other bytes of it stay as they are. */
function* jsonParts(text: string): Generator<TextPart> {
  for (const { start, end, levels } of walkJson(text)) {
    const token = text[start] === '"' ? text.slice(start, end) : "";
    if (MAY_REFER.test(token)) yield stringPart(token, start, pathOf(levels));
  }
}

/** An object or a list that is not closed yet, and what is being read of it. */
interface Level {
  start: number;
  at: string | number;
  expectsKey: boolean;
}

const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],]/g;

/** `levels`: what a key or value is in, as it is at that moment. */
function* walkJson(
  text: string,
): Generator<Span & { isKey: boolean; levels: readonly Level[] }, undefined> {
  const levels: Level[] = [];
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    const level = levels.at(-1);
    const end = index + token.length;
    if (token === "{") levels.push({ start: index, at: "", expectsKey: true });
    else if (token === "[") levels.push({ start: index, at: 0, expectsKey: false });
    else if (token === ",") expectNext(level);
    else if (token.startsWith('"')) {
      const isKey = level?.expectsKey === true;
      if (isKey) Object.assign(level, { at: JSON.parse(token), expectsKey: false });
      yield { start: index, end, isKey, levels };
    } else yield { start: levels.pop()?.start ?? 0, end, isKey: false, levels };
  }
}

function expectNext(level: Level | undefined): void {
  if (typeof level?.at === "number") level.at += 1;
  else if (level) level.expectsKey = true;
}

function pathOf(levels: readonly Level[]): Path {
  return levels.map(({ at }) => at);
}

const ESCAPE = /\\(?:u[0-9a-f]{4}|.)/gi;

const KINDS = new Map<unknown, TextPart["kind"]>([
  ["QuestionJS", "code"],
  ["QuestionDescription", "label"],
  ["SecondaryAttribute", "label"],
]);

function stringPart(token: string, start: number, path: Path): TextPart {
  return {
    ...unescapePart(token.slice(1, -1), start + 1, ESCAPE, (found) => JSON.parse(`"${found}"`)),
    kind: KINDS.get(path.at(-1)) ?? "markup",
    encode: (text) => JSON.stringify(text).slice(1, -1),
    path,
  };
}

/** A survey's question, as people know it. */
interface Question {
  id: string;
  /** Its text without tags, cut. */
  text: string;
  /** Whether places within its picture are recorded in pixels: a heat map or a hot spot. */
  hasRegions: boolean;
}

/** The question in which a path of a survey's JSON lies; undefined: none. */
export function questionAt(survey: unknown, path: Path): Question | undefined {
  let question: Question | undefined;
  let value = survey;
  for (const key of path) {
    if (!isObject(value)) return question;
    value = value[key];
    // Of an element of a survey file the question is the payload.
    const found = isObject(value) && isObject(value.Payload) ? value.Payload : value;
    if (!isObject(found) || typeof found.QuestionText !== "string") continue;
    const { QuestionID, QuestionType, Selector, QuestionText } = found;
    // A translation has a text and no id.
    if (question && QuestionID === undefined) continue;
    const hasRegions = [QuestionType, Selector].some((one) =>
      /^(heatmap|hotspot)$/i.test(`${one}`),
    );
    question = { id: `${QuestionID ?? key}`, text: plainText(QuestionText), hasRegions };
  }
  return question;
}

/** An object or a list. */
export function isObject(value: unknown): value is Record<string | number, unknown> {
  return typeof value === "object" && value !== null;
}

const TEXT_SHOWN = 60;

function plainText(html: string): string {
  const text = decodeHTMLStrict(html.replace(/<[^<>]*>/g, " "))
    .replace(/\s+/g, " ")
    .trim();
  return text.length > TEXT_SHOWN ? `${text.slice(0, TEXT_SHOWN).trimEnd()}…` : text;
}
