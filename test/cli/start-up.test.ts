import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it, onTestFinished } from "vitest";

const BIN = process.env.QGFX_BIN ?? join(import.meta.dirname, "../../dist/cli/bin.js");

/** What a command loads: own files as `cli/bin.js`, packages by their names. */
function loadedBy(...args: string[]): Set<string> {
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
  return new Set(
    urls.map(
      (url) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? url.replace(/.*\/dist\//, ""),
    ),
  );
}

it("loads next to nothing to tell the version", () => {
  const own = [...loadedBy("--version")].filter((name) => !name.startsWith("node:"));
  expect(own.sort()).toEqual(["cli/bin.js", "cli/version.js"]);
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
