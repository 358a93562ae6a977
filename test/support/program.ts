import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The built program; QGFX_BIN names another build of it. */
export const BIN = process.env.QGFX_BIN ?? join(import.meta.dirname, "../../dist/bin/qgfx.js");

/** What one process did. */
export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** A process under way. */
export interface Running {
  child: ChildProcess;
  /** What it has said so far. */
  said: Readonly<Pick<Ended, "stdout" | "stderr">>;
  ended: Promise<Ended>;
}

// No run here takes seconds: one that does hangs, and its test shall say so.
const LONGEST_RUN_MS = 90_000;

/** An environment with nothing of the user's in it, but for how programs are found and which SQLite is tested. */
export function plainEnv(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const { PATH, QGFX_SQLITE } = process.env;
  // No settings of whoever runs the tests.
  const XDG_CONFIG_HOME = join(tmpdir(), "qgfx-no-settings");
  return {
    PATH,
    XDG_CONFIG_HOME,
    NO_COLOR: "1",
    ...(QGFX_SQLITE === undefined ? {} : { QGFX_SQLITE }),
    ...more,
  };
}

/** Starts a program with a plain environment; it is killed where it hangs. */
export function start(
  command: string,
  args: readonly string[],
  { limitMs = LONGEST_RUN_MS, ...options }: SpawnOptions & { cwd: string; limitMs?: number },
): Running {
  const child = spawn(command, args, {
    stdio: ["ignore", "pipe", "pipe"],
    ...options,
    env: plainEnv(options.env),
  });
  const texts = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8").on("data", (chunk: string) => {
      texts[name] += chunk;
    });
  }
  const timer = setTimeout(() => child.kill("SIGKILL"), limitMs);
  const ended = new Promise<Ended>((done, failed) => {
    child.once("error", failed);
    child.once("close", (code, signal) => {
      clearTimeout(timer);
      done({ code, signal, ...texts });
    });
  });
  return { child, said: texts, ended };
}
