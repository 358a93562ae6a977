import { spawnSync } from "node:child_process";
import { type Running, start } from "./program.ts";

/** Whether there is what a terminal of one's own takes. */
export const hasTerminals = spawnSync("python3", ["-c", "import pty"]).status === 0;

const IN_A_TERMINAL =
  "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";

/** A process whose stdin, stdout and stderr are a terminal. */
export interface AtTerminal extends Running {
  /** Resolves once a question waits for its answer. */
  asked: Promise<void>;
  /** Resolves once a text was shown so many times. */
  shows(text: string, times?: number): Promise<void>;
  answer(text: string): void;
}

/** Starts a program at a terminal of its own; what it prints is its stdout. */
export function startAtTerminal(
  command: readonly string[],
  options: { cwd: string; env: Record<string, string> },
): AtTerminal {
  const running = start("python3", ["-c", IN_A_TERMINAL, ...command], {
    ...options,
    stdio: ["pipe", "pipe", "pipe"],
  });
  const { child, ended } = running;
  let shown = "";
  child.stdout?.on("data", (chunk: string) => {
    shown += chunk;
  });
  const shows = (text: string, times = 1) =>
    new Promise<void>((done, failed) => {
      const look = () => {
        if (shown.split(text).length > times) done();
      };
      look();
      child.stdout?.on("data", look);
      void ended.then((end) => failed(new Error(`it ended unasked: ${JSON.stringify(end)}`)));
    });
  return {
    ...running,
    get asked() {
      return shows("[y/N] ");
    },
    shows,
    answer: (text) => void child.stdin?.write(`${text}\n`),
  };
}
