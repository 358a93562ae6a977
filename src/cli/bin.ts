import type { HostProcess } from "./host-process.ts";
import { run } from "./run.ts";

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

void run(host).then((code) => {
  process.exitCode = code;
});

function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
}
