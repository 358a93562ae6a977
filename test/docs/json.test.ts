import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fieldsOf, readSchema } from "../support/schema-fields.ts";

const ROOT = join(import.meta.dirname, "../..");
const PAGE = join(ROOT, "docs/json.md");
const SCHEMAS = readdirSync(join(ROOT, "schemas"))
  .map((file) => file.replace(".schema.json", ""))
  .sort();

interface Section {
  /** What stands before the table. */
  text: string;
  meanings: Map<string, string>;
}

/** The page's words, by the schema they belong to. */
function readWords(page: string): { opening: string; sections: Map<string, Section> } {
  const [opening = "", ...rest] = page.split(/^## /m);
  const sections = rest.map((section): [string, Section] => {
    const [heading = "", ...body] = section.split("\n");
    const meanings = new Map<string, string>();
    for (const [, field = "", meaning = ""] of section.matchAll(
      /^\| `(.+?)` \| .* \| (.*) \|$/gm,
    )) {
      meanings.set(field, meaning.trim());
    }
    const text = body
      .filter((line) => !line.startsWith("|"))
      .join("\n")
      .trim();
    return [/^`(.+)`$/.exec(heading)?.[1] ?? heading, { text, meanings }];
  });
  return { opening, sections: new Map(sections) };
}

/** The page with those words and the fields that the schemas have now. */
function renderPage(page: string): string {
  const { opening, sections } = readWords(page);
  const rendered = SCHEMAS.map((name) => {
    const schema = readSchema(name);
    const words = sections.get(name);
    const rows = fieldsOf(schema).map((field) => {
      const meaning = field.meaning || (words?.meanings.get(field.name) ?? "");
      return `| \`${field.name}\` | ${field.type} | ${meaning} |`;
    });
    const text = schema.description ?? words?.text ?? "";
    return [`## \`${name}\``, "", text, "", "| field | type | is |", "|---|---|---|", ...rows].join(
      "\n",
    );
  });
  return `${[opening.trim(), ...rendered].join("\n\n")}\n`;
}

describe("docs/json.md", () => {
  // `npm run schemas` writes the page's tables again; the words are kept, those of new fields are yours to add.
  it("lists every field of every schema with its type", async () => {
    const page = readFileSync(PAGE, "utf8");
    await expect(renderPage(page)).toMatchFileSnapshot(PAGE);
  });

  it.each(SCHEMAS)("says what each field of %s is", (name) => {
    const section = readWords(readFileSync(PAGE, "utf8")).sections.get(name);
    const unsaid = fieldsOf(readSchema(name)).filter((field) => !section?.meanings.get(field.name));
    expect(unsaid).toEqual([]);
  });
});
