import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The parts of a JSON schema (draft 7) that zod writes. */
export interface JsonSchema {
  title?: string;
  description?: string;
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
}

/** A field by its name in a page's table, as `actions[].line`. */
export interface SchemaField {
  name: string;
  /** In words: `integer or null`. */
  type: string;
  /** What it is, in the schema's words; of a union each variant's. Empty: the schema does not say. */
  meaning: string;
}

type Fields = Map<string, { types: Set<string>; meanings: Set<string> }>;

/** Reads `schemas/NAME.schema.json`. */
export function readSchema(name: string): JsonSchema {
  const file = join(import.meta.dirname, "../../schemas", `${name}.schema.json`);
  return JSON.parse(readFileSync(file, "utf8")) as JsonSchema;
}

/** Every field of a schema in order; the variants of a union are put together. */
export function fieldsOf(schema: JsonSchema): SchemaField[] {
  const fields: Fields = new Map();
  collect(schema, "", fields);
  return [...fields].map(([name, { types, meanings }]) => ({
    name,
    type: [...types].join(" or "),
    meaning: [...meanings].join("; "),
  }));
}

function collect(schema: JsonSchema, prefix: string, fields: Fields): void {
  for (const variant of variantsOf(schema)) {
    for (const [key, value] of Object.entries(variant.properties ?? {})) {
      const name = `${prefix}${key}`;
      const field = fields.get(name) ?? { types: new Set(), meanings: new Set() };
      fields.set(name, field);
      for (const type of typesOf(value)) field.types.add(type);
      if (!variant.required?.includes(key)) field.types.add("absent");
      if (value.description !== undefined) field.meanings.add(value.description);
      collectWithin(value, name, fields);
    }
  }
}

function collectWithin(schema: JsonSchema, name: string, fields: Fields): void {
  for (const variant of variantsOf(schema)) {
    if (variant.items) collect(variant.items, `${name}[].`, fields);
    else collect(variant, `${name}.`, fields);
  }
}

function variantsOf(schema: JsonSchema): JsonSchema[] {
  const union = schema.anyOf ?? schema.oneOf;
  return union ? union.flatMap(variantsOf) : [schema];
}

function typesOf(schema: JsonSchema): string[] {
  return variantsOf(schema).flatMap((variant) => {
    if (variant.const !== undefined) return [`\`${JSON.stringify(variant.const)}\``];
    if (variant.enum) return variant.enum.map((value) => `\`${JSON.stringify(value)}\``);
    if (variant.items) return [`array of ${typesOf(variant.items)[0]}s`];
    return [variant.type ?? "anything"].flat();
  });
}
