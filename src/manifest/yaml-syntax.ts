import { visit, type YAMLError } from "yaml";
import { type Diagnostic, diagnostic } from "./diagnostic.ts";
import { showValue } from "./show-value.ts";
import type { YamlSource } from "./yaml-source.ts";

interface Sentence {
  code: string;
  message: string;
  hint: string;
}

function syntax(message: string, hint: string): Sentence {
  return { code: "YAML_SYNTAX", message, hint };
}

const QUOTES = "put the value in single quotes";

const TAG: Sentence = {
  code: "YAML_TAG",
  message: "a tag (a word that begins with '!') is not read",
  hint: "remove it, or put a value that begins with '!' in quotes",
};

/** Our own words for the errors of `yaml` that people make; the rest get `OTHER`. */
const SENTENCES: ReadonlyMap<YAMLError["code"], Sentence> = new Map([
  [
    "BAD_INDENT",
    syntax("the indentation fits no line above", "begin each key of an image in the same column"),
  ],
  ["TAB_AS_INDENT", syntax("a tab indents the line, expected spaces", "replace the tab by spaces")],
  [
    "MISSING_CHAR",
    syntax(
      "a quote, colon, comma or dash is missing here",
      "compare the line with the others and add what is missing",
    ),
  ],
  [
    "UNEXPECTED_TOKEN",
    syntax(
      "this text is not expected here",
      "put a value that holds quotes, brackets or commas in single quotes",
    ),
  ],
  [
    "BAD_DQ_ESCAPE",
    syntax("the backslash begins no known escape", `write / in paths, or ${QUOTES}`),
  ],
  ["BAD_SCALAR_START", syntax("a value cannot begin with this character", QUOTES)],
  [
    "BLOCK_AS_IMPLICIT_KEY",
    syntax("a value with a colon and a blank in it looks like a key", QUOTES),
  ],
  [
    "MULTILINE_IMPLICIT_KEY",
    syntax(
      "a key runs over several lines, or its colon is missing",
      "write each key and its colon on one line",
    ),
  ],
  ["NON_STRING_KEY", syntax("a key is no plain text", "write the key without brackets")],
  ["TAG_RESOLVE_FAILED", TAG],
  ["BAD_COLLECTION_TYPE", TAG],
  [
    "BAD_ALIAS",
    {
      code: "YAML_ALIAS",
      message: "an alias (a word that begins with '*') is not read",
      hint: "write the value out, or put a value that begins with '*' in quotes",
    },
  ],
  [
    "MULTIPLE_DOCS",
    {
      code: "YAML_SEVERAL_DOCUMENTS",
      message: "a second document begins here, expected one",
      hint: "remove the line '---' and list all images under one 'graphics' key",
    },
  ],
]);

const OTHER = syntax(
  "the text is not valid YAML here",
  "compare the line with the others, and put values in quotes",
);

const OPEN_QUOTE = syntax(
  "the quote that opens here is not closed",
  "close the quote at the end of the value",
);

const OPEN_BRACKET = syntax(
  "the bracket that opens here is not closed",
  "close it with ] or }, or put a value that begins with a bracket in single quotes",
);

interface Opening {
  /** Offset in the text. */
  at: number;
  sentence: Sentence;
}

/** An error of the YAML parser in our own words, with the line of `text` that it stands in. */
export function yamlSyntaxDiagnostic(
  source: YamlSource,
  text: string,
  error: YAMLError,
): Diagnostic {
  const [offset] = error.pos;
  const opening = openingBefore(source, error);
  const { code, message, hint } = opening?.sentence ?? sentenceOf(error);
  const at = opening?.at ?? offset;
  const value = lineAround(text, at).trim();
  const place = { ...source.placeOfOffset(at), value };
  return diagnostic("error", code, `${message}: ${showValue(value)}`, hint, place);
}

function sentenceOf(error: YAMLError): Sentence {
  return SENTENCES.get(error.code) ?? OTHER;
}

/** What an error leaves open: where it starts, and what to say of it. */
function openingBefore(source: YamlSource, error: YAMLError): Opening | undefined {
  const [end] = error.pos;
  let opening: Opening | undefined;
  visit(source.document, {
    Scalar: (_key, { type, range }) => {
      const isQuoted = type === "QUOTE_DOUBLE" || type === "QUOTE_SINGLE";
      if (error.code !== "MISSING_CHAR" || !isQuoted || range?.[1] !== end) return undefined;
      opening = { at: range[0], sentence: OPEN_QUOTE };
      return visit.BREAK;
    },
    // The innermost is seen last.
    Collection: (_key, { flow, range }) => {
      if (error.code !== "BAD_INDENT" || flow !== true || range?.[1] !== end) return;
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
