import type { JsonSchema } from "./schema-fields.ts";

/** What a type is named, and where in its schema it stands: `actions[]`, `""` for all of it. */
export type NamedParts = Readonly<Record<string, string>>;

/**
 * The TypeScript types of a JSON schema, as `export`s with its descriptions as comments: a name in `parts` becomes a
 * type of its own, unless `written` has it.
 */
export function formatTypes(
  schema: JsonSchema,
  parts: NamedParts,
  written: ReadonlySet<string>,
): string[] {
  const nameAt = new Map(Object.entries(parts).map(([name, place]) => [place, name]));
  const found = new Map<string, JsonSchema>();
  find(schema, "", nameAt, found);
  const missing = Object.keys(parts).filter((name) => !found.has(name));
  if (missing.length > 0) throw new Error(`not in the schema: ${missing.join(", ")}`);
  const wanted = [...found].filter(([name]) => !written.has(name));
  return wanted.map(([name, part]) => {
    const type = formatType(part, parts[name] ?? "", nameAt, { isNamed: false });
    const isObject = type.startsWith("{");
    return `${comment(part)}export ${isObject ? "interface" : "type"} ${name} ${isObject ? type : `= ${type};`}\n`;
  });
}

function find(
  schema: JsonSchema,
  place: string,
  nameAt: ReadonlyMap<string, string>,
  found: Map<string, JsonSchema>,
): void {
  const name = nameAt.get(place);
  if (name !== undefined && isNameable(schema)) found.set(name, schema);
  for (const [key, value] of Object.entries(schema.properties ?? {})) {
    find(value, place === "" ? key : `${place}.${key}`, nameAt, found);
  }
  if (schema.items) find(schema.items, `${place}[]`, nameAt, found);
  for (const variant of variantsOf(schema)) find(variant, placeOf(variant, place), nameAt, found);
}

function formatType(
  schema: JsonSchema,
  place: string,
  nameAt: ReadonlyMap<string, string>,
  { isNamed = true } = {},
): string {
  const name = nameAt.get(place);
  if (isNamed && name !== undefined && isNameable(schema)) return name;
  const variants = variantsOf(schema).map((one) => formatType(one, placeOf(one, place), nameAt));
  if (variants.length > 0) return variants.join(" | ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.items) return `${formatType(schema.items, `${place}[]`, nameAt)}[]`;
  if (schema.properties) return formatObject(schema, place, nameAt);
  return [schema.type ?? "unknown"].flat().map(plainType).join(" | ");
}

function formatObject(
  { properties = {}, required = [] }: JsonSchema,
  place: string,
  nameAt: ReadonlyMap<string, string>,
): string {
  const fields = Object.entries(properties).map(([key, value]) => {
    const type = formatType(value, place === "" ? key : `${place}.${key}`, nameAt);
    const field = required.includes(key) ? `${key}: ${type}` : `${key}?: ${type} | undefined`;
    return indent(`${comment(value)}${field};`);
  });
  return `{\n${fields.join("\n")}\n}`;
}

function variantsOf({ anyOf, oneOf }: JsonSchema): JsonSchema[] {
  return anyOf ?? oneOf ?? [];
}

/** Of what may be null, the name is the other variant's. */
function isNameable(schema: JsonSchema): boolean {
  return [schema, ...variantsOf(schema)].every(({ type }) => type !== "null");
}

/** A variant of a union of events stands where its name is. */
function placeOf({ properties }: JsonSchema, place: string): string {
  const event = properties?.event?.const;
  return event === undefined ? place : `${place}<${event}>`;
}

function plainType(type: string): string {
  return type === "integer" ? "number" : type;
}

function comment({ description }: JsonSchema): string {
  return description === undefined ? "" : `/** ${description} */\n`;
}

function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gm, "  ");
}
