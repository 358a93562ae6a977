import { spawnSync } from "node:child_process";
import {
  accessSync,
  constants,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
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

const COMPILED = join(ROOT, "dist/bin/qgfx.code.cache");

/** What V8 made of the program, with one byte of it another. */
function damaged(): Buffer {
  const bytes = readFileSync(COMPILED);
  const middle = Math.floor(bytes.length / 2);
  bytes[middle] = (bytes[middle] ?? 0) ^ 0xff;
  return bytes;
}

it.each([
  ["none", () => {}],
  ["an empty one", (file: string) => writeFileSync(file, "")],
  ["a damaged one", (file: string) => writeFileSync(file, damaged())],
  ["a folder in its place", (file: string) => mkdirSync(file)],
])("runs where what V8 made of it cannot be used: %s", (_, make) => {
  const { dir, run } = install("package.json", "qgfx.js", "qgfx.code.js");
  make(join(dir, "qgfx.code.cache"));
  expect(run("--help")).toMatch(/^0 Usage: qgfx /);
});

it("runs the code that lies there, not what V8 made of another of the same length", () => {
  const { dir, run } = install("package.json", "qgfx.js", "qgfx.code.js", "qgfx.code.cache");
  const file = join(dir, "qgfx.code.js");
  writeFileSync(
    file,
    readFileSync(file, "latin1").replaceAll("qgfx sandbox", "QGFX SANDBOX"),
    "latin1",
  );
  expect(run("sandbox", "--help")).toContain("QGFX SANDBOX");
});

/** Whether V8 took what it is said to have made; undefined where it was not given it. After `before`, as any `--require`. */
function isTaken(before = ""): unknown {
  const dir = openFolder();
  const watch = join(dir, "watch.cjs");
  writeFileSync(
    watch,
    `${before}
const vm = require("node:vm");
vm.Script = class extends vm.Script {
  constructor(...args) {
    super(...args);
    console.log(JSON.stringify({ rejected: this.cachedDataRejected }));
  }
};`,
  );
  const program = join(ROOT, "dist/bin/qgfx.js");
  const run = spawnSync(process.execPath, ["--require", watch, program, "--help"], {
    encoding: "utf8",
  });
  const { rejected } = JSON.parse(run.stdout.split("\n")[0] ?? "");
  return rejected === undefined ? undefined : !rejected;
}

it("runs from what V8 made of it when it was built", () => {
  expect(isTaken()).toBe(true);
});

// V8 of Node 20 takes what another release of Node 20 made, or another processor, and the process dies of it.
it.each(["version", "arch", "platform"])(
  "does not show V8 what a Node of another %s made",
  (what) => {
    const other = `Object.defineProperty(process, ${JSON.stringify(what)}, { value: "other" });`;
    expect(isTaken(other)).toBe(undefined);
  },
);

it("does not tell on which machine it was built", () => {
  expect(readFileSync(COMPILED).includes(join(ROOT, "dist"))).toBe(false);
});

it.skipIf(process.platform === "win32")("may be executed after each build", () => {
  accessSync(join(ROOT, "dist/bin/qgfx.js"), constants.X_OK);
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
