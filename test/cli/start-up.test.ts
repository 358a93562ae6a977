import { spawnSync } from "node:child_process";
import { accessSync, constants, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { expect, it, onTestFinished } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const BIN = join(ROOT, "dist/bin/qgfx.js");

interface Loaded {
  stdout: string;
  /** Bytes of the files of ours that were loaded. */
  bytes: number;
  /** What they hold: packages by their names, our own sources as `cli/run.ts`. */
  sources: Set<string>;
}

/** Runs a command and tells what was loaded for it. */
function loadedBy(...args: string[]): Loaded {
  const dir = mkdtempSync(join(tmpdir(), "qgfx-start-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
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
  const files = urls.filter((url) => url.includes("/dist/"));
  const code = files.map((url) => readFileSync(fileURLToPath(url), "utf8")).join("\n");
  return { stdout: run.stdout, bytes: code.length, sources: sourcesIn(code) };
}

/** The bundler names each source in front of its code. */
function sourcesIn(code: string): Set<string> {
  const found = code.matchAll(/^\/\/ (?:.*node_modules\/((?:@[^/]+\/)?[^/]+)|src\/(.+)$)/gm);
  return new Set([...found].flatMap(([, library, own]) => library ?? own ?? []));
}

it.each(["--version", "-V"])("loads nothing of the program to tell its version (%s)", (option) => {
  const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const { stdout, bytes } = loadedBy(option);
  expect(stdout).toBe(`${version}\n`);
  expect(bytes).toBeLessThan(5_000);
});

it("checks no schema to validate a CSV, to print help and to complete a command", () => {
  for (const args of [["validate", "m.csv"], ["--help"], ["complete", "--", "val"]]) {
    expect(loadedBy(...args).sources).not.toContain("zod");
  }
});

it.skipIf(process.platform === "win32")("may be executed after each build", () => {
  accessSync(BIN, constants.X_OK);
});

const NETWORK = ["undici", "listr2", "sandbox/start-sandbox.ts"];
const OTHER_FORMATS = ["yaml", "fflate", "sax", "numfmt", "write-excel-file"];

it.each(["validate", "plan"])(
  "loads neither network, progress, sandbox nor other formats to %s a CSV",
  (command) => {
    const { sources } = loadedBy(command, "m.csv", "--sandbox");
    expect(sources).toContain("commander");
    expect(sources).toContain("csv-parse");
    for (const heavy of [...NETWORK, ...OTHER_FORMATS]) expect(sources).not.toContain(heavy);
  },
);
