import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { BIN, type Ended, start } from "../../support/program.ts";
import { LEDGER, type Place, RESULTS } from "./crash-place.ts";

/** The system calls by which a ledger and a results CSV come to be on the disk. */
export const CALLS = [
  "openat",
  "pwrite64",
  "ftruncate",
  "fsync",
  "rename",
  "unlink",
  "mkdir",
] as const;

/** What happens at one point: the process dies before the call, or the call fails once or from there on. */
export interface Injection {
  call: (typeof CALLS)[number];
  /** 1-based, of the calls on the ledger's and the results' files by one thread. */
  nth: number;
  how: "kill" | "EIO" | "ENOSPC";
}

/** Whether strace is installed and may trace. */
export function hasStrace(): boolean {
  return spawnSync("strace", ["-o", "/dev/null", "true"]).status === 0;
}

const SUFFIXES = ["", "-wal", "-journal", ".lock", ".lock-journal", ".new", ".new-journal"];
const LOG = "strace.log";

/** Runs `apply` under strace with one injection. `isHit` tells whether its point was reached. */
export async function applyInjected(
  place: Place,
  injection: Injection,
  args: readonly string[],
): Promise<{ ended: Ended; isHit: boolean }> {
  const ledger = join(place.dir, LEDGER);
  const files = SUFFIXES.map((suffix) => ledger + suffix);
  const paths = [...files, join(place.dir, ".qgfx"), place.dir, join(place.dir, RESULTS)];
  const { call, nth, how } = injection;
  const what = how === "kill" ? "signal=KILL" : `error=${how}`;
  // A disk that is full stays full; an I/O error may be the only one.
  const when = how === "ENOSPC" ? `${nth}+` : `${nth}`;
  // Under --seccomp-bpf, which is faster, the signal is never delivered.
  const fast = how === "kill" ? [] : ["--seccomp-bpf"];
  const flags = ["-f", ...fast, "-o", LOG, ...paths.flatMap((path) => ["-P", path])];
  const inject = `inject=${call}:${what}:when=${when}`;
  const command = [process.execPath, BIN, "apply", "m.csv", "--yes", ...args];
  const options = { cwd: place.dir, env: { ...place.env, UV_THREADPOOL_SIZE: "1" } };
  const { ended } = start(
    "strace",
    [...flags, "-e", `trace=${call}`, "-e", inject, ...command],
    options,
  );
  const whole = await ended;
  const log = join(place.dir, LOG);
  const text = existsSync(log) ? readFileSync(log, "utf8") : "";
  rmSync(log, { force: true });
  const isHit = how === "kill" ? whole.signal === "SIGKILL" : text.includes("(INJECTED)");
  return { ended: whole, isHit };
}
