import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, it } from "vitest";

const SRC = join(import.meta.dirname, "../src");
const STAGES = ["manifest", "plan", "execute", "report"];
const EDGES = ["files", "ledger", "qualtrics", "sandbox"];

/** What a folder may import besides itself; a stage takes only from the stages before it. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  manifest: [],
  plan: ["manifest"],
  execute: ["manifest", "plan"],
  report: ["manifest", "plan", "execute"],
  files: ["manifest"],
  ledger: STAGES,
  qualtrics: STAGES,
  sandbox: [],
  jobs: [...STAGES, ...EDGES],
  // Of jobs, what they tell.
  render: [...STAGES, "jobs"],
  cli: [...STAGES, ...EDGES, "jobs", "render"],
  library: [...STAGES, "jobs", "render"],
  // The package's entry, the one file of its kind.
  "index.ts": [...STAGES, "library"],
};

// Data, no effects.
const NODE_FOR_STAGES = ["node:path", "node:buffer"];

interface Import {
  file: string;
  folder: string;
  specifier: string;
}

function importsOf(file: string): Import[] {
  const text = readFileSync(file, "utf8");
  const found = text.matchAll(/(?:from|import\()\s*"([^"]+)"/g);
  const folder = folderOf(file);
  return [...found].map(([, specifier = ""]) => ({ file: relative(SRC, file), folder, specifier }));
}

function folderOf(file: string): string {
  return relative(SRC, file).split("/")[0] ?? "";
}

const files = readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .map((file) => join(SRC, file));
const imports = files.flatMap(importsOf);

describe("the house", () => {
  it.each(Object.keys(MAY_IMPORT))("%s imports only what its place allows", (folder) => {
    const strangers = imports.filter((one) => {
      if (one.folder !== folder || !one.specifier.startsWith(".")) return false;
      const target = folderOf(join(SRC, dirname(one.file), one.specifier));
      return (
        target !== folder && target !== "user-error.ts" && !MAY_IMPORT[folder]?.includes(target)
      );
    });
    expect(strangers).toEqual([]);
  });

  it("keeps jobs away from any terminal", () => {
    const strangers = imports.filter(
      ({ folder, specifier }) =>
        folder === "jobs" && /^(commander|listr2|node:readline)/.test(specifier),
    );
    expect(strangers).toEqual([]);
  });

  it("keeps effects out of the stages", () => {
    const effects = imports.filter(
      ({ folder, specifier }) =>
        STAGES.includes(folder) &&
        (/^(undici|libsql|listr2)/.test(specifier) ||
          (specifier.startsWith("node:") && !NODE_FOR_STAGES.includes(specifier))),
    );
    expect(effects).toEqual([]);
  });

  it.each([
    ["libsql", ["ledger/database.ts"]],
    ["listr2", ["render/live-progress.ts"]],
  ])("names %s in one file", (library, places) => {
    const users = imports.filter(({ specifier }) => specifier === library).map(({ file }) => file);
    expect([...new Set(users)]).toEqual(places);
  });

  it("names undici in qualtrics/ alone", () => {
    const users = imports.filter(({ specifier }) => specifier === "undici");
    expect([...new Set(users.map(({ folder }) => folder))]).toEqual(["qualtrics"]);
  });

  it("has no folders or files named after nothing", () => {
    const vague = files.filter((file) =>
      /(^|\/)(utils|types|constants|index)(\/|\.ts$)/.test(file),
    );
    expect(vague.map((file) => relative(SRC, file))).toEqual(["index.ts"]);
  });
});
