import { type Document, type LineCounter, visit, type YAMLError } from "yaml";
import { type Diagnostic, diagnostic } from "./diagnostic.ts";
import { showValue } from "./show-value.ts";

/** What is wrong, and what to do. */
type Sentence = readonly [message: string, hint: string];

const QUOTES = "put the value in single quotes";

const TAG: Sentence = [
  "tags (words that begin with '!') are not supported",
  "remove the tag, or put a value that begins with '!' in quotes",
];

/** Our own words for the errors of `yaml` that people make; the rest get `OTHER`. */
const SENTENCES: Readonly<Partial<Record<YAMLError["code"], Sentence>>> = {
  BAD_INDENT: [
    "the indentation fits no line above",
    "begin each key of an image in the same column",
  ],
  TAB_AS_INDENT: ["a tab indents the line, expected spaces", "replace the tab by spaces"],
  MISSING_CHAR: [
    "a quote, colon, comma or dash is missing here",
    "compare the line with the others and add what is missing",
  ],
  UNEXPECTED_TOKEN: [
    "this text is not expected here",
    "put a value that holds quotes, brackets or commas in single quotes",
  ],
  BAD_DQ_ESCAPE: ["the backslash begins no known escape", `write / in paths, or ${QUOTES}`],
  BAD_SCALAR_START: ["a value cannot begin with this character", QUOTES],
  BLOCK_AS_IMPLICIT_KEY: ["a value with a colon and a blank in it looks like a key", QUOTES],
  MULTILINE_IMPLICIT_KEY: [
    "a key runs over several lines, or its colon is missing",
    "write each key and its colon on one line",
  ],
  TAG_RESOLVE_FAILED: TAG,
  BAD_COLLECTION_TYPE: TAG,
};

const OTHER: Sentence = [
  "the text is not valid YAML here",
  "compare the line with the others, and put values in quotes",
];

const OPEN_QUOTE: Sentence = [
  "the quote that opens here is not closed",
  "close the quote at the end of the value",
];

const OPEN_BRACKET: Sentence = [
  "the bracket that opens here is not closed",
  "close it with ] or }, or put a value that begins with a bracket in single quotes",
];

/** A text with errors, as far as it could be composed. */
interface BrokenYaml {
  file: string;
  text: string;
  document: Document;
  lines: LineCounter;
}

/** An error of the YAML parser in our own words, with the line of `text` that it is in. */
export function yamlSyntaxProblem(
  { file, text, document, lines }: BrokenYaml,
  error: YAMLError,
): Diagnostic {
  const opening = openingBefore(document, error);
  const sentence = SENTENCES[error.code] ?? OTHER;
  const [message, hint] = opening?.sentence ?? sentence;
  const at = opening?.at ?? error.pos[0];
  const { line, col } = lines.linePos(at);
  const value = lineAround(text, at).trim();
  return diagnostic(
    "error",
    sentence === TAG ? "YAML_UNSUPPORTED" : "YAML_SYNTAX",
    `${message}: ${showValue(value)}`,
    hint,
    { file, line, column: col, value },
  );
}

/** What an error leaves open: where it starts, and what to say of it. */
function openingBefore(
  document: Document,
  { code, pos: [end] }: YAMLError,
): { at: number; sentence: Sentence } | undefined {
  let opening: { at: number; sentence: Sentence } | undefined;
  visit(document, {
    Scalar: (_key, { type, range }) => {
      const isQuoted = type === "QUOTE_DOUBLE" || type === "QUOTE_SINGLE";
      if (code !== "MISSING_CHAR" || !isQuoted || range?.[1] !== end) return;
      opening = { at: range[0], sentence: OPEN_QUOTE };
    },
    // The innermost is seen last.
    Collection: (_key, { flow, range }) => {
      if (code !== "BAD_INDENT" || flow !== true || range?.[1] !== end) return;
      opening = { at: range[0], sentence: OPEN_BRACKET };
    },
  });
  return opening;
}

function lineAround(text: string, offset: number): string {
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  const end = text.indexOf("\n", offset);
  return text.slice(start, end === -1 ? text.length : end);
}
