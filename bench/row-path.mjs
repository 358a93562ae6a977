// npm run row-path: how many files one row of a CSV passes, from argv to its results, and how large the files of src/
// are. A one-row apply runs on the modules as they are compiled, not bundled, and V8 tells which functions it called.
// The sandbox is another process and does not count; nor does what only declares commands, nor the pages of web/.
// Another tree can be looked at: `npm run row-path -- FOLDER`.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "rolldown";
import { bundledPages } from "../src/web/bundled-pages.mjs";

const ROOT = resolve(process.argv[2] ?? fileURLToPath(new URL("..", import.meta.url)));
const ASIDE = ["cli/commands/", "web/", "sandbox/"];

const work = mkdtempSync(join(tmpdir(), "qgfx-row-path-"));
const dist = join(work, "dist");
const program = join(dist, "cli/bin.js");
try {
  await compile();
  showPath(await filesOfOneRow());
  showSizes(sourceSizes());
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** Each source as a module of its own, the packages where they are. */
async function compile() {
  await build({
    cwd: ROOT,
    input: "src/cli/bin.ts",
    platform: "node",
    logLevel: "warn",
    external: (name) => /^[@a-z]/.test(name),
    plugins: [bundledPages()],
    output: {
      dir: dist,
      preserveModules: true,
      preserveModulesRoot: "src",
      entryFileNames: "[name].js",
    },
  });
  cpSync(join(ROOT, "package.json"), join(work, "package.json"));
  symlinkSync(join(ROOT, "node_modules"), join(work, "node_modules"));
}

/** Of each file that an apply loads, whether it calls a function there: more than loading it does. */
async function filesOfOneRow() {
  const folder = join(work, "sheet");
  cpSync(join(ROOT, "manifests/pictures/seasons/winter.png"), join(folder, "winter.png"));
  writeFileSync(join(folder, "m.csv"), "path,name,folder\nwinter.png,Winter,Seasons\n");
  const sandbox = spawn(process.execPath, [program, "sandbox"]);
  try {
    const [firstLine] = await once(sandbox.stdout, "data");
    const { url, token, library } = JSON.parse(firstLine);
    const applied = calls([program, "apply", "m.csv", "--yes"], folder, {
      QUALTRICS_BASE_URL: url,
      QUALTRICS_API_KEY: token,
      QUALTRICS_LIBRARY_ID: library,
    });
    const modules = [...applied.keys()].filter((file) => file !== program);
    const imports = modules.map((file) => `import ${JSON.stringify(file)};`).join("\n");
    writeFileSync(join(work, "load.mjs"), imports);
    const loaded = calls([join(work, "load.mjs")], folder, {});
    return [...applied].map(([file, counts]) => ({
      file: relative(dist, file).split(sep).join("/").replace(/\.js$/, ".ts"),
      isPassed: [...counts].some(([place, count]) => count > (loaded.get(file)?.get(place) ?? 0)),
    }));
  } finally {
    sandbox.kill();
  }
}

/** Runs Node; of each of our modules that it loads, how often each function was called. */
function calls(args, cwd, env) {
  const folder = mkdtempSync(join(work, "coverage-"));
  node(args, cwd, { ...env, NODE_V8_COVERAGE: folder });
  const scripts = readdirSync(folder).flatMap(
    (file) => JSON.parse(readFileSync(join(folder, file), "utf8")).result,
  );
  const ours = scripts.filter(({ url }) => url.startsWith("file:"));
  const counted = ours.map(({ url, functions }) => [fileURLToPath(url), callCounts(functions)]);
  return new Map(counted.filter(([file]) => file.startsWith(dist + sep)));
}

/** V8 tells each function by its place; the first is the module itself. */
function callCounts([_module, ...functions]) {
  const whole = functions.map(({ ranges }) => ranges[0]);
  return new Map(whole.map(({ startOffset, count }) => [startOffset, count]));
}

function node(args, cwd, env) {
  const options = { cwd, env: { PATH: process.env.PATH, ...env }, encoding: "utf8" };
  const { status, stdout, stderr } = spawnSync(process.execPath, args, options);
  if (status !== 0) throw new Error(`${args.join(" ")} ended with ${status}: ${stdout}${stderr}`);
}

function showPath(loaded) {
  const counted = loaded.filter(({ file }) => !ASIDE.some((folder) => file.startsWith(folder)));
  const passed = counted.filter(({ isPassed }) => isPassed).map(({ file }) => file);
  say(`one row passes ${passed.length} files of ${counted.length} that are loaded:`);
  for (const [folder, files] of byFolder(passed)) {
    say(`  ${folder.padEnd(18)} ${String(files.length).padStart(3)}  ${files.join(" ")}`);
  }
}

function byFolder(files) {
  const folders = new Map();
  for (const file of [...files].sort()) {
    const folder = file.includes("/") ? file.slice(0, file.lastIndexOf("/")) : ".";
    folders.set(folder, [...(folders.get(folder) ?? []), file.slice(file.lastIndexOf("/") + 1)]);
  }
  return folders;
}

/** The lines of each file of src/ without web/. */
function sourceSizes() {
  const src = join(ROOT, "src");
  return readdirSync(src, { recursive: true })
    .filter((file) => /\.(ts|tsx|mjs)$/.test(file) && !file.startsWith(`web${sep}`))
    .map((file) => {
      const text = readFileSync(join(src, file), "utf8");
      const folder = file.includes(sep) ? file.slice(0, file.indexOf(sep)) : ".";
      return { folder, lines: text.split("\n").length - 1 };
    });
}

function showSizes(sizes) {
  say("\nsrc without web      files   lines  median  90th percentile  longest");
  const folders = [...new Set(sizes.map(({ folder }) => folder))].sort();
  for (const folder of folders) {
    sayRow(
      folder,
      sizes.filter((size) => size.folder === folder),
    );
  }
  sayRow("all", sizes);
}

function sayRow(name, sizes) {
  const lines = sizes.map((size) => size.lines).sort((a, b) => a - b);
  const at = (share) => lines[Math.ceil(share * lines.length) - 1];
  const sum = lines.reduce((total, count) => total + count, 0);
  const cells = [lines.length, sum, at(0.5), at(0.9), at(1)];
  const widths = [5, 7, 7, 16, 8];
  say(
    `  ${name.padEnd(18)}${cells.map((cell, i) => String(cell).padStart(widths[i] + 1)).join("")}`,
  );
}

function say(text) {
  process.stdout.write(`${text}\n`);
}
