import { isMap, isScalar, isSeq, type YAMLMap } from "yaml";
import { z } from "zod";
import type { ComposedYaml } from "./compose-yaml.ts";
import {
  type Diagnostic,
  diagnostic,
  nearest,
  type Place,
  type Sentence,
  showValue,
} from "./diagnostic.ts";
import { fieldOfHeader } from "./header.ts";
import { CONTENT_TYPES } from "./image.ts";

const contentType = z
  .string()
  .describe("Content type; read from the file's bytes when absent, must agree with them when given")
  .meta({ examples: [...CONTENT_TYPES] });

const folder = z.string().describe("Library folder, by its name; created when missing");

const graphicSchema = z
  .strictObject({
    path: z.string().describe("The image file, relative to the manifest's folder"),
    name: z.string().optional().describe("Display name; the file's name when absent"),
    contentType: contentType.optional(),
    folder: folder.optional(),
  })
  .describe("One image");

const defaultsSchema = z
  .strictObject({ folder: folder.optional(), contentType: contentType.optional() })
  .describe("Values for the images that name none of their own");

/** A YAML manifest (contract: Manifest); schemas/manifest.schema.json is made from it. */
export const manifestSchema = z
  .strictObject({
    version: z.literal(1).describe("Version of the manifest format"),
    library: z
      .string()
      .optional()
      .describe(
        "Library id, UR_… or GR_…; --library and QUALTRICS_LIBRARY_ID are the other ways to name it",
      ),
    defaults: defaultsSchema.optional(),
    graphics: z.array(graphicSchema).describe("The images, one item each"),
  })
  .describe(
    "A manifest in YAML, which you write; a CSV or a workbook has the same fields as columns.",
  );

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
  const found: Diagnostic[] = [];
  const positionOf = (node: unknown) => lines.linePos(offsetOf(node));
  const tell = (problem: Sentence, node: unknown, { line }: Spot, what: Partial<Place>) => {
    const { line: own, col } = positionOf(node);
    const place = { file, line: line ?? own, column: col, ...what };
    found.push(diagnostic("error", ...problem, place));
  };

  function check(node: unknown, schema: unknown, spot: Spot): void {
    const problem = problemOf(node, schema, spot);
    if (problem) tell(problem, node, spot, { field: spot.key, value: textOf(node) });
    if (schema instanceof z.ZodObject && isMap(node)) checkMap(node, schema.shape, spot);
    if (!(schema instanceof z.ZodArray && isSeq(node))) return;
    for (const item of node.items) {
      check(item, schema.element, { ...IMAGE, line: positionOf(item).line });
    }
  }

  function checkMap(map: YAMLMap, shape: Readonly<Record<string, unknown>>, spot: Spot): void {
    const seen = new Set<string>();
    for (const { key: node, value } of map.items) {
      const key = nameOf(node);
      const problem = keyProblem(key, shape, seen);
      if (problem) tell(problem, node, spot, { field: key, value: key });
      else if (value !== null) check(value, required(shape[key]), spotOf(key, spot));
      // `{path}` has the key and no value.
      if (value !== null) seen.add(key);
    }
    const missing = Object.keys(shape).filter(
      (key) => !seen.has(key) && !(shape[key] instanceof z.ZodOptional),
    );
    for (const key of missing) tell(missingKey(key, spot), map, spot, { field: key });
  }

  check(document.contents, manifestSchema, MANIFEST);
  return found;
}

function spotOf(key: string, { line }: Spot): Spot {
  return { key, what: key, expected: EXPECTED[key] ?? "text", line };
}

function required(schema: unknown): unknown {
  return schema instanceof z.ZodOptional ? schema.unwrap() : schema;
}

function problemOf(
  node: unknown,
  schema: unknown,
  { key = "", what, expected }: Spot,
): Sentence | undefined {
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

function nameOf(key: unknown): string {
  return isScalar(key) ? String(key.value) : "";
}

function keyProblem(key: string, shape: object, seen: ReadonlySet<string>): Sentence | undefined {
  const shown = showValue(key);
  if (seen.has(key)) {
    return ["KEY_DUPLICATE", `the key ${shown} appears twice`, "keep one of the two lines"];
  }
  if (Object.hasOwn(shape, key)) return undefined;
  const known = Object.keys(shape);
  const meant = nearest(key, known) ?? known.find((candidate) => candidate === fieldOfHeader(key));
  const message = `unknown key ${shown}, expected ${known.slice(0, -1).join(", ")} or ${known.at(-1)}`;
  const hint = meant ? `write '${meant}'` : "remove it, or turn the line into a comment with #";
  return ["KEY_UNKNOWN", message, hint];
}

function missingKey(key: string, { what }: Spot): Sentence {
  return ["KEY_MISSING", `${what} has no '${key}'`, MISSING_HINTS[key] ?? `add '${key}'`];
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
