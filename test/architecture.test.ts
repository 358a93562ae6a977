import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";

const SRC = join(import.meta.dirname, "../src");
const STAGES = ["manifest", "plan", "execute", "report", "survey"];
const EDGES = ["files", "ledger", "qualtrics", "sandbox"];

/** What a folder may import besides itself; a stage takes only from the stages before it. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  manifest: [],
  plan: ["manifest"],
  execute: ["manifest", "plan"],
  report: ["manifest", "plan", "execute"],
  survey: ["manifest", "plan", "execute", "report"],
  files: ["manifest"],
  ledger: STAGES,
  qualtrics: STAGES,
  // Its page, as one text; nothing is called.
  sandbox: ["web/sandbox/page.html?bundled"],
  // Of the sandbox, what its answers look like.
  web: [...STAGES, "sandbox", "open"],
  jobs: [...STAGES, ...EDGES, "web"],
  // Of jobs, what they tell.
  render: [...STAGES, "jobs"],
  cli: [...STAGES, ...EDGES, "jobs", "render", "open"],
  // The server of `qgfx open`, and its page as one text.
  open: [...STAGES, ...EDGES, "jobs", "render", "web/app/page.html?bundled"],
  library: [...STAGES, "jobs", "render"],
  // The package's entry, the one file of its kind.
  "index.ts": [...STAGES, "library"],
};

// Data, no effects.
const NODE_FOR_STAGES = ["node:path", "node:buffer", "node:zlib"];

interface Import {
  /** Below src/. */
  file: string;
  folder: string;
  specifier: string;
  isType: boolean;
  /** What is imported, below src/; undefined for a package. */
  target: string | undefined;
}

const IMPORT = /(?:^(?:import|export)\b([^;"]*?)from|import\()\s*"([^"]+)"/gm;

function importsOf(file: string): Import[] {
  const text = readFileSync(join(SRC, file), "utf8");
  return [...text.matchAll(IMPORT)].map(([, clause = "", specifier = ""]) => ({
    file,
    folder: folderOf(file),
    specifier,
    isType: clause.startsWith(" type "),
    target: specifier.startsWith(".") ? join(dirname(file), specifier) : undefined,
  }));
}

function folderOf(file: string): string {
  return file.split("/")[0] ?? "";
}

const files = readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter((file) =>
  /\.tsx?$/.test(file),
);
const imports = files.flatMap(importsOf);

/** Files that import one another, each with how they come back to it. */
function circles(): string[] {
  const targets = new Map(files.map((file) => [file, new Set<string>()]));
  for (const { file, target } of imports) {
    if (target !== undefined && target !== file) targets.get(file)?.add(target);
  }
  const found = new Map<string, string>();
  for (const file of files) {
    const way = wayBack(file, targets);
    if (way) found.set([...way].sort().join(), [...way, file].join(" > "));
  }
  return [...found.values()];
}

/** The shortest way from a file over its imports back to itself; undefined where there is none. */
function wayBack(
  start: string,
  targets: ReadonlyMap<string, ReadonlySet<string>>,
): string[] | undefined {
  const ways = [[start]];
  const seen = new Set<string>();
  for (const way of ways) {
    for (const target of targets.get(way.at(-1) ?? "") ?? []) {
      if (target === start) return way;
      if (seen.has(target)) continue;
      seen.add(target);
      ways.push([...way, target]);
    }
  }
  return undefined;
}

describe("the house", () => {
  it.each(Object.keys(MAY_IMPORT))("%s imports only what its place allows", (folder) => {
    const strangers = imports.filter((one) => {
      if (one.folder !== folder || one.target === undefined) return false;
      const allowed = [folder, "user-error.ts", ...(MAY_IMPORT[folder] ?? [])];
      return !allowed.includes(folderOf(one.target)) && !allowed.includes(one.target);
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
        (/^(undici|libsql|listr2|node:sqlite)/.test(specifier) ||
          (specifier.startsWith("node:") && !NODE_FOR_STAGES.includes(specifier))),
    );
    expect(effects).toEqual([]);
  });

  it("names listr2 in one file", () => {
    const users = imports.filter(({ specifier }) => specifier === "listr2");
    expect([...new Set(users.map(({ file }) => file))]).toEqual(["render/live-progress.ts"]);
  });

  it("names the drivers of SQLite in one file", () => {
    const names = /"(libsql|node:sqlite)"/;
    const users = files.filter((file) => names.test(readFileSync(join(SRC, file), "utf8")));
    expect(users).toEqual(["ledger/driver.ts"]);
  });

  it("names undici in qualtrics/ alone", () => {
    const users = imports.filter(({ specifier }) => specifier === "undici");
    expect([...new Set(users.map(({ folder }) => folder))]).toEqual(["qualtrics"]);
  });

  it("has no folders or files named after nothing", () => {
    const vague = files.filter((file) =>
      /(^|\/)(utils|types|constants|index)(\/|\.ts$)/.test(file),
    );
    expect(vague).toEqual(["index.ts"]);
  });

  it("has the folders of the plan, and no other", () => {
    const folders = new Set(files.map(folderOf).filter((folder) => !folder.endsWith(".ts")));
    const planned = Object.keys(MAY_IMPORT).filter((folder) => !folder.endsWith(".ts"));
    expect([...folders].sort()).toEqual(planned.sort());
  });

  it("lets the pages have of the sandbox what its answers look like, and no code", () => {
    const code = imports.filter(
      ({ folder, target, isType }) => folder === "web" && target?.startsWith("sandbox/") && !isType,
    );
    expect(code).toEqual([]);
  });

  it("lets the page have of its server what they say to each other, and no code", () => {
    const code = imports.filter(
      ({ folder, target, isType }) => folder === "web" && target?.startsWith("open/") && !isType,
    );
    expect(code).toEqual([]);
  });

  it("has no circles, for types neither", () => {
    expect(circles()).toEqual([]);
  });

  it("has no file of more than 250 lines", () => {
    expect(files.filter((file) => linesOf(file) > 250)).toEqual([]);
  });
});

function linesOf(file: string): number {
  return readFileSync(join(SRC, file), "utf8").split("\n").length - 1;
}
