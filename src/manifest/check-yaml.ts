import { isMap, isScalar, isSeq, type LineCounter, type YAMLMap } from "yaml";
import { z } from "zod";
import type { ComposedYaml } from "./compose-yaml.ts";
import { type Diagnostic, DiagnosticList, diagnostic, type Place } from "./diagnostic.ts";
import { fieldOfHeader } from "./field-names.ts";
import { nearest } from "./nearest.ts";
import { manifestSchema } from "./schema.ts";
import { showValue } from "./show-value.ts";

/** What a place of the manifest is called, and what is expected there where it is not text. */
interface Spot {
  /** The key whose value it is; undefined: an image, or the manifest itself. */
  key?: string;
  what: string;
  expected: string;
  /** Of the image it is in (contract: Machine output). */
  line?: number | undefined;
}

const MANIFEST: Spot = {
  what: "the manifest",
  expected: "keys and values, beginning with 'version: 1'",
};

const IMAGE: Spot = { what: "the image", expected: "keys and values, such as 'path: …'" };

const EXPECTED: Readonly<Record<string, string>> = {
  graphics: "a list of images, each with '- path: …'",
  defaults: "keys and values, such as 'folder: …'",
};

const MISSING_HINTS: Readonly<Record<string, string>> = {
  version: "write 'version: 1' into the first line",
  graphics: "list the images under 'graphics:', each with '- path: …'",
  path: "write 'path:' and the image's path, relative to the manifest's folder",
};

/** What `manifestSchema` says against a document, each problem where it is in the file. */
export function checkYaml(file: string, { document, lines }: ComposedYaml): Diagnostic[] {
  const checker = new Checker(file, lines);
  checker.check(document.contents, manifestSchema, MANIFEST);
  return checker.found.list();
}

class Checker {
  readonly found: DiagnosticList;
  readonly #file: string;
  readonly #lines: LineCounter;

  constructor(file: string, lines: LineCounter) {
    this.found = new DiagnosticList(file);
    this.#file = file;
    this.#lines = lines;
  }

  check(node: unknown, schema: unknown, spot: Spot): void {
    const problem = problemOf(node, schema, spot);
    if (problem) {
      const [code, message, hint] = problem;
      const place = { ...this.#place(node, spot), field: spot.key, value: textOf(node) };
      this.found.add(diagnostic("error", code, message, hint, place));
    }
    if (schema instanceof z.ZodObject && isMap(node)) this.#checkMap(node, schema.shape, spot);
    if (schema instanceof z.ZodArray && isSeq(node)) {
      for (const item of node.items) {
        const { line } = this.#place(item, {});
        this.check(item, schema.element, { ...IMAGE, line });
      }
    }
  }

  #checkMap(map: YAMLMap, shape: Readonly<Record<string, unknown>>, spot: Spot): void {
    const seen = new Set<string>();
    for (const { key: node, value } of map.items) {
      const key = isScalar(node) ? String(node.value) : "";
      const place = { ...this.#place(node, spot), field: key, value: key };
      if (seen.has(key)) this.found.add(duplicateKey(key, place));
      else if (!Object.hasOwn(shape, key)) this.found.add(unknownKey(key, shape, place));
      else if (value !== null) this.check(value, required(shape[key]), spotOf(key, spot));
      // `{path}` has the key and no value.
      if (value !== null) seen.add(key);
    }
    for (const key of Object.keys(shape)) {
      if (seen.has(key) || shape[key] instanceof z.ZodOptional) continue;
      this.found.add(missingKey(key, spot, { ...this.#place(map, spot), field: key }));
    }
  }

  #place(node: unknown, { line }: { line?: number | undefined }): Place {
    const { line: own, col } = this.#lines.linePos(offsetOf(node));
    return { file: this.#file, line: line ?? own, column: col };
  }
}

function spotOf(key: string, { line }: Spot): Spot {
  return { key, what: key, expected: EXPECTED[key] ?? "text", line };
}

function required(schema: unknown): unknown {
  return schema instanceof z.ZodOptional ? schema.unwrap() : schema;
}

/** What is wrong with the value itself: its code, message and hint. */
function problemOf(
  node: unknown,
  schema: unknown,
  { key = "", what, expected }: Spot,
): [string, string, string] | undefined {
  if (schema instanceof z.ZodObject || schema instanceof z.ZodArray) {
    if (schema instanceof z.ZodObject ? isMap(node) : isSeq(node)) return undefined;
    const message = `${what} is ${describe(node)}, expected ${expected}`;
    return ["VALUE_WRONG_KIND", message, `write ${expected}`];
  }
  if (schema instanceof z.ZodLiteral) {
    if (isScalar(node) && schema.safeParse(node.value).success) return undefined;
    const message = `the version is ${describe(node)}, expected the number 1`;
    return ["VALUE_WRONG_KIND", message, "write 'version: 1'; a newer version needs a newer qgfx"];
  }
  if (isScalar(node) && typeof node.value === "string") return undefined;
  const hint =
    !isScalar(node) || node.value === null
      ? `write the text after '${key}:', or remove the key`
      : `put it in quotes: ${key}: '${textOf(node)}'`;
  return ["VALUE_NOT_TEXT", `${what} is ${describe(node)}, expected text`, hint];
}

function unknownKey(key: string, shape: object, place: Place): Diagnostic {
  const known = Object.keys(shape);
  const meant = nearest(key, known) ?? known.find((candidate) => candidate === fieldOfHeader(key));
  return diagnostic(
    "error",
    "KEY_UNKNOWN",
    `unknown key ${showValue(key)}, expected ${known.slice(0, -1).join(", ")} or ${known.at(-1)}`,
    meant ? `write '${meant}'` : "remove it, or turn the line into a comment with #",
    place,
  );
}

function duplicateKey(key: string, place: Place): Diagnostic {
  const message = `the key ${showValue(key)} stands twice`;
  return diagnostic("error", "KEY_DUPLICATE", message, "keep one of the two lines", place);
}

function missingKey(key: string, { what }: Spot, place: Place): Diagnostic {
  const hint = MISSING_HINTS[key] ?? `add '${key}'`;
  return diagnostic("error", "KEY_MISSING", `${what} has no '${key}'`, hint, place);
}

function offsetOf(node: unknown): number {
  return isMap(node) || isSeq(node) || isScalar(node) ? (node.range?.[0] ?? 0) : 0;
}

function describe(node: unknown): string {
  if (isMap(node)) return "a map of keys and values";
  if (isSeq(node)) return "a list";
  if (!isScalar(node) || node.value === null) return "empty";
  if (typeof node.value === "string") return `the text ${showValue(node.value)}`;
  return `the ${typeof node.value} ${textOf(node)}`;
}

/** A scalar as the user wrote it. */
function textOf(node: unknown): string | undefined {
  return isScalar(node) ? (node.source ?? String(node.value)) : undefined;
}
