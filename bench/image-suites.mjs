// node bench/image-suites.mjs DIR: what `qgfx validate` and Pillow each say of every picture under a folder, and where
// they differ. Needs a build, and python3 with Pillow. Suites that were tried are in docs/sheets.md; none is kept here.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const PILLOW = `
import json, sys, warnings
from PIL import Image
warnings.simplefilter("ignore")
for line in sys.stdin:
    path = json.loads(line)
    try:
        with Image.open(path) as image:
            image.load()
            said = {"format": image.format}
    except Exception as error:
        said = {"error": str(error) or type(error).__name__}
    print(json.dumps({"path": path, **said}))
`;

const [given] = process.argv.slice(2);
if (given === undefined) throw new Error("name the folder that holds the suites");
const root = resolve(given);
const paths = readdirSync(root, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.(a?png|jpe?g|gif)$/i.test(entry.name))
  .map((entry) => join(entry.parentPath, entry.name));

const ours = validate(paths);
const theirs = pillow(paths);
const counts = { both: 0, neither: 0, onlyWe: 0, onlyPillow: 0 };
for (const path of paths) {
  const our = ours.get(path);
  const their = theirs.get(path);
  const isTheirs = /^(PNG|JPEG|MPO|GIF)$/.test(their?.format ?? "");
  const which = our ? (isTheirs ? "onlyPillow" : "neither") : isTheirs ? "both" : "onlyWe";
  counts[which] += 1;
  if (which === "onlyPillow") process.stdout.write(`only Pillow takes it  ${path}: ${our}\n`);
  if (which === "onlyWe") {
    process.stdout.write(`only qgfx takes it    ${path}: ${their?.error ?? their?.format}\n`);
  }
}
process.stdout.write(`${paths.length} pictures: ${JSON.stringify(counts)}\n`);

/** The error of each picture that has one. */
function validate(files) {
  const dir = mkdtempSync(join(tmpdir(), "qgfx-suites-"));
  try {
    const graphics = files.map((path, index) => ({ path, name: `${index}`, folder: "F" }));
    writeFileSync(join(dir, "m.yaml"), JSON.stringify({ version: 1, graphics }));
    const program = join(import.meta.dirname, "../dist/bin/qgfx.js");
    const args = [
      program,
      "validate",
      join(dir, "m.yaml"),
      "--root",
      "/",
      "--json",
      "--max-size",
      "1024",
    ];
    const { stdout, status } = spawnSync(process.execPath, args, { maxBuffer: 2 ** 28 });
    if (status !== 0 && status !== 2) throw new Error(`validate ended with ${status}`);
    const found = JSON.parse(stdout).diagnostics.filter(({ severity }) => severity === "error");
    return new Map(found.map(({ value, code, message }) => [value, `${code} ${message}`]));
  } finally {
    rmSync(dir, { recursive: true });
  }
}

function pillow(files) {
  const input = files.map((path) => `${JSON.stringify(path)}\n`).join("");
  const { stdout, status, stderr } = spawnSync("python3", ["-c", PILLOW], {
    input,
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`Pillow ended with ${status}: ${stderr}`);
  const said = stdout
    .toString()
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  return new Map(said.map((one) => [one.path, one]));
}
