import { cpSync, mkdirSync, mkdtempSync } from "node:fs";
import { join } from "node:path";
import { apply, pythonWithRequests, qgfx, requests, targetOf } from "./contestants.mjs";
import { makePictures, writeManifest } from "./material.mjs";
import { inTurn, isInstalled, measure, rise } from "./measure.mjs";
import { startService } from "./service.mjs";

/** A folder with `count` images of `sizeBytes` and the manifest m.csv that names them. */
function makeJob(root, { count, sizeBytes, rows = count }) {
  const dir = mkdtempSync(join(root, "job-"));
  const paths = makePictures(dir, count, sizeBytes);
  writeManifest(join(dir, "m.csv"), paths, rows);
  return { dir, paths };
}

/**
 * Runs this program, the older one where there is one, and the others in turn. `run` takes a program;
 * `others` are what the field offers, by name.
 */
function compare({ programs, rounds }, run, others = {}) {
  const ours = Object.entries(programs).map(([name, program]) => [name, () => run(program)]);
  return inTurn(rounds, { ...Object.fromEntries(ours), ...others });
}

/** One line of the table. `aim` holds for ours ÷ theirs, or theirs ÷ ours where more is better. */
function line(what, found, { figure, unit = "", against, ratioOf, aim, isMet }) {
  const told = (one) => (one ? `${figure(one)}${unit}` : "");
  const ratio = against && ratioOf ? ratioOf(found.now, found[against]) : undefined;
  const judged = ratio ?? figure(found.now);
  return {
    what,
    now: told(found.now),
    before: told(found.before),
    against: against ? `${against} ${told(found[against])}: ${ratio?.toFixed(2)} ×` : "",
    aim,
    isMet: isMet?.(Number(judged)),
  };
}

const seconds = ({ wallMs }) => (wallMs / 1000).toFixed(2);
const times = (ours, theirs) => theirs.wallMs / ours.wallMs;
const longer = (ours, theirs) => ours.wallMs / theirs.wallMs;
const cpuTimes = (ours, theirs) => ours.cpuMs / theirs.cpuMs;

/** Whole commands against Python requests, one after the other over one connection. */
export async function uploads(settings, { count, sizeBytes, label, least, cpuMs, delayMs = 0 }) {
  const { dir, paths } = makeJob(settings.root, { count, sizeBytes });
  const service = await startService(dir, { delayMs });
  const python = pythonWithRequests();
  const others = python ? { requests: () => requests(python, dir, service.url, paths) } : {};
  const found = await compare(settings, (program) => apply(program, dir, service.url), others);
  service.close();
  const perSecond = ({ wallMs }) => Math.round((count / wallMs) * 1000);
  const answers = delayMs === 0 ? service.name : `answers after ${delayMs} ms`;
  const speed = {
    figure: perSecond,
    unit: "/s",
    against: python && "requests",
    ratioOf: times,
    aim: `≥ ${least} ×`,
    isMet: python && ((ratio) => ratio >= least),
  };
  const each = ({ cpuMs: used }) => (used / count).toFixed(3);
  const processor = { figure: each, unit: " ms", aim: `≤ ${cpuMs} ms`, isMet: (ms) => ms <= cpuMs };
  const name = `apply ${count} × ${label}, ${answers}`;
  return [
    line(name, found, speed),
    ...(cpuMs === undefined ? [] : [line("  processor time for each", found, processor)]),
  ];
}

/** Memory over a long run. */
export async function memory(settings, { count, images }) {
  const { dir } = makeJob(settings.root, { count: images, sizeBytes: 20_000, rows: count });
  const service = await startService(dir);
  const found = {};
  for (const [name, program] of Object.entries(settings.programs)) {
    found[name] = await apply(program, dir, service.url);
  }
  service.close();
  const peak = ({ peakMb }) => Math.round(peakMb);
  const growth = ({ samples }) => {
    // The first fifth is the start and the plan; the last twentieth the results.
    const uploading = samples.slice(samples.length / 5, samples.length * 0.95);
    return ((rise(uploading) / (count * 0.75)) * 10_000).toFixed(2);
  };
  const what = `memory of ${count} uploads of 20 kB`;
  return [
    line(what, found, { figure: peak, unit: " MB", aim: "≤ 250 MB", isMet: (mb) => mb <= 250 }),
    line("  its growth in 10,000 rows", found, {
      figure: growth,
      unit: " MB",
      aim: "< 1 MB",
      isMet: (mb) => mb < 1,
    }),
  ];
}

/** A plan of files that nobody has looked into, against two sha256sum at once. */
export async function coldPlan(settings, { count, sizeBytes, label }) {
  const { dir } = makeJob(settings.root, { count, sizeBytes });
  const hashes = "find pics -type f -print0 | xargs -0 -n 1000 -P 2 sha256sum";
  const others = { sha256sum: () => measure("bash", ["-c", hashes], { cwd: dir }) };
  const plan = (program) => qgfx(program, dir, "plan", "m.csv", "--sandbox");
  const found = await compare(settings, plan, others);
  return [
    line(`plan ${count} × ${label}, cold`, found, {
      figure: seconds,
      unit: " s",
      against: "sha256sum",
      ratioOf: longer,
      aim: "≤ 1.5 ×",
      isMet: (ratio) => ratio <= 1.5,
    }),
  ];
}

/** A plan of files that an apply has recorded, against a plan of the same files that nobody has. */
export async function recordedPlan(settings, { count, sizeBytes, label, most }) {
  const { dir } = makeJob(settings.root, { count, sizeBytes });
  const service = await startService(dir);
  const found = {};
  // Each program plans what it recorded itself.
  for (const [name, program] of Object.entries(settings.programs)) {
    await apply(program, dir, service.url);
    const both = await inTurn(settings.rounds, {
      recorded: () => qgfx(program, dir, "plan", "m.csv", ...targetOf(service.url)),
      cold: () => qgfx(program, dir, "plan", "m.csv", "--sandbox"),
    });
    found[name] = both.recorded;
    if (name === "now") found.cold = both.cold;
  }
  service.close();
  return [
    line(`plan ${count} × ${label}, recorded`, found, {
      figure: seconds,
      unit: " s",
      against: "cold",
      ratioOf: longer,
      aim: `≤ ${most} ×`,
      isMet: (ratio) => ratio <= most,
    }),
  ];
}

/** Many rows over few images. */
export async function manyRows(settings, { count }) {
  const { dir } = makeJob(settings.root, { count: 1_000, sizeBytes: 1_000, rows: count });
  const found = await compare(settings, (program) =>
    qgfx(program, dir, "plan", "m.csv", "--sandbox"),
  );
  const peak = ({ peakMb }) => Math.round(peakMb);
  const what = `plan ${count} rows`;
  return [
    line(what, found, { figure: seconds, unit: " s", aim: "≤ 5 s", isMet: (s) => s <= 5 }),
    line("  its memory", found, {
      figure: peak,
      unit: " MB",
      aim: "≤ 450 MB",
      isMet: (mb) => mb <= 450,
    }),
  ];
}

/** What a command costs before it does anything. */
export async function startUp(settings, { example }) {
  const { root } = settings;
  const node = () => measure(process.execPath, ["-e", "0"]);
  const cost = {
    figure: ({ cpuMs }) => Math.round(cpuMs),
    unit: " ms",
    against: "node -e 0",
    ratioOf: cpuTimes,
  };
  const version = await compare(settings, (program) => qgfx(program, root, "--version"), {
    "node -e 0": node,
  });
  const validate = await compare(settings, (program) => qgfx(program, root, "validate", example), {
    "node -e 0": node,
  });
  const most = (aim) => ({ ...cost, aim: `≤ ${aim} ×`, isMet: (ratio) => ratio <= aim });
  return [
    line("qgfx --version, processor time", version, most(1.3)),
    line("qgfx validate of the example, processor time", validate, most(3)),
  ];
}

/** A disc that takes 10 ms for an fsync, under a service that takes `delayMs` for an upload. */
export async function slowDisc(settings, { count, delayMs }) {
  const what = `apply with fsync of 10 ms, answers after ${delayMs} ms`;
  if (!isInstalled("strace", "-V")) {
    return [{ what, now: "-", before: "", against: "strace is not installed", aim: "≥ 0.8 ×" }];
  }
  const trace = "strace -f --seccomp-bpf -qq -o /dev/null -e trace=fsync,fdatasync".split(" ");
  const slow = [...trace, "-e", "inject=fsync,fdatasync:delay_exit=10000"];
  const { dir } = makeJob(settings.root, { count, sizeBytes: 30_000 });
  const elsewhere = join(settings.root, "slow");
  mkdirSync(elsewhere);
  cpSync(dir, elsewhere, { recursive: true });
  const service = await startService(dir, { delayMs });
  const { now } = settings.programs;
  const run = (at, under) =>
    apply(now, at, service.url, { limits: ["--concurrency", "16", "--rate", "10000000"], under });
  const found = await inTurn(settings.rounds, {
    "this disc": () => run(dir, trace),
    now: () => run(elsewhere, slow),
  });
  service.close();
  return [
    line(what, found, {
      figure: ({ wallMs }) => Math.round((count / wallMs) * 1000),
      unit: "/s",
      against: "this disc",
      ratioOf: times,
      aim: "≥ 0.8 ×",
      isMet: (ratio) => ratio >= 0.8,
    }),
  ];
}
