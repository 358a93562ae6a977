// npm run bench: whole commands against what the field offers, on this machine; see docs/performance.md.
// --quick takes a minute and tells only whether something is badly off.
import { mkdtempSync, rmSync } from "node:fs";
import { arch, availableParallelism, cpus, loadavg, release, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { manyRows, memory, plans, slowDisc, startUp, uploads } from "./rows.mjs";

const QUICK = process.argv.includes("--quick");
const ONLY = process.argv.find((arg) => arg.startsWith("--only="))?.slice("--only=".length);
const size = (full, quick) => (QUICK ? quick : full);
const rounds = size(3, 1);

const SMALL = { label: "30 kB", count: size(4_000, 600), sizeBytes: 30_000, least: 0.5, rounds };
const LONG = { ...SMALL, count: size(20_000, 1_500) };
const LARGE = { label: "2 MB", count: size(200, 40), sizeBytes: 2_000_000, least: 0.9, rounds };

const PARTS = {
  startUp: (root) => startUp(root, { rounds: size(21, 5) }),
  small: (root) => uploads(root, SMALL),
  long: (root) => uploads(root, LONG),
  large: (root) => uploads(root, LARGE),
  memory: (root) => memory(root, { count: size(100_000, 5_000), pictures: size(2_000, 500) }),
  plans: (root) => plans(root, { count: size(20_000, 2_000), rounds }),
  rows: (root) => manyRows(root, { count: size(1_000_000, 50_000) }),
  slowDisc: (root) => slowDisc(root, { count: size(1_000, 300), delayMs: 250, rounds }),
};

const root = mkdtempSync(join(tmpdir(), "qgfx-bench-"));
try {
  say(`${machine()}${QUICK ? "; quick: too short to judge by" : ""}\n`);
  say(line(["", "qgfx", "against", "aim", "met"]));
  for (const [name, part] of Object.entries(PARTS)) {
    if (ONLY !== undefined && !ONLY.split(",").includes(name)) continue;
    for (const { what, ours, against, aim, isMet } of await part(root)) {
      say(line([what, ours, against, aim, isMet === undefined ? "?" : isMet ? "yes" : "no"]));
    }
  }
} finally {
  rmSync(root, { recursive: true, force: true });
}

function machine() {
  const model = cpus()[0]?.model.trim() ?? arch();
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  const load = loadavg()[0]?.toFixed(1);
  const system = `${process.platform} ${release()}, Node ${process.versions.node}`;
  return `${availableParallelism()} × ${model}, ${gigabytes} GB, ${system}, load ${load} at the start`;
}

function line(cells) {
  const widths = [54, 10, 48, 10, 3];
  return cells
    .map((cell, index) => cell.padEnd(widths[index]))
    .join(" ")
    .trimEnd();
}

function say(text) {
  process.stdout.write(`${text}\n`);
}
