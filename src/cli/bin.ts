import { fileOutput, isOnDisk } from "../files/file-output.ts";
import type { HostProcess } from "./host-process.ts";
import { run } from "./run.ts";

// Node undoes what `nohup` did before it looks: a hang-up that was to be ignored comes like any other.
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

const host: HostProcess = {
  args: process.argv.slice(2),
  env: process.env,
  cwd: process.cwd(),
  stdin: process.stdin,
  stdout: isOnDisk(1) ? fileOutput(1) : process.stdout,
  stderr: process.stderr,
  onSignal(listener) {
    for (const signal of SIGNALS) process.on(signal, listener);
    return () => {
      for (const signal of SIGNALS) process.off(signal, listener);
    };
  },
  exitNow: (code) => process.exit(code),
};

void run(host).then((code) => {
  process.exitCode = code;
});
