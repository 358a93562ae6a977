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
import { dirname, join, relative } from "node:path";
import { promisify } from "node:util";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { firstOf } from "../support/counts.ts";
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
    expect(stdout).toBe(
      "ManifestInvalid,UserError,adopt,apply,exportIds,merge,plan,resolve,results,validate,verify\n",
    );
  });

  it("brings along no copy of what is bundled", () => {
    const about = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    expect(about.dependencies).toBeUndefined();
    expect(Object.keys(about.optionalDependencies)).toEqual(["libsql"]);
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
    expect(checked.types === false ? ["no types"] : checked.problems).toEqual([]);
  });

  it.each(firstOf(1, ["node16", "nodenext"]))(
    "has types for programs of both kinds, as %s",
    async (module) => {
      const text = `import { apply, type ApplyResult, type RunEvent } from "qgfx";
      const onEvent = (event: RunEvent) => { if (event.event === "run.finished") event.summary.uploaded.toFixed(); };
      export const applied: Promise<ApplyResult> = apply("m.csv", { onEvent, shard: "1/2" });
      // @ts-expect-error: not an option
      export const slip = apply("m.csv", { librari: "UR_1" });`;
      const files = ["program.mts", "program.cts"];
      for (const file of files) writeFileSync(join(dir, file), text);
      const tsc = join(ROOT, "node_modules/.bin/tsc");
      const kind = ["--module", module, "--target", "es2023", "--types", "node"];
      const options = ["--noEmit", "--strict", "--skipLibCheck", "false", ...kind, ...files];
      const { stdout } = await run(tsc, options, { cwd: dir });
      expect(stdout).toBe("");
    },
  );

  it("exports every type that its functions name", () => {
    const dist = join(dir, "node_modules/qgfx/dist");
    const files = filesIn(dist).filter((file) => file.endsWith(".d.ts"));
    const texts = files.map((file) => readFileSync(join(dist, file), "utf8"));
    const entry = readFileSync(join(dist, "index.d.ts"), "utf8");
    const whole = [...entry.matchAll(/export type \* from "\.\/(.+)\.js"/g)].map(
      ([, name]) => name,
    );
    const exported = texts.flatMap((text, index) =>
      whole.includes(files[index]?.replace(".d.ts", "")) ? declared(text) : [],
    );
    exported.push(...(entry.match(/\w+/g) ?? []));
    expect(texts.flatMap(declared).filter((name) => !exported.includes(name))).toEqual([]);
    // Nothing else is named: neither a package nor a file that is not there.
    const imported = texts.flatMap((text) =>
      [...text.matchAll(/from "(.+?)"/g)].map(([, name = ""]) => name),
    );
    expect(imported.filter((name) => !/^\.\.?\/[\w./-]+\.js$/.test(name))).toEqual([]);
  });

  it("has the license of every package that is in it", () => {
    const dist = join(dir, "node_modules/qgfx/dist");
    const licenses = readFileSync(join(dist, "bin/LICENSES.txt"), "utf8");
    const code = filesIn(dist).filter((file) => file.endsWith(".js"));
    const names = code.flatMap((file) =>
      [
        ...readFileSync(join(dist, file), "utf8").matchAll(
          /node_modules\/((?:@[\w.-]+\/)?[\w.-]+)\//g,
        ),
      ].map(([, name = ""]) => name),
    );
    const parts = licenses.split(/^(?=[@a-z][^ ]* \d+\.\d+\.\d+ \()/m);
    const short = parts.filter((part) => !/permission|redistribut/i.test(part));
    expect(short.map((part) => part.split("\n")[0])).toEqual([]);
    expect(names.length).toBeGreaterThan(0);
    expect([...new Set(names)].filter((name) => !licenses.includes(`${name} `))).toEqual([]);
  });

  it("has what its page on the registry shows and links to", () => {
    const about = JSON.parse(readFileSync(join(dir, "node_modules/qgfx/package.json"), "utf8"));
    for (const field of ["repository", "homepage", "bugs", "keywords", "author", "license"]) {
      expect(about).toHaveProperty(field);
    }
    const files = filesIn(join(dir, "node_modules/qgfx"));
    expect(files).toEqual(expect.arrayContaining(["README.md", "CHANGELOG.md", "LICENSE"]));
    expect(files).toEqual(expect.arrayContaining(["docs/README.md", "docs/library.md"]));
    expect(files.filter((file) => /^(src|test|bench)\/|\.png$|\.map$/.test(file))).toEqual([]);
    const changes = readFileSync(join(ROOT, "CHANGELOG.md"), "utf8");
    expect(changes).toMatch(new RegExp(`^## ${about.version} - \\d{4}-\\d\\d-\\d\\d$`, "m"));
  });

  it("takes less than 30 MB with all that is installed along", async () => {
    const parts = ["qgfx", ...installedNames()].map((name) => join(dir, "node_modules", name));
    const { stdout } = await run("du", ["-skLc", ...parts]);
    expect(Number(/(\d+)\ttotal/.exec(stdout)?.[1])).toBeLessThan(30_000);
  });
});

/** Names of the types and functions that a declaration file declares. */
function declared(text: string): string[] {
  const names = text.matchAll(/^export (?:declare )?(?:interface|type|class|function) (\w+)/gm);
  return [...names].map(([, name = ""]) => name);
}

/** Paths of a folder's files, relative to it. */
function filesIn(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.map(({ parentPath, name }) => relative(folder, join(parentPath, name)));
}
