#!/usr/bin/env node
import type { HostProcess } from "./host-process.ts";
import { VERSION } from "./version.ts";

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

const host: HostProcess = {
  args: process.argv.slice(2),
  env: process.env,
  cwd: process.cwd(),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  onSignal(listener) {
    for (const signal of SIGNALS) process.on(signal, listener);
    return () => {
      for (const signal of SIGNALS) process.off(signal, listener);
    };
  },
  exitNow: (code) => process.exit(code),
};

// A reader that went away (`| head`) must not end a run half-way; what it misses, it misses.
for (const stream of [process.stdout, process.stderr]) stream.on("error", ignoreClosedPipe);

process.exitCode = await answer(host);

/** The version is asked for by scripts at every turn: it is told before the rest is loaded. */
async function answer({ args, stdout }: HostProcess): Promise<number> {
  const isVersion = args.length === 1 && (args[0] === "--version" || args[0] === "-V");
  if (isVersion) {
    stdout.write(`${VERSION}\n`);
    return 0;
  }
  const { run } = await import("./run.ts");
  return run(host);
}

function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
}
