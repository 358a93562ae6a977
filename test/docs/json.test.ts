import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fieldsOf, readSchema } from "../support/schema-fields.ts";

const ROOT = join(import.meta.dirname, "../..");
const PAGE = join(ROOT, "docs/json.md");
const SCHEMAS = readdirSync(join(ROOT, "schemas"))
  .map((file) => file.replace(".schema.json", ""))
  .sort();

/** The page: its opening as it is written there, and below it what the schemas say. */
function renderPage(page: string): string {
  const [opening = ""] = page.split(/^## /m);
  return `${[opening.trim(), ...SCHEMAS.map(renderSchema)].join("\n\n")}\n`;
}

function renderSchema(name: string): string {
  const schema = readSchema(name);
  const rows = fieldsOf(schema).map(
    ({ name: field, type, meaning }) => `| \`${field}\` | ${type} | ${meaning} |`,
  );
  const table = ["| field | type | what it is |", "|---|---|---|", ...rows];
  return [`## \`${name}\``, "", schema.description, "", ...table].join("\n");
}

describe("docs/json.md", () => {
  // `npm run schemas` writes it again.
  it("says of every schema what the code says", async () => {
    await expect(renderPage(readFileSync(PAGE, "utf8"))).toMatchFileSnapshot(PAGE);
  });

  it.each(SCHEMAS)("has words for %s and each of its fields", (name) => {
    const schema = readSchema(name);
    expect(schema.description).toBeTruthy();
    expect(fieldsOf(schema).filter(({ meaning }) => meaning === "")).toEqual([]);
  });
});
