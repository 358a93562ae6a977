import { spawn, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** Whether a program is there to be run. */
export function isInstalled(program, ...args) {
  return spawnSync(program, args, { stdio: "ignore" }).status === 0;
}

/**
 * Runs a program to its end: `wallMs`, `cpuMs` (user and system, its children's too), `peakMb`, and the
 * memory it held at each look (`samples`, in MB). Throws where its exit code is not expected.
 */
export async function measure(program, args, { env = {}, cwd, codes = [0] } = {}) {
  const script = 'TIMEFORMAT="cpu %R %U %S"; time "$0" "$@"';
  const child = spawn("bash", ["-c", script, program, ...args], {
    cwd,
    env: { ...process.env, LC_ALL: "C", ...env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    stderr = (stderr + text).slice(-4_000);
  });
  const samples = [];
  const timer = setInterval(() => samples.push(residentMb(child.pid)), 100);
  const code = await new Promise((resolve) => child.on("close", resolve));
  clearInterval(timer);
  if (!codes.includes(code)) throw new Error(`${program} ended with ${code}:\n${stderr}`);
  const [wall, user, system] = /cpu ([\d.]+) ([\d.]+) ([\d.]+)\s*$/.exec(stderr).slice(1);
  return {
    wallMs: Number(wall) * 1000,
    cpuMs: (Number(user) + Number(system)) * 1000,
    peakMb: Math.max(0, ...samples),
    samples,
  };
}

/** What a process and those below it hold in memory; 0 where the system does not tell (no /proc). */
function residentMb(pid) {
  try {
    const own = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0;
    const below = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").split(" ").filter(Boolean),
    );
    return below.reduce((sum, child) => sum + residentMb(child), Number(own) / 1024);
  } catch {
    return 0;
  }
}

export function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

/**
 * Runs several contestants in turn, `rounds` times, so that a busy machine is as hard on each; gives the
 * medians by name. A contestant prepares itself, untimed, and returns what to measure.
 */
export async function inTurn(rounds, contestants) {
  const results = new Map(Object.keys(contestants).map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, run] of Object.entries(contestants)) results.get(name).push(await run(round));
  }
  const medians = [...results].map(([name, all]) => [
    name,
    Object.fromEntries(
      ["wallMs", "cpuMs", "peakMb"].map((key) => [key, median(all.map((one) => one[key]))]),
    ),
  ]);
  return Object.fromEntries(medians);
}

/** How much a series of samples rises from its first to its last, by the line that fits it best (least squares). */
export function rise(samples) {
  const last = samples.length - 1;
  const mean = samples.reduce((sum, value) => sum + value, 0) / samples.length;
  const centred = samples.map((value, index) => [index - last / 2, value - mean]);
  const covariance = centred.reduce((sum, [x, y]) => sum + x * y, 0);
  const variance = centred.reduce((sum, [x]) => sum + x * x, 0);
  return (covariance / variance) * last;
}
