import {
  Composer,
  CST,
  type Document,
  Lexer,
  LineCounter,
  Parser,
  visit,
  type YAMLError,
} from "yaml";
import { type Diagnostic, diagnostic, type Place, showValue } from "./diagnostic.ts";

/** Nesting that is read; the composer recurses and a deep text can end the process (reliability: Facts). */
const MAX_DEPTH = 64;

/** Signs and words that are read: up to 400 bytes each while the document is composed, some 25,000 images in all. */
const MAX_TOKENS = 800_000;

/** The composed document takes some eighty times the room of its text; a CSV has no such limit. */
const MAX_YAML_BYTES = 6_291_456;

/** One syntax error leads to others: more than these help nobody. */
const PROBLEMS_SHOWN = 20;

/** A document and where its lines begin. */
export interface ComposedYaml {
  document: Document.Parsed;
  lines: LineCounter;
}

/**
 * Composes the one document of a YAML text; what forbids it, where something does. `keepSourceTokens`: its nodes know
 * their signs in the text, to change it.
 */
export function composeYaml(
  file: string,
  utf8: Buffer,
  { keepSourceTokens = false } = {},
): ComposedYaml | Diagnostic[] {
  if (utf8.length > MAX_YAML_BYTES) {
    return [tooLarge(file, `${utf8.length} bytes, expected at most ${MAX_YAML_BYTES}`)];
  }
  const text = utf8.toString("utf8");
  const lines = new LineCounter();
  const { tokens, problems } = readTokens(file, text, lines);
  if (problems.length > 0) return problems;
  const composer = new Composer({
    // It compares each key with each other; `checkYaml` looks at the few maps there should be.
    uniqueKeys: false,
    stringKeys: true,
    schema: "core",
    resolveKnownTags: false,
    logLevel: "error",
    keepSourceTokens,
  });
  const [document, second] = withoutStackTraces(() => [
    ...composer.compose(tokens, true, text.length),
  ]);
  if (!document) throw new Error("a composer gives a document, whatever the text");
  const errors: YAMLError[] = [...document.errors, ...document.warnings];
  const found = errors
    .slice(0, PROBLEMS_SHOWN)
    .map((error) => syntaxProblem(file, text, { document, lines }, error));
  if (second) {
    const { line, col } = lines.linePos(second.range[0]);
    const hint = "remove the line '---' and list all images under one 'graphics' key";
    const place = { file, line, column: col };
    found.push(unsupported("a second document begins here, expected one", hint, place));
  }
  return found.length > 0 ? found : { document, lines };
}

/** Errors are objects with a stack each: of hundreds of thousands it would take most of the memory and time. */
function withoutStackTraces<T>(run: () => T): T {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return run();
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/** The tokens of a text that is safe to compose: parsing does not recurse, and stops where it gets too deep. */
function readTokens(
  file: string,
  text: string,
  lines: LineCounter,
): { tokens: CST.Token[]; problems: Diagnostic[] } {
  const parser = new Parser(lines.addNewLine);
  const tokens: CST.Token[] = [];
  const problems: Diagnostic[] = [];
  let count = 0;
  let before = "";
  lines.addNewLine(0);
  for (const lexeme of new Lexer().lex(text)) {
    const { offset } = parser;
    const isAlias = lexeme.startsWith("*") && before !== CST.SCALAR;
    if (isAlias && problems.length < PROBLEMS_SHOWN) {
      const { line, col } = lines.linePos(offset);
      const message = `the alias ${showValue(lexeme)} is not supported, expected the value itself`;
      const hint = "write the value out, or put a value that begins with '*' in quotes";
      problems.push(unsupported(message, hint, { file, line, column: col, value: lexeme }));
    }
    tokens.push(...parser.next(lexeme));
    before = lexeme;
    count += 1;
    if (count > MAX_TOKENS) {
      return { tokens, problems: [tooLarge(file, `more than ${MAX_TOKENS} words and signs`)] };
    }
    if (parser.stack.length > MAX_DEPTH) {
      const message = `the manifest is nested more than ${MAX_DEPTH} levels deep, expected 3`;
      const hint = "list the images under 'graphics:', each with '- path: …'";
      const { line } = lines.linePos(offset);
      return { tokens, problems: [unsupported(message, hint, { file, line })] };
    }
  }
  tokens.push(...parser.end());
  return { tokens, problems };
}

function tooLarge(file: string, what: string): Diagnostic {
  const hint = "write the manifest as CSV, or split it into several files";
  return diagnostic("error", "MANIFEST_TOO_LARGE", `the YAML manifest has ${what}`, hint, { file });
}

function unsupported(message: string, hint: string, place: Place): Diagnostic {
  return diagnostic("error", "YAML_UNSUPPORTED", message, hint, place);
}

type Sentence = readonly [message: string, hint: string];

const QUOTES = "put the value in single quotes";

const TAG: Sentence = [
  "tags (words that begin with '!') are not supported",
  "remove the tag, or put a value that begins with '!' in quotes",
];

/** Our own words for the errors of `yaml` that people make; the rest get `OTHER`. */
const SENTENCES: Readonly<Partial<Record<YAMLError["code"], Sentence>>> = {
  BAD_INDENT: [
    "indentation matches no line above",
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
  BLOCK_AS_IMPLICIT_KEY: ["a value with a colon and a space in it looks like a key", QUOTES],
  TAG_RESOLVE_FAILED: TAG,
  BAD_COLLECTION_TYPE: TAG,
};

const OTHER: Sentence = [
  "the text is not valid YAML here",
  "compare the line with the others, and put the value in single quotes",
];

const OPEN: Sentence = [
  "the quote or bracket that opens here is not closed",
  "close it, or put a value that begins with one in single quotes",
];

function syntaxProblem(
  file: string,
  text: string,
  { document, lines }: ComposedYaml,
  error: YAMLError,
): Diagnostic {
  const opening = openingBefore(document, error);
  const sentence = SENTENCES[error.code] ?? OTHER;
  const [message, hint] = opening === undefined ? sentence : OPEN;
  const at = opening ?? error.pos[0];
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

/** Where the quote or bracket starts that an error leaves open; the innermost is seen last. */
function openingBefore(document: Document, { code, pos }: YAMLError): number | undefined {
  let opening: number | undefined;
  const look = (range: readonly number[] | null | undefined) => {
    if (range?.[1] === pos[0]) opening = range[0];
  };
  visit(document, {
    Scalar: (_key, { type, range }) => {
      if (code === "MISSING_CHAR" && type?.startsWith("QUOTE")) look(range);
    },
    Collection: (_key, { flow, range }) => {
      if (code === "BAD_INDENT" && flow === true) look(range);
    },
  });
  return opening;
}

/** By the text itself: where it is broken, the parser does not count every line. */
function lineAround(text: string, offset: number): string {
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  const end = text.indexOf("\n", offset);
  return text.slice(start, end === -1 ? text.length : end);
}
