// npm run bench: whole commands against what the field offers, on this machine; see docs/performance.md.
// --quick takes a minute and tells only whether something is badly off. --against=DIR adds another checkout,
// built, whose program takes turns with this one. --only=plans,startUp takes parts.
import { mkdtempSync, rmSync } from "node:fs";
import { arch, availableParallelism, cpus, loadavg, release, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { programOf } from "./contestants.mjs";
import { pace } from "./pace.mjs";
import { coldPlan, manyRows, memory, recordedPlan, slowDisc, startUp, uploads } from "./rows.mjs";

const QUICK = process.argv.includes("--quick");
const ONLY = optionValue("--only")?.split(",");
const BEFORE = optionValue("--against");
const EXAMPLE = fileURLToPath(new URL("../manifests/example.csv", import.meta.url));
const size = (full, quick) => (QUICK ? quick : full);

const programs = {
  now: programOf(),
  ...(BEFORE === undefined ? {} : { before: programOf(BEFORE) }),
};
const root = mkdtempSync(join(tmpdir(), "qgfx-bench-"));
const rounds = size(3, 1);
const settings = { root, programs, rounds };

const SMALL = { label: "30 kB", sizeBytes: 30_000 };
const LARGE = { label: "2 MB", sizeBytes: 2_000_000 };

// 2,000 rows at 600 a minute take 200 s: those cells have fewer.
const PACE_CELLS = [20, 200, 1_000, 2_000].flatMap((answerMs) => [
  {
    what: `pace: answers after ${answerMs} ms, 2,400 a minute`,
    count: size(2_000, 200),
    service: { answerMs, perMinute: 2_400 },
    levels: [0.04 * answerMs, 0.048 * answerMs, 0.06 * answerMs].map((level) => Math.ceil(level)),
  },
  {
    what: `pace: answers after ${answerMs} ms, --rate 600`,
    count: size(answerMs === 200 ? 2_000 : 600, 60),
    service: { answerMs, perMinute: 600 },
    flags: ["--rate", "600"],
    levels: answerMs === 1_000 ? [10, 12] : [],
  },
]);
const PACE_TROUBLE = [
  ...[20, 200, 2_000].map((answerMs) => ({
    what: `pace: one stray 429, answers after ${answerMs} ms`,
    count: size(2_000, 200),
    service: { answerMs, perMinute: 2_400, strayAt: 50 },
  })),
  {
    what: "pace: 600 a minute that nobody told of, 200 ms",
    count: size(2_000, 200),
    service: { answerMs: 200, perMinute: 600 },
  },
  {
    what: "pace: 2 MB over 20 Mbit/s",
    count: size(60, 12),
    sizeBytes: 2_000_000,
    service: { answerMs: 20, bytesPerSecond: 2_500_000 },
    levels: [2, 4, 8],
    least: 0.9,
  },
];

const PARTS = {
  pace: () => pace(settings, [...PACE_CELLS, ...PACE_TROUBLE]),
  startUp: () => startUp({ ...settings, rounds: size(21, 5) }, { example: EXAMPLE }),
  few: () => uploads(settings, { ...SMALL, count: 600, least: 0.9 }),
  far: () =>
    uploads(
      { ...settings, rounds: 1 },
      { ...SMALL, count: size(600, 60), least: 7.5, delayMs: 200 },
    ),
  small: () => uploads(settings, { ...SMALL, count: size(4_000, 600), least: 1.8 }),
  long: () => uploads(settings, { ...SMALL, count: size(20_000, 1_500), least: 2, cpuMs: 0.6 }),
  large: () => uploads(settings, { ...LARGE, count: size(200, 40), least: 1 }),
  memory: () => memory(settings, { count: size(100_000, 5_000), images: size(2_000, 500) }),
  plans: () => coldPlan(settings, { ...SMALL, count: size(20_000, 2_000) }),
  recorded: async () => [
    ...(await recordedPlan(settings, { ...SMALL, count: size(20_000, 2_000), most: 0.8 })),
    ...(await recordedPlan(settings, { ...LARGE, count: size(500, 100), most: 0.3 })),
  ],
  rows: () => manyRows(settings, { count: size(100_000, 20_000) }),
  slowDisc: () => slowDisc(settings, { count: size(1_000, 300), delayMs: 250 }),
};

try {
  say(`${machine()}${QUICK ? "; quick: too short to judge by" : ""}\n`);
  say(columns(["", "now", BEFORE === undefined ? "" : "before", "against", "aim", "met"]));
  for (const [name, part] of Object.entries(PARTS)) {
    if (ONLY !== undefined && !ONLY.includes(name)) continue;
    for await (const { what, now, before, against, aim, isMet } of await part()) {
      const met = isMet === undefined ? "" : isMet ? "yes" : "no";
      say(columns([what, now, before, against, aim, met]));
    }
  }
} finally {
  rmSync(root, { recursive: true, force: true });
}

function optionValue(option) {
  return process.argv.find((arg) => arg.startsWith(`${option}=`))?.slice(option.length + 1);
}

function machine() {
  const model = cpus()[0]?.model.trim() ?? arch();
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  const load = loadavg()[0]?.toFixed(1);
  const system = `${process.platform} ${release()}, Node ${process.versions.node}`;
  return `${availableParallelism()} × ${model}, ${gigabytes} GB, ${system}, load ${load} at the start`;
}

function columns(cells) {
  const widths = [54, 10, 10, 36, 10, 3];
  return cells
    .map((cell, index) => cell.padEnd(widths[index]))
    .join(" ")
    .trimEnd();
}

function say(text) {
  process.stdout.write(`${text}\n`);
}
