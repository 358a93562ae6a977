import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { runCli } from "../support/run-cli.ts";

const ROOT = join(import.meta.dirname, "../..");

async function help(...command: string[]): Promise<string> {
  return (await runCli(ROOT, [...command, "--help"])).stdout;
}

function readPages(): string {
  const docs = readdirSync(join(ROOT, "docs")).filter((name) => name.endsWith(".md"));
  const pages = ["README.md", ...docs.map((name) => join("docs", name))];
  return pages.map((page) => readFileSync(join(ROOT, page), "utf8")).join("\n");
}

it("every command and every option of the help is spoken of in the README or in docs/", async () => {
  const [, listed = ""] = (await help()).split("Commands:\n");
  const commands = [...listed.matchAll(/^ {2}(?!help)(\w+)/gm)].map(([, name = ""]) => name);
  const pages = readPages();
  const unspoken = commands.filter((name) => !new RegExp(`qgfx ${name}|\`${name}\``).test(pages));
  for (const command of commands) {
    for (const [, option = ""] of (await help(command)).matchAll(/^ +(?:-\w, )?(--[a-z-]+)/gm)) {
      if (!pages.includes(option) && option !== "--help") unspoken.push(`${command} ${option}`);
    }
  }
  expect(commands.length).toBeGreaterThan(10);
  expect(unspoken).toEqual([]);
});
