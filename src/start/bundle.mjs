// A step of `npm run build`: makes the program as it is shipped, one file, so that nothing is looked up, found and
// linked at each start, and beside it what V8 makes of it, so that nothing is compiled either. See launch.ts.
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "rolldown";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const DIR = join(ROOT, "dist/bin");
const PICTURE = join(ROOT, "manifests/pictures/seasons/winter.png");
const PICTURES = 250;

/** Of others, whose code the program holds: their folders. */
const packages = new Set();

rmSync(DIR, { recursive: true, force: true });
await bundle("qgfx", "src/start/launch.ts", "#!/usr/bin/env node");
await bundle("qgfx.code", "src/cli/bin.ts");
// The package's other files are ES modules.
writeFileSync(join(DIR, "package.json"), '{"type":"commonjs"}\n');
// npm makes it executable when it is installed; a link to this folder stays, and finds the file of the next build.
chmodSync(join(DIR, "qgfx.js"), 0o755);
writeFileSync(join(DIR, "LICENSES.txt"), [...packages].sort().map(licenseOf).join("\n"));
compileAhead();

async function bundle(name, input, banner = "") {
  await build({
    cwd: ROOT,
    input: { [name]: input },
    platform: "node",
    logLevel: "warn",
    // A native package is found where it was installed.
    external: ["libsql"],
    plugins: [{ name: "finish", generateBundle: (_options, files) => finish(files) }],
    output: {
      dir: DIR,
      format: "cjs",
      entryFileNames: "[name].js",
      codeSplitting: false,
      banner,
    },
  });
}

function finish(files) {
  for (const file of Object.values(files)) {
    for (const id of file.moduleIds) {
      const folder = /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(id)?.[0];
      if (folder) packages.add(folder);
    }
    // Text in one byte a character is read without being decoded.
    file.code = file.code.replace(/[^\0-\x7f]/g, escapeUnit);
  }
}

function escapeUnit(unit) {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** Their licences want to go along with their code. */
function licenseOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
  const text = file ? readFileSync(join(folder, file), "utf8") : "";
  return `${name} ${version} (${license})\n\n${text}`;
}

/** Uploads to the sandbox, and keeps what V8 compiled for it: what most runs need. */
function compileAhead() {
  const folder = mkdtempSync(join(tmpdir(), "qgfx-build-"));
  try {
    const paths = Array.from({ length: PICTURES }, (_, index) => `${index}.png`);
    for (const path of paths) cpSync(PICTURE, join(folder, path));
    const rows = paths.map((path) => `${path},Picture ${path},Folder\n`);
    writeFileSync(join(folder, "m.csv"), `path,name,folder\n${rows.join("")}`);
    keepCompiled(folder, "apply", "m.csv", "--sandbox", "--yes", "--rate", "1000000");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function keepCompiled(cwd, ...args) {
  const env = { ...process.env, QGFX_KEEP_COMPILED: "1" };
  const program = [join(DIR, "qgfx.js"), ...args];
  const { status, stderr } = spawnSync(process.execPath, program, { cwd, env });
  if (status !== 0) throw new Error(`qgfx ${args.join(" ")} ended with ${status}: ${stderr}`);
}
