import { LineCounter, parseDocument, visit, type YAMLError } from "yaml";
import { checkContentType } from "./check-text.ts";
import { badTextDiagnostic, decodeText } from "./decode-text.ts";
import { type Diagnostic, diagnostic } from "./diagnostic.ts";
import { type CsvDialect, FIELDS, type ParsedManifest } from "./manifest.ts";
import { schemaIssues } from "./schema-issues.ts";
import { withoutStackTraces } from "./without-stack-traces.ts";
import { duplicateKeys, issueDiagnostics, unusualLibrary } from "./yaml-issues.ts";
import { textAt, yamlRows } from "./yaml-rows.ts";
import { findYamlExcess, MAX_DEPTH, MAX_TOKENS, type YamlExcess } from "./yaml-size.ts";
import { YamlSource } from "./yaml-source.ts";
import { yamlSyntaxDiagnostic } from "./yaml-syntax.ts";

/** The composed document takes some eighty times the room of its text; a CSV has no such limit. */
const MAX_YAML_BYTES = 6_291_456;

/** One syntax error leads to others: more than these help nobody. */
const SYNTAX_ERRORS_SHOWN = 20;

/** Problems with keys and values that are listed one by one. */
const PROBLEMS_SHOWN = 1_000;

/** How the results CSV of a YAML manifest is written (contract: Where things are kept). */
const RESULTS_DIALECT: CsvDialect = {
  delimiter: ",",
  encoding: "utf-8",
  bom: false,
  newline: "\n",
};

/** Reads a YAML manifest (contract: Manifest); `folder` of the options beats the manifest's own default. */
export function parseYaml(
  file: string,
  bytes: Uint8Array,
  optionFolder: string | undefined,
): ParsedManifest {
  const text = decodeText(bytes);
  if ("message" in text) {
    const place = { hint: "save the file as UTF-8", column: text.character };
    return failed([badTextDiagnostic(file, bytes, text, place)]);
  }
  const problem = checkSize(file, text.utf8);
  if (problem) return failed([problem]);
  const { source, errors } = compose(file, text.utf8.toString("utf8"));
  if (errors.length > 0) return failed(errors);
  if (source.document.contents === null) return failed([emptyManifest(file)]);
  const aliases = findAliases(source);
  if (aliases.length > 0) return failed(aliases);
  return readDocument(source, optionFolder);
}

function failed(diagnostics: Diagnostic[]): ParsedManifest {
  return { manifest: undefined, diagnostics };
}

function checkSize(file: string, utf8: Buffer): Diagnostic | undefined {
  if (utf8.length > MAX_YAML_BYTES) {
    return tooLarge(file, `${utf8.length} bytes, expected at most ${MAX_YAML_BYTES}`);
  }
  const excess = findYamlExcess(utf8.toString("utf8"));
  return excess && excessDiagnostic(file, excess);
}

function excessDiagnostic(file: string, { what, line }: YamlExcess): Diagnostic {
  if (what === "tokens") return tooLarge(file, `more than ${MAX_TOKENS} words and signs`);
  return diagnostic(
    "error",
    "YAML_TOO_DEEP",
    `the manifest is nested more than ${MAX_DEPTH} levels deep, expected 3`,
    "list the images under 'graphics:', each with '- path: …'",
    { file, line },
  );
}

function tooLarge(file: string, what: string): Diagnostic {
  const hint = "write the manifest as CSV, or split it into several files";
  return diagnostic("error", "MANIFEST_TOO_LARGE", `the YAML manifest has ${what}`, hint, { file });
}

function emptyManifest(file: string): Diagnostic {
  return diagnostic(
    "error",
    "MANIFEST_EMPTY",
    "the manifest is empty, expected 'version: 1' and 'graphics:'",
    "write 'version: 1' into the first line and list the images under 'graphics:'",
    { file, line: 1 },
  );
}

function compose(file: string, text: string): { source: YamlSource; errors: Diagnostic[] } {
  const lines = new LineCounter();
  const document = withoutStackTraces(() =>
    parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      // It compares each key with each other; `duplicateKeys` looks at the few maps there should be.
      uniqueKeys: false,
      stringKeys: true,
      schema: "core",
      resolveKnownTags: false,
      logLevel: "error",
    }),
  );
  const source = new YamlSource(file, document, lines);
  const problems: YAMLError[] = [...document.errors, ...document.warnings];
  const errors = problems
    .slice(0, SYNTAX_ERRORS_SHOWN)
    .map((error) => yamlSyntaxDiagnostic(source, text, error));
  return { source, errors };
}

function findAliases(source: YamlSource): Diagnostic[] {
  const found: Diagnostic[] = [];
  visit(source.document, {
    Alias: (_key, node) => {
      const place = source.placeOfOffset(node.range?.[0] ?? 0);
      found.push(
        diagnostic(
          "error",
          "YAML_ALIAS",
          `the alias '*${node.source}' is not read, expected the value itself`,
          "write the value out, or put a value that begins with '*' in quotes",
          { ...place, value: `*${node.source}` },
        ),
      );
      return found.length < SYNTAX_ERRORS_SHOWN ? undefined : visit.BREAK;
    },
  });
  return found;
}

function checkSchema(source: YamlSource): Diagnostic[] {
  const found: Diagnostic[] = [];
  for (const issue of schemaIssues(source.document.toJS({ maxAliasCount: 0 }))) {
    if (found.length >= PROBLEMS_SHOWN) return [...found, unlisted(source.file)];
    found.push(...issueDiagnostics(source, issue));
  }
  return found;
}

function unlisted(file: string): Diagnostic {
  return diagnostic(
    "error",
    "TOO_MANY_PROBLEMS",
    `more than ${PROBLEMS_SHOWN} keys and values are wrong, the others are not listed`,
    "mend the ones above, then validate again",
    { file },
  );
}

function readDocument(source: YamlSource, optionFolder: string | undefined): ParsedManifest {
  const { file, document } = source;
  const diagnostics = [...checkSchema(source), ...duplicateKeys(source), ...unusualLibrary(source)];
  if (!source.hasGraphics()) return failed(diagnostics);
  const defaults = source.nodeAt(["defaults"]);
  const defaultFolder = optionFolder ?? textAt(defaults, "folder")?.value;
  const contentType = textAt(defaults, "contentType")?.value.trim().toLowerCase() || undefined;
  if (contentType !== undefined) {
    const place = source.placeOf(["defaults", "contentType"]);
    diagnostics.push(
      ...checkContentType(contentType, { ...place, field: "contentType", value: contentType }),
    );
  }
  const manifest = {
    file,
    format: "yaml" as const,
    dialect: RESULTS_DIALECT,
    columns: FIELDS,
    rows: yamlRows(source, { folder: defaultFolder, contentType }),
    library: textAt(document.contents, "library")?.value,
    defaultFolder,
  };
  return { manifest, diagnostics };
}
