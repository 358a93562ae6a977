import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { apply, BIN, curl, qgfx, requests } from "./contestants.mjs";
import { makePictures, writeManifest } from "./material.mjs";
import { inTurn, isInstalled, measure, rise } from "./measure.mjs";
import { startService } from "./service.mjs";

const CONCURRENCY = 8;

/** One line of the table: what, ours, what it is held against, and the aim; `isMet` undefined where nobody could tell. */
function row(what, ours, against, aim, isMet) {
  return { what, ours, against, aim, isMet };
}

function missing(what, aim, why) {
  return row(what, "-", why, aim, undefined);
}

const rate = (count, { wallMs }) => `${Math.round((count / wallMs) * 1000)}/s`;
const seconds = ({ wallMs }) => `${(wallMs / 1000).toFixed(2)} s`;
const times = (value) => `${value.toFixed(2)} ×`;

/** A folder with `count` pictures of `sizeBytes` and the manifest m.csv that names them. */
function makeJob(root, count, sizeBytes, rows = count) {
  const dir = mkdtempSync(join(root, "job-"));
  const paths = makePictures(dir, count, sizeBytes);
  writeManifest(join(dir, "m.csv"), paths, rows);
  return { dir, paths };
}

/** Points 1 and 2: throughput and CPU time against curl and requests. */
export async function uploads(root, { label, count, sizeBytes, least, rounds }) {
  const { dir, paths } = makeJob(root, count, sizeBytes);
  const service = await startService(dir);
  const contestants = { qgfx: () => apply(dir, service.url, { concurrency: CONCURRENCY }) };
  const hasCurl = isInstalled("curl", "--version");
  const hasRequests = isInstalled("python3", "-c", "import requests");
  if (hasCurl) contestants.curl = () => curl(dir, service.url, paths, CONCURRENCY);
  if (hasRequests) contestants.requests = () => requests(dir, service.url, paths);
  const found = await inTurn(rounds, contestants);
  service.close();
  const name = `apply ${count} × ${label}`;
  return [
    hasCurl
      ? against(`${name}, ${service.name}`, count, found.qgfx, found.curl, "curl", least)
      : missing(name, `≥ ${least} × curl`, "curl is not installed"),
    hasRequests
      ? against(name, count, found.qgfx, found.requests, "requests", 4)
      : missing(name, "≥ 4 × requests", "requests is not installed"),
    ...(hasCurl ? [cpu(label, count, found)] : []),
  ];
}

function against(what, count, ours, theirs, name, least) {
  const ratio = theirs.wallMs / ours.wallMs;
  const told = `${name} ${rate(count, theirs)}: ${times(ratio)}`;
  return row(what, rate(count, ours), told, `≥ ${least} ×`, ratio >= least);
}

function cpu(label, count, { qgfx: ours, curl: theirs }) {
  const each = ({ cpuMs }) => `${(cpuMs / count).toFixed(3)} ms`;
  const ratio = ours.cpuMs / theirs.cpuMs;
  const told = `curl ${each(theirs)}: ${times(ratio)}`;
  return row(`CPU for each of ${count} × ${label}`, each(ours), told, "≤ 3 ×", ratio <= 3);
}

/** Point 2: memory over a long run. */
export async function memory(root, { count, pictures }) {
  const { dir } = makeJob(root, pictures, 20_000, count);
  const service = await startService(dir);
  const { peakMb, samples } = await apply(dir, service.url, { concurrency: CONCURRENCY });
  service.close();
  // The first fifth is the start and the plan; the last twentieth the results.
  const uploading = samples.slice(samples.length / 5, samples.length * 0.95);
  const slope = (rise(uploading) / (count * 0.75)) * 10_000;
  const what = `memory of ${count} uploads of 20 kB`;
  return [
    row(what, `${Math.round(peakMb)} MB`, "", "≤ 250 MB", peakMb <= 250),
    row(
      "  its growth in the run",
      `${slope.toFixed(2)} MB`,
      "for 10,000 rows",
      "< 1 MB",
      slope < 1,
    ),
  ];
}

/** Point 3: plan, cold and with everything recorded. */
export async function plans(root, { count, rounds }) {
  const { dir } = makeJob(root, count, 30_000);
  const hashes = "find pics -type f -print0 | xargs -0 -n 1000 -P 2 sha256sum";
  const cold = await inTurn(rounds, {
    qgfx: () => qgfx(dir, "plan", "m.csv", "--sandbox"),
    sha256sum: () => measure("bash", ["-c", hashes], { cwd: dir }),
  });
  const ratio = cold.qgfx.wallMs / cold.sha256sum.wallMs;
  const told = `sha256sum, two at once ${seconds(cold.sha256sum)}: ${times(ratio)}`;
  return [
    row(`plan ${count} files, cold`, seconds(cold.qgfx), told, "≤ 1.3 ×", ratio <= 1.3),
    await warmPlan(dir, count, rounds),
  ];
}

async function warmPlan(dir, count, rounds) {
  const what = `plan ${count} files, recorded`;
  if (!isInstalled("git", "--version")) return missing(what, "≤ 3 ×", "git is not installed");
  await measure("bash", ["-c", "git init -q && git add pics m.csv"], { cwd: dir });
  const service = await startService(dir);
  await apply(dir, service.url, { concurrency: CONCURRENCY });
  service.close();
  const target = ["--host", service.url, "--library", "UR_0123456789abcde"];
  const warm = await inTurn(rounds, {
    qgfx: () => qgfx(dir, "plan", "m.csv", ...target),
    git: () => measure("git", ["status", "--short", "pics"], { cwd: dir }),
  });
  const ratio = warm.qgfx.wallMs / warm.git.wallMs;
  const told = `git status ${seconds(warm.git)}: ${times(ratio)}`;
  return row(what, seconds(warm.qgfx), told, "≤ 3 ×", ratio <= 3);
}

/** Point 4: many rows, new and recorded. */
export async function manyRows(root, { count }) {
  const few = Math.round(count / 10);
  const { dir, paths } = makeJob(root, 1_000, 1_000, count);
  writeManifest(join(dir, "few.csv"), paths, few);
  const large = await qgfx(dir, "plan", "m.csv", "--sandbox");
  const small = await qgfx(dir, "plan", "few.csv", "--sandbox");
  const growth = large.wallMs / small.wallMs;
  const what = `plan ${count} rows`;
  const { adopting, recorded } = await replan(dir, count);
  return [
    row(what, seconds(large), "", "≤ 20 s", large.wallMs <= 20_000),
    row("  its memory", `${Math.round(large.peakMb)} MB`, "", "≤ 600 MB", large.peakMb <= 600),
    row("  its growth", times(growth), `from ${few} rows`, "≤ 11 ×", growth <= 11),
    row(`apply that adopts ${count} rows`, seconds(adopting), "", "it ends", true),
    row(`plan ${count} recorded rows`, seconds(recorded), "", "≤ 20 s", recorded.wallMs <= 20_000),
    row("  its memory", `${Math.round(recorded.peakMb)} MB`, "", "none set", undefined),
  ];
}

/** Records every row by adopting the ids of a results CSV, for which nothing is sent, and plans again. */
async function replan(dir, count) {
  const url = "http://127.0.0.1:9";
  const target = ["--host", url, "--library", "UR_0123456789abcde"];
  const planned = join(dir, "adopt.csv");
  await writeAdoptable(dir, planned, count, url);
  const env = { QUALTRICS_API_KEY: "benchtoken" };
  const args = ["apply", "adopt.csv", "--yes", "--quiet", ...target];
  const adopting = await measure(process.execPath, [BIN, ...args], { cwd: dir, env });
  return { adopting, recorded: await qgfx(dir, "plan", "adopt.csv", ...target) };
}

async function writeAdoptable(dir, file, count, url) {
  const { createHash } = await import("node:crypto");
  const { readFileSync } = await import("node:fs");
  const sheet = readFileSync(join(dir, "m.csv"), "utf8").trimEnd().split("\n").slice(1);
  const hashes = new Map();
  const lines = sheet.slice(0, count).map((line, index) => {
    const [path] = line.split(",", 1);
    const known = hashes.get(path);
    const sha256 =
      known ??
      createHash("sha256")
        .update(readFileSync(join(dir, path)))
        .digest("hex");
    hashes.set(path, sha256);
    const id = `IM_${String(index).padStart(13, "0")}`;
    return `${line},uploaded,${id},${url}/ControlPanel/Graphic.php?IM=${id},${sha256},2026-01-01T00:00:00.000Z,`;
  });
  const header = "path,name,folder,status,graphicId,url,sha256,uploadedAt,error";
  writeFileSync(file, `${[header, ...lines].join("\n")}\n`);
}

/** Point 5: start-up. */
export async function startUp(root, { rounds }) {
  const found = await inTurn(rounds, {
    qgfx: () => qgfx(root, "--version"),
    node: () => measure(process.execPath, ["-e", "0"]),
  });
  const ratio = found.qgfx.cpuMs / found.node.cpuMs;
  const told = `node -e 0 ${Math.round(found.node.cpuMs)} ms: ${times(ratio)}`;
  const ours = `${Math.round(found.qgfx.cpuMs)} ms`;
  return [row("qgfx --version, CPU", ours, told, "≤ 1.5 ×", ratio <= 1.5)];
}

/** Point 6: a disc that takes 10 ms for an fsync, under a service that takes `delayMs` for an upload. */
export async function slowDisc(root, { count, delayMs, rounds }) {
  const what = `apply with fsync of 10 ms, answers after ${delayMs} ms`;
  const under = [
    "strace",
    "-f",
    "--seccomp-bpf",
    "-qq",
    "-o",
    "/dev/null",
    "-e",
    "trace=fsync,fdatasync",
  ];
  const slow = [...under, "-e", "inject=fsync,fdatasync:delay_exit=10000"];
  if (!isInstalled("strace", "-V")) return [missing(what, "≥ 0.8 ×", "strace is not installed")];
  const { dir } = makeJob(root, count, 30_000);
  const elsewhere = join(root, "slow");
  mkdirSync(elsewhere);
  cpSync(dir, elsewhere, { recursive: true });
  const service = await startService(dir, { delayMs });
  const run = (at, tracing) => apply(at, service.url, { concurrency: 16, under: tracing });
  const found = await inTurn(rounds, {
    fast: () => run(dir, under),
    slow: () => run(elsewhere, slow),
  });
  service.close();
  const ratio = found.fast.wallMs / found.slow.wallMs;
  const told = `this disc ${rate(count, found.fast)}: ${times(ratio)}`;
  return [row(what, rate(count, found.slow), told, "≥ 0.8 ×", ratio >= 0.8)];
}
