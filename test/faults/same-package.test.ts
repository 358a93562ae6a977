import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const run = promisify(execFile);

/** What the package is made from. */
const SOURCES = ["src", "schemas", "docs", "README.md", "CHANGELOG.md", "LICENSE", ".npmrc"];
const SETTINGS = ["package.json", "tsconfig.json", "tsconfig.build.json"];

/** The package as `npm pack` builds it in a folder of its own. */
async function packIn(folder: string): Promise<Buffer> {
  mkdirSync(folder, { recursive: true });
  await run("cp", ["-R", ...SOURCES, ...SETTINGS, folder], { cwd: ROOT });
  // Hard links where they can be made: the build takes the packages from its own folder.
  const modules = join(ROOT, "node_modules");
  const linked = run("cp", ["-RPl", modules, folder]);
  await linked.catch(() => run("cp", ["-RP", modules, folder]));
  await run("npm", ["pack", "--ignore-scripts=false", "--silent"], { cwd: folder });
  const [file = ""] = readdirSync(folder).filter((name) => name.endsWith(".tgz"));
  return readFileSync(join(folder, file));
}

test("the package is the same, byte for byte, wherever it is built", async () => {
  const dir = mkdtempSync(join(tmpdir(), "qgfx-same-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const one = await packIn(join(dir, "one"));
  const other = await packIn(join(dir, "another/folder"));
  expect(one.equals(other)).toBe(true);
});
