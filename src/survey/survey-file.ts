import { extname } from "node:path";
import { findHeader } from "../manifest/csv-records.ts";
import { jsonParts } from "./json-parts.ts";
import { MAY_REFER, type TextPart, unescapePart } from "./text-part.ts";

const CODE = /^\.(?:[cm]?[jt]sx?|py|r)$/i;
const MARKDOWN = /^\.(?:md|markdown|[rq]md)$/i;

/** Whether a file is JSON by its name. */
export function isJson(file: string): boolean {
  return /\.(?:qsf|json)$/i.test(file);
}

/** Whether a file is Markdown by its name. */
export function isMarkdown(file: string): boolean {
  return MARKDOWN.test(extname(file));
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
