// A step of `npm run build`: bundles the program and the library with the packages they use, so that a start finds,
// reads and evaluates a few files. What a command imports with `import()` stays a file of its own, see chunks/.
import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "rolldown";
import { bundledPages } from "./web/bundled-pages.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const DIST = join(ROOT, "dist");
const PROGRAM = "bin/qgfx";
/** Two folders below package.json, as the sources are that look for it. */
const CHUNKS = "chunks";

/** Stands for undici in the bundle. */
const UNDICI = "\0undici";

rmSync(DIST, { recursive: true, force: true });
const { output } = await build({
  cwd: ROOT,
  input: { [PROGRAM]: "src/cli/bin.ts", index: "src/index.ts" },
  platform: "node",
  logLevel: "warn",
  // Of two commands that need a file, one may always need it.
  checks: { ineffectiveDynamicImport: false },
  // A native package is found where it was installed.
  external: ["libsql", "sharp", "heic-decode"],
  plugins: [
    bundledPages(),
    {
      name: "undici-parts",
      resolveId: (name) => (name === "undici" ? UNDICI : null),
      load: loadUndici,
    },
    { name: "ascii", generateBundle: (_options, files) => escapeAll(files) },
  ],
  output: {
    dir: DIST,
    // Not minified: a stack trace is part of a bug report.
    entryFileNames: "[name].js",
    chunkFileNames: `${CHUNKS}/[name].js`,
    banner: ({ name }) => (name === PROGRAM ? "#!/usr/bin/env node" : ""),
  },
});
// npm makes it executable when it is installed; a link to this folder stays, and finds the file of the next build.
chmodSync(join(DIST, `${PROGRAM}.js`), 0o755);
// Node 20.19 can require an ES module; the types of who does so must say that it is none.
writeFileSync(join(DIST, "index.cjs"), 'module.exports = require("./index.js");\n');
writeFileSync(join(DIST, "bin/LICENSES.txt"), packagesIn(output).map(licenseOf).join("\n"));

/** Of undici, what is imported: its own entry evaluates all it has, which takes a tenth of a small `apply`. */
function loadUndici(id) {
  if (id !== UNDICI) return null;
  const parts = { Pool: "dispatcher/pool.js", buildConnector: "core/connect.js" };
  const lines = Object.entries(parts).map(([name, path]) => {
    const file = fileURLToPath(import.meta.resolve(`undici/lib/${path}`));
    return `export { default as ${name} } from ${JSON.stringify(file)};`;
  });
  return lines.join("\n");
}

/** Text in one byte a character is read without being decoded. */
function escapeAll(files) {
  for (const file of Object.values(files)) {
    if (file.type === "chunk") file.code = file.code.replace(/[^\0-\x7f]/g, escapeUnit);
  }
}

function escapeUnit(unit) {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** Folders of the packages whose code is in the bundle. */
function packagesIn(files) {
  const ids = files.flatMap((file) => (file.type === "chunk" ? file.moduleIds : []));
  const folder = /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/;
  return [...new Set(ids.flatMap((id) => folder.exec(id)?.[0] ?? []))].sort();
}

/** Their licenses want to go along with their code. */
function licenseOf(folder) {
  const about = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const { name, version, license } = about;
  const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
  const text = file ? readFileSync(join(folder, file), "utf8") : licenseWithoutFile(about);
  return `${name} ${version} (${license})\n\n${text}`;
}

/** A package may name its license alone: the words of MIT are those of our own. */
function licenseWithoutFile({ name, license }) {
  if (license !== "MIT") throw new Error(`${name}: no license text`);
  const own = readFileSync(join(ROOT, "LICENSE"), "utf8");
  return own.replace(/^Copyright.*$/m, `Copyright (c) the authors of ${name}`);
}
