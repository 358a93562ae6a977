// `node bench/validate-corpus.mjs DIR`: validates every table and workbook under a folder that others made, and tells
// what came of it. A file that crashes the program, or takes more than five seconds, is named; exit 1 where one is.
import { readdirSync } from "node:fs";
import { dirname, extname, join, relative, resolve } from "node:path";
import { performance } from "node:perf_hooks";
import { validate } from "../dist/index.js";

const EXTENSIONS = [".xlsx", ".csv", ".tsv", ".txt", ".yaml", ".yml", ".xls", ".xlsb", ".ods"];
const MOST_MS = 5_000;

const dir = resolve(process.argv[2]);
const files = readdirSync(dir, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && EXTENSIONS.includes(extname(entry.name).toLowerCase()))
  .map((entry) => join(entry.parentPath, entry.name));
const outcomes = new Map();
let bad = 0;
for (const file of files) {
  const start = performance.now();
  const outcome = await validated(file);
  const durationMs = performance.now() - start;
  const key = `${extname(file).toLowerCase()} ${outcome}`;
  outcomes.set(key, (outcomes.get(key) ?? 0) + 1);
  if (durationMs <= MOST_MS && !outcome.startsWith("crash")) continue;
  bad += 1;
  process.stdout.write(`${relative(dir, file)}: ${outcome}, ${Math.round(durationMs)} ms\n`);
}
process.stdout.write(`${files.length} files, ${bad} that crash or take too long\n`);
for (const [key, count] of [...outcomes].sort((a, b) => b[1] - a[1]))
  process.stdout.write(`${count} ${key}\n`);
process.exitCode = bad > 0 ? 1 : 0;

/** `read`, or the first thing that forbids to read rows; a crash with its message. */
async function validated(file) {
  try {
    const found = await validate(file, { cwd: dirname(file), env: {} });
    const list = Array.isArray(found) ? found : found.diagnostics;
    const fatal = list.find(({ code }) =>
      /^(MANIFEST_|WORKBOOK_|SHEET_A|COLUMN_M|YAML_[SU])/.test(code),
    );
    return fatal ? fatal.code : "read";
  } catch (error) {
    return error?.name === "UserError" || error?.code
      ? `refused ${error.code}`
      : `crash ${error?.stack}`;
  }
}
