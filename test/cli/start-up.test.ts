import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it, onTestFinished } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
/** The modules the shipped program is made of, each on its own: what is not loaded here, it does not run. */
const BIN = join(ROOT, "dist/cli/bin.js");

function openFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), "qgfx-start-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** What a command loads: own files as `cli/bin.js`, packages by their names. */
function loadedBy(...args: string[]): Set<string> {
  const dir = openFolder();
  const list = join(dir, "loaded");
  writeFileSync(list, "");
  writeFileSync(
    join(dir, "hooks.mjs"),
    `import { appendFileSync } from "node:fs";
export const load = (url, context, next) => {
  appendFileSync(${JSON.stringify(list)}, url + "\\n");
  return next(url, context);
};`,
  );
  writeFileSync(
    join(dir, "start.mjs"),
    'import { register } from "node:module"; register("./hooks.mjs", import.meta.url);',
  );
  writeFileSync(join(dir, "m.csv"), "path,folder\n");
  const start = pathToFileURL(join(dir, "start.mjs")).href;
  const run = spawnSync(process.execPath, ["--import", start, BIN, ...args], {
    cwd: dir,
    encoding: "utf8",
  });
  expect(run.stderr).not.toContain("Error");
  const urls = readFileSync(list, "utf8").trimEnd().split("\n");
  return new Set(
    urls.map(
      (url) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? url.replace(/.*\/dist\//, ""),
    ),
  );
}

/** The shipped program, installed in a folder of its own, as far as `files` go. */
function install(...files: string[]): { dir: string; run: (...args: string[]) => string } {
  const root = openFolder();
  const dir = join(root, "dist/bin");
  for (const file of files) cpSync(join(ROOT, "dist/bin", file), join(dir, file));
  cpSync(join(ROOT, "package.json"), join(root, "package.json"));
  const run = (...args: string[]) => {
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      [join(dir, "qgfx.js"), ...args],
      { encoding: "utf8" },
    );
    return `${status} ${stdout}${stderr}`;
  };
  return { dir, run };
}

it.each(["--version", "-V"])("loads nothing of the program to tell its version (%s)", (option) => {
  const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  expect(install("package.json", "qgfx.js").run(option)).toBe(`0 ${version}\n`);
});

it.each([
  ["none", undefined],
  ["an empty one", Buffer.alloc(0)],
  ["a damaged one", Buffer.alloc(4_096, 7)],
])("runs where what V8 made of it cannot be used: %s", (_, cache) => {
  const { dir, run } = install("package.json", "qgfx.js", "qgfx.code.js");
  if (cache) writeFileSync(join(dir, "qgfx.code.cache"), cache);
  expect(run("--help")).toMatch(/^0 Usage: qgfx /);
});

it("runs from what V8 made of it when it was built", () => {
  const dir = openFolder();
  const watch = join(dir, "watch.cjs");
  writeFileSync(
    watch,
    `const vm = require("node:vm");
vm.Script = class extends vm.Script {
  constructor(...args) {
    super(...args);
    console.log("rejected:", this.cachedDataRejected);
  }
};`,
  );
  const program = join(ROOT, "dist/bin/qgfx.js");
  const run = spawnSync(process.execPath, ["--require", watch, program, "--help"], {
    encoding: "utf8",
  });
  expect(run.stdout).toContain("rejected: false");
});

const NETWORK = ["undici", "listr2", "qualtrics/client.js", "sandbox/start-sandbox.js"];
const OTHER_FORMATS = ["yaml", "fflate", "read-excel-file", "manifest/parse-yaml.js"];

it.each(["validate", "plan"])(
  "loads neither network, progress, sandbox nor other formats to %s a CSV",
  (command) => {
    const loaded = loadedBy(command, "m.csv", "--sandbox");
    expect(loaded).toContain("commander");
    for (const heavy of [...NETWORK, ...OTHER_FORMATS]) expect(loaded).not.toContain(heavy);
  },
);

it("does not load what writes to a ledger to plan", () => {
  const loaded = loadedBy("plan", "m.csv", "--sandbox");
  expect(loaded).toContain("ledger/read-ledger.js");
  expect(loaded).not.toContain("ledger/held-ledger.js");
  expect(loaded).not.toContain("ledger/merge-ledgers.js");
});
