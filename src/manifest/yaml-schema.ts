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
  const placeAt = (node: unknown, { line }: { line?: number | undefined }): Place => {
    const { line: own, col } = lines.linePos(offsetOf(node));
    return { file, line: line ?? own, column: col };
  };

  function check(node: unknown, schema: unknown, spot: Spot): Diagnostic[] {
    const found: Diagnostic[] = [];
    const problem = problemOf(node, schema, spot);
    if (problem) {
      const place = { ...placeAt(node, spot), field: spot.key, value: textOf(node) };
      found.push(diagnostic("error", ...problem, place));
    }
    if (schema instanceof z.ZodObject && isMap(node)) {
      return [...found, ...checkMap(node, schema.shape, spot)];
    }
    if (!(schema instanceof z.ZodArray && isSeq(node))) return found;
    return node.items.flatMap((item) =>
      check(item, schema.element, { ...IMAGE, line: placeAt(item, {}).line }),
    );
  }

  function checkMap(
    map: YAMLMap,
    shape: Readonly<Record<string, unknown>>,
    spot: Spot,
  ): Diagnostic[] {
    const seen = new Set<string>();
    const found = map.items.flatMap(({ key: node, value }) => {
      const key = isScalar(node) ? String(node.value) : "";
      const place = { ...placeAt(node, spot), field: key, value: key };
      if (seen.has(key)) return [duplicateKey(key, place)];
      // `{path}` has the key and no value.
      if (value !== null) seen.add(key);
      if (!Object.hasOwn(shape, key)) return [unknownKey(key, shape, place)];
      return value === null ? [] : check(value, required(shape[key]), spotOf(key, spot));
    });
    const missing = Object.keys(shape)
      .filter((key) => !seen.has(key) && !(shape[key] instanceof z.ZodOptional))
      .map((key) => missingKey(key, spot, { ...placeAt(map, spot), field: key }));
    return [...found, ...missing];
  }

  return check(document.contents, manifestSchema, MANIFEST);
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

function unknownKey(key: string, shape: object, place: Place): Diagnostic {
  const known = Object.keys(shape);
  const meant = nearest(key, known) ?? known.find((candidate) => candidate === fieldOfHeader(key));
  const message = `unknown key ${showValue(key)}, expected ${known.slice(0, -1).join(", ")} or ${known.at(-1)}`;
  const hint = meant ? `write '${meant}'` : "remove it, or turn the line into a comment with #";
  return diagnostic("error", "KEY_UNKNOWN", message, hint, place);
}

function duplicateKey(key: string, place: Place): Diagnostic {
  const message = `the key ${showValue(key)} appears twice`;
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
