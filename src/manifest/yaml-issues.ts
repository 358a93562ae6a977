import { isMap, isScalar, isSeq, type Node } from "yaml";
import { type Diagnostic, diagnostic } from "./diagnostic.ts";
import { fieldOfHeader } from "./field-names.ts";
import { nearest } from "./nearest.ts";
import { defaultsSchema, graphicSchema, manifestSchema } from "./schema.ts";
import type { SchemaIssue } from "./schema-issues.ts";
import { showValue } from "./show-value.ts";
import type { YamlSource } from "./yaml-source.ts";

/** A library's id (qualtrics-api: Answers). */
const LIBRARY_ID = /^(UR|GR)_[a-zA-Z0-9]{11,15}$/;

/** Of one map; nobody reads more of them. */
const UNKNOWN_KEYS_SHOWN = 100;

/** What the schema says against the document, in our own codes and words. */
export function issueDiagnostics(source: YamlSource, issue: SchemaIssue): Diagnostic[] {
  if (issue.code === "unrecognized_keys") {
    // Each is looked up among the others to be placed: thousands would take minutes.
    const keys = issue.keys.slice(0, UNKNOWN_KEYS_SHOWN);
    return keys.map((key) => unknownKey(source, issue.path, key));
  }
  const node = source.nodeAt(issue.path);
  if (issue.code === "invalid_value" && node) return [wrongVersion(source, issue.path, node)];
  return [node ? wrongType(source, issue.path, node) : missingKey(source, issue.path)];
}

function unknownKey(source: YamlSource, path: SchemaIssue["path"], key: string): Diagnostic {
  const known = keysAt(path);
  const meant = nearest(key, known) ?? known.find((candidate) => candidate === fieldOfHeader(key));
  return diagnostic(
    "error",
    "KEY_UNKNOWN",
    `unknown key ${showValue(key)}, expected ${listed(known)}`,
    meant ? `write '${meant}'` : "remove it, or turn the line into a comment with #",
    { ...source.placeOfKey(path, key), field: key, value: key },
  );
}

function keysAt(path: SchemaIssue["path"]): string[] {
  const [top] = path;
  if (top === "graphics") return Object.keys(graphicSchema.shape);
  return Object.keys(top === "defaults" ? defaultsSchema.shape : manifestSchema.shape);
}

function listed(words: readonly string[]): string {
  return `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

function missingKey(source: YamlSource, path: SchemaIssue["path"]): Diagnostic {
  const key = String(path.at(-1));
  const hints: Readonly<Record<string, string>> = {
    version: "write 'version: 1' into the first line",
    graphics: "list the images under 'graphics:', each with '- path: …'",
    path: "write 'path:' and the image's path, relative to the manifest's folder",
  };
  const where = path.length > 1 ? "the image" : "the manifest";
  const message = `${where} has no '${key}'`;
  return diagnostic("error", "KEY_MISSING", message, hints[key] ?? `add '${key}'`, {
    ...source.placeOf(path.slice(0, -1)),
    field: key,
  });
}

function wrongVersion(source: YamlSource, path: SchemaIssue["path"], node: Node): Diagnostic {
  return diagnostic(
    "error",
    "VERSION_UNSUPPORTED",
    `the version is ${describe(node)}, expected the number 1`,
    "write 'version: 1'; a newer version needs a newer qgfx",
    { ...source.placeOf(path), field: "version", value: textOf(node) },
  );
}

/** What each place of the manifest holds, where it is not text. */
function expectedAt(path: SchemaIssue["path"]): string {
  if (path.length === 0) return "keys and values, beginning with 'version: 1'";
  if (path.length === 1 && path[0] === "graphics") return "a list of images, each with '- path: …'";
  if (path.length === 1 && path[0] === "defaults") return "keys and values, such as 'folder: …'";
  return "keys and values, such as 'path: …'";
}

function wrongType(source: YamlSource, path: SchemaIssue["path"], node: Node): Diagnostic {
  const key = String(path.at(-1) ?? "");
  const holdsText =
    path.length === 3 || path[0] === "library" || (path.length === 2 && path[0] === "defaults");
  const place = { ...source.placeOf(path), field: fieldAt(path), value: textOf(node) };
  if (!holdsText) {
    const expected = expectedAt(path);
    const what = path.length === 0 ? "the manifest" : path.length === 2 ? "the image" : key;
    return diagnostic(
      "error",
      "VALUE_WRONG_KIND",
      `${what} is ${describe(node)}, expected ${expected}`,
      `write ${expected}`,
      place,
    );
  }
  const message = `${key} is ${describe(node)}, expected text`;
  return diagnostic("error", "VALUE_NOT_TEXT", message, textHint(key, node), place);
}

function fieldAt(path: SchemaIssue["path"]): string | undefined {
  const last = path.at(-1);
  return typeof last === "string" ? last : undefined;
}

function textHint(key: string, node: Node): string {
  const text = textOf(node);
  if (!isScalar(node) || node.value === null)
    return `write the text after '${key}:', or remove the key`;
  return `put it in quotes: ${key}: '${text}'`;
}

function describe(node: Node): string {
  if (isMap(node)) return "a map of keys and values";
  if (isSeq(node)) return "a list";
  if (!isScalar(node) || node.value === null) return "empty";
  if (typeof node.value === "string") return `the text ${showValue(node.value)}`;
  return `the ${typeof node.value} ${textOf(node)}`;
}

/** A scalar as the user wrote it. */
function textOf(node: Node): string | undefined {
  return isScalar(node) ? (node.source ?? String(node.value)) : undefined;
}

/** Keys that one map holds twice. */
export function duplicateKeys(source: YamlSource): Diagnostic[] {
  const graphics = source.nodeAt(["graphics"]);
  const images = isSeq(graphics) ? graphics.items.map((_item, index) => ["graphics", index]) : [];
  return [[], ["defaults"], ...images].flatMap((path) => duplicatesIn(source, path));
}

function duplicatesIn(source: YamlSource, path: PropertyKey[]): Diagnostic[] {
  const seen = new Set<string>();
  return source.keysAt(path).flatMap(({ name, node }) => {
    if (!seen.has(name)) {
      seen.add(name);
      return [];
    }
    const place = { ...source.placeOfOffset(node.range?.[0] ?? 0, path), field: name, value: name };
    const message = `the key ${showValue(name)} stands twice`;
    return [diagnostic("error", "KEY_DUPLICATE", message, "keep one of the two lines", place)];
  });
}

/** A library id of another form than the service's: a warning only, the service has the last word. */
export function unusualLibrary(source: YamlSource): Diagnostic[] {
  const node = source.nodeAt(["library"]);
  if (!isScalar(node) || typeof node.value !== "string" || LIBRARY_ID.test(node.value)) return [];
  return [
    diagnostic(
      "warning",
      "LIBRARY_ID_UNUSUAL",
      `the library ${showValue(node.value)} does not look like an id, expected UR_ or GR_ and 11 to 15 letters or digits`,
      "run 'qgfx libraries' to see the ids",
      { ...source.placeOf(["library"]), field: "library", value: node.value },
    ),
  ];
}
