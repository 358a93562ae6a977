import { execFile } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { png } from "../support/pictures.ts";

const ROOT = join(import.meta.dirname, "../..");
const PAGE = readFileSync(join(ROOT, "docs/library.md"), "utf8");
const EXAMPLE = /```js\n(.*?)```/s.exec(PAGE)?.[1] ?? "";
const PRINTED = /```text\n(.*?)```/s.exec(PAGE)?.[1] ?? "";

const run = promisify(execFile);
let dir: string;
let tarball: Buffer;

/** The package as a user gets it, in a project of its own. */
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "qgfx-package-"));
  await run("npm", ["pack", "--ignore-scripts", "--silent", "--pack-destination", dir], {
    cwd: ROOT,
  });
  const [file = ""] = readdirSync(dir).filter((name) => name.endsWith(".tgz"));
  tarball = readFileSync(join(dir, file));
  const modules = join(dir, "node_modules");
  mkdirSync(join(modules, "qgfx"), { recursive: true });
  await run("tar", ["-xzf", join(dir, file), "-C", join(modules, "qgfx"), "--strip-components=1"]);
  for (const name of [...installedNames(), "@types/node"]) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(ROOT, "node_modules", name), join(modules, name));
  }
  writeFileSync(join(dir, "package.json"), '{"type":"module","private":true}');
  writeFileSync(join(dir, "example.js"), EXAMPLE);
  writeFileSync(join(dir, "summer.csv"), "path,name\nsun.png,Sun\nrain.png,\n");
  writeFileSync(join(dir, "sun.png"), png(1));
  writeFileSync(join(dir, "rain.png"), png(2));
});

/** What npm installs along with the package, of what is here. */
function installedNames(): string[] {
  const lock: { packages: Record<string, { dev?: boolean }> } = JSON.parse(
    readFileSync(join(ROOT, "package-lock.json"), "utf8"),
  );
  const wanted = Object.entries(lock.packages).filter(([path, { dev }]) => path !== "" && !dev);
  const names = wanted.map(([path]) => path.replace("node_modules/", ""));
  return names.filter((name) => existsSync(join(ROOT, "node_modules", name)));
}

afterAll(() => rmSync(dir, { recursive: true, force: true }));

function node(...args: string[]) {
  return run(process.execPath, args, { cwd: dir, timeout: 20_000 });
}

describe("the packed package", () => {
  it("runs the example of docs/library.md, which has 20 lines and prints what the page says", async () => {
    expect(EXAMPLE.trimEnd().split("\n")).toHaveLength(20);
    const { stdout, stderr } = await node("example.js");
    expect({ stdout, stderr }).toEqual({ stdout: PRINTED, stderr: "" });
  });

  it("has types that fit the example", async () => {
    const options = ["--allowJs", "--checkJs", "--noEmit", "--strict", "--noImplicitAny", "false"];
    const kind = ["--module", "nodenext", "--target", "es2023", "--types", "node"];
    const tsc = join(ROOT, "node_modules/.bin/tsc");
    await expect(
      run(tsc, [...options, ...kind, "example.js"], { cwd: dir }),
    ).resolves.toBeDefined();
  });

  it("can be required, too", async () => {
    const { stdout } = await node(
      "--input-type=commonjs",
      "-e",
      'console.log(Object.keys(require("qgfx")).sort().join())',
    );
    expect(stdout).toBe("ManifestInvalid,UserError,apply,plan,validate\n");
  });

  it("brings along no copy of what is bundled, but for what its types name", () => {
    const { dependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    expect(Object.keys(dependencies)).toEqual(["zod"]);
  });

  it("loads no argument parser", async () => {
    const hooks = `import { appendFileSync } from "node:fs";
      export const load = (url, context, next) => {
        appendFileSync("loaded", url + "\\n");
        return next(url, context);
      };`;
    writeFileSync(join(dir, "hooks.mjs"), hooks);
    writeFileSync(
      join(dir, "register.mjs"),
      'import { register } from "node:module"; register("./hooks.mjs", import.meta.url);',
    );
    await node("--import", "./register.mjs", "--input-type=module", "-e", 'import "qgfx"');
    const urls = readFileSync(join(dir, "loaded"), "utf8").trimEnd().split("\n");
    const files = urls.filter((url) => url.includes("/qgfx/dist/"));
    const code = files.map((url) => readFileSync(new URL(url), "utf8")).join("\n");
    expect(code).toContain("ManifestInvalid");
    expect(code).not.toMatch(/^\/\/ node_modules\/(commander|@bomb.sh)/m);
  });

  it("passes publint", async () => {
    const { messages, pkg } = await publint({
      pkgDir: join(dir, "node_modules/qgfx"),
      pack: false,
      strict: true,
    });
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
  });

  it("passes are-the-types-wrong", async () => {
    const checked = await checkPackage(createPackageFromTarballData(tarball));
    const problems = checked.types === false ? ["no types"] : checked.problems;
    // Node 20.19 and later can require an ES module; resolution of before 2019 knows no exports.
    const fine = ["CJSResolvesToESM"];
    const bad = problems.filter((one) => typeof one === "string" || !isFine(one, fine));
    expect(bad).toEqual([]);
  });
});

function isFine(problem: object, kinds: readonly string[]): boolean {
  if ("resolutionKind" in problem && problem.resolutionKind === "node10") return true;
  return "kind" in problem && kinds.includes(String(problem.kind));
}
