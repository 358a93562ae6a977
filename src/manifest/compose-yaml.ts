import { Composer, CST, type Document, Lexer, LineCounter, Parser, type YAMLError } from "yaml";
import { type Diagnostic, diagnostic, type Place } from "./diagnostic.ts";
import { showValue } from "./show-value.ts";
import { yamlSyntaxProblem } from "./yaml-syntax.ts";

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

/** Composes the one document of a YAML text; what forbids it, where something does. */
export function composeYaml(file: string, utf8: Buffer): ComposedYaml | Diagnostic[] {
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
  });
  const [document, second] = withoutStackTraces(() => [
    ...composer.compose(tokens, true, text.length),
  ]);
  if (!document) throw new Error("a composer gives a document, whatever the text");
  const errors: YAMLError[] = [...document.errors, ...document.warnings];
  const found = errors
    .slice(0, PROBLEMS_SHOWN)
    .map((error) => yamlSyntaxProblem({ file, text, document, lines }, error));
  if (second) {
    const { line, col } = lines.linePos(second.range[0]);
    found.push(secondDocument({ file, line, column: col }));
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
      problems.push(alias({ file, line, column: col, value: lexeme }));
    }
    tokens.push(...parser.next(lexeme));
    before = lexeme;
    count += 1;
    if (count > MAX_TOKENS) {
      return { tokens, problems: [tooLarge(file, `more than ${MAX_TOKENS} words and signs`)] };
    }
    if (parser.stack.length > MAX_DEPTH) {
      return { tokens, problems: [tooDeep({ file, line: lines.linePos(offset).line })] };
    }
  }
  tokens.push(...parser.end());
  return { tokens, problems };
}

function tooLarge(file: string, what: string): Diagnostic {
  const hint = "write the manifest as CSV, or split it into several files";
  return diagnostic("error", "MANIFEST_TOO_LARGE", `the YAML manifest has ${what}`, hint, { file });
}

function tooDeep(place: Place): Diagnostic {
  return diagnostic(
    "error",
    "YAML_UNSUPPORTED",
    `the manifest is nested more than ${MAX_DEPTH} levels deep, expected 3`,
    "list the images under 'graphics:', each with '- path: …'",
    place,
  );
}

function alias(place: Place & { value: string }): Diagnostic {
  return diagnostic(
    "error",
    "YAML_UNSUPPORTED",
    `the alias ${showValue(place.value)} is not supported, expected the value itself`,
    "write the value out, or put a value that begins with '*' in quotes",
    place,
  );
}

function secondDocument(place: Place): Diagnostic {
  return diagnostic(
    "error",
    "YAML_UNSUPPORTED",
    "a second document begins here, expected one",
    "remove the line '---' and list all images under one 'graphics' key",
    place,
  );
}
