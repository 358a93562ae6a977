// A step of `npm run build`, after the compiler: of the declarations in dist/ it keeps those that the library's entry names,
// and writes them once more for programs that `require` the library. The types of documents come from schemas/: those of
// the compiler name zod, and a package whose types named zod would bring it along.
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const DIST = join(ROOT, "dist");
const ENDING = /\.ts(?=")/g;

/** What types are named, by their schema and where they stand in it; `src/library/documents.ts` has the same names. */
const TYPES = {
  validation: { "diagnostics[]": "Problem" },
  plan: {
    "": "PlanDocument",
    target: "Target",
    summary: "PlanSummary",
    "actions[]": "Action",
    saved: "SavedPlan",
  },
  events: {
    "": "RunEvent",
    "<run.started>": "RunStarted",
    "<run.started>.target": "Target",
    "<run.started>.summary": "PlanSummary",
    "<item.started>": "ItemStarted",
    "<item.retrying>": "ItemRetrying",
    "<item.finished>": "ItemFinished",
    "<run.finished>": "RunFinished",
    "<run.finished>.summary": "RunSummary",
  },
  ids: { "": "ExportDocument" },
  resolution: {
    "": "Resolution",
    list: "UsedList",
    "settled[]": "SettledUpload",
    "unknown[]": "UnknownUpload",
  },
  adoption: { "": "Adoption", target: "Target", list: "UsedList", "rows[]": "AdoptedRow" },
  verification: { "": "Verification", target: "Target", "graphics[]": "VerifiedGraphic" },
  merge: { "": "MergeDocument", summary: "RunSummary", "conflicts[]": "MergeConflict" },
};

/** Declarations by the names of their types. */
const declared = new Map();

for (const [schema, names] of Object.entries(TYPES)) {
  const file = join(ROOT, "schemas", `${schema}.schema.json`);
  typeOf(JSON.parse(readFileSync(file, "utf8")), "", names);
  const missing = Object.values(names).filter((name) => !declared.has(name));
  if (missing.length > 0) throw new Error(`not in ${file}: ${missing.join(", ")}`);
}
writeFileSync(join(DIST, "library/documents.d.ts"), [...declared.values()].join("\n"));

/** The TypeScript type of a part of a JSON schema; one that has a name is declared. */
function typeOf(schema, place, names) {
  const name = names[place];
  // Of what may be null, the name is the other variant's.
  const isNullable = [schema, ...variantsOf(schema)].some(({ type }) => type === "null");
  if (name === undefined || isNullable) return writtenOut(schema, place, names);
  if (!declared.has(name)) {
    declared.set(name, "");
    const type = writtenOut(schema, place, names);
    const text = type.startsWith("{") ? `interface ${name} ${type}` : `type ${name} = ${type};`;
    declared.set(name, `${comment(schema)}export ${text}\n`);
  }
  return name;
}

function writtenOut(schema, place, names) {
  const variants = variantsOf(schema);
  if (variants.length > 0) {
    return variants.map((one) => typeOf(one, place + eventOf(one), names)).join(" | ");
  }
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.items) return `${typeOf(schema.items, `${place}[]`, names)}[]`;
  if (!schema.properties) {
    const types = [schema.type ?? "unknown"].flat();
    return types.map((type) => (type === "integer" ? "number" : type)).join(" | ");
  }
  const fields = Object.entries(schema.properties).map(([key, value]) => {
    const type = typeOf(value, place === "" ? key : `${place}.${key}`, names);
    const isRequired = schema.required?.includes(key);
    const field = isRequired ? `${key}: ${type}` : `${key}?: ${type} | undefined`;
    return `${comment(value)}${field};`.replaceAll(/^(?=.)/gm, "  ");
  });
  return `{\n${fields.join("\n")}\n}`;
}

function variantsOf({ anyOf, oneOf }) {
  return anyOf ?? oneOf ?? [];
}

/** Of events, each variant is a place of its own. */
function eventOf({ properties }) {
  const event = properties?.event?.const;
  return event === undefined ? "" : `<${event}>`;
}

function comment({ description }) {
  return description === undefined ? "" : `/** ${description} */\n`;
}

/** Texts of the declarations that `entry` leads to, by their paths. */
function reachableFrom(entry, found = new Map()) {
  const text = readFileSync(entry, "utf8");
  found.set(entry, text);
  for (const [, name] of text.matchAll(/from "(\.[^"]+)\.ts"/g)) {
    const file = join(dirname(entry), `${name}.d.ts`);
    if (!found.has(file)) reachableFrom(file, found);
  }
  return found;
}

const kept = reachableFrom(join(DIST, "index.d.ts"));
const all = readdirSync(DIST, { recursive: true }).map((name) => join(DIST, name));
for (const file of all) if (file.endsWith(".d.ts")) rmSync(file);
for (const [file, text] of kept) {
  // TypeScript before 5.2 knows no `.ts` in an import of a declaration.
  writeFileSync(file, text.replaceAll(ENDING, ".js"));
  writeFileSync(file.replace(/\.ts$/, ".cts"), text.replaceAll(ENDING, ".cjs"));
}
