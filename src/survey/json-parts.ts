import { decodeHTMLStrict } from "entities";
import type { Span } from "../manifest/manifest.ts";
import { MAY_REFER, type TextPart, unescapePart } from "./text-part.ts";

/** Keys and positions, from the outermost. */
type Path = readonly (string | number)[];

const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],]/g;
const ESCAPE = /\\(?:u[0-9a-f]{4}|.)/gi;

const KINDS = new Map<unknown, TextPart["kind"]>([
  ["QuestionJS", "code"],
  ["QuestionDescription", "label"],
  ["SecondaryAttribute", "label"],
]);

/** An object or a list that is not closed yet, and what is being read of it. */
interface Level {
  at: string | number;
  /** Whether the next string is a key. */
  expectsKey: boolean;
}

/** The strings of a well-formed JSON text, keys included: all other bytes of it stay as they are. */
export function* jsonParts(text: string): Generator<TextPart> {
  const levels: Level[] = [];
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    if (token.startsWith('"')) {
      const level = levels.at(-1);
      if (level?.expectsKey) Object.assign(level, { at: JSON.parse(token), expectsKey: false });
      if (MAY_REFER.test(token)) yield stringPart(token, index, levels);
    } else step(levels, token);
  }
}

/** A text, an object or a list of a well-formed JSON text, and where it is; what is within comes before it. */
export interface JsonValue extends Span {
  path: Path;
}

/** All texts, objects and lists of a well-formed JSON text, keys left out. */
export function* jsonValues(text: string): Generator<JsonValue> {
  const levels: Level[] = [];
  const starts: number[] = [];
  const pathNow = () => levels.map(({ at }) => at);
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    const level = levels.at(-1);
    const end = index + token.length;
    if (token.startsWith('"') && level?.expectsKey) {
      Object.assign(level, { at: JSON.parse(token), expectsKey: false });
    } else if (token.startsWith('"')) yield { path: pathNow(), start: index, end };
    else {
      step(levels, token);
      if (token === "{" || token === "[") starts.push(index);
      else if (token !== ",") yield { path: pathNow(), start: starts.pop() ?? 0, end };
    }
  }
}

function step(levels: Level[], token: string): void {
  if (token === "{") levels.push({ at: "", expectsKey: true });
  else if (token === "[") levels.push({ at: 0, expectsKey: false });
  else if (token !== ",") levels.pop();
  else {
    const level = levels.at(-1);
    if (typeof level?.at === "number") level.at += 1;
    else if (level) level.expectsKey = true;
  }
}

function stringPart(token: string, index: number, levels: readonly Level[]): TextPart {
  const path = levels.map(({ at }) => at);
  return {
    ...unescapePart(token.slice(1, -1), index + 1, ESCAPE, (found) => JSON.parse(`"${found}"`)),
    kind: KINDS.get(path.at(-1)) ?? "markup",
    encode: (text) => JSON.stringify(text).slice(1, -1),
    path,
  };
}

/** A survey's question, as people know it. */
export interface Question {
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
