import { Readable, Writable } from "node:stream";
import type { HostProcess } from "../cli/host-process.ts";
import { Terminal } from "../cli/terminal.ts";
import type { Diagnostic } from "../manifest/diagnostic.ts";
import type { ApplyOptions } from "./options.ts";

/** A process with nobody at its terminal: nothing is read or printed, and the abort signal is its Ctrl-C. */
export function silentHost({ cwd, env, token, signal }: ApplyOptions): HostProcess {
  const environment = env ?? process.env;
  return {
    args: [],
    env: token === undefined ? environment : { ...environment, QUALTRICS_API_KEY: token },
    cwd: cwd ?? process.cwd(),
    stdin: Readable.from([]),
    stdout: nowhere(),
    stderr: nowhere(),
    onSignal(listener) {
      const abort = () => listener("SIGTERM");
      if (signal?.aborted) queueMicrotask(abort);
      signal?.addEventListener("abort", abort);
      return () => signal?.removeEventListener("abort", abort);
    },
    // A program that embeds qgfx ends when it wants to.
    exitNow: () => {},
  };
}

function nowhere(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}

/** Keeps a manifest's problems and whatever must be seen instead of showing it. */
export class KeepingTerminal extends Terminal {
  found: readonly Diagnostic[] = [];
  readonly alarms: string[] = [];

  constructor(host: HostProcess) {
    super(host, { color: false, quiet: true });
  }

  override alarm(text: string): void {
    this.alarms.push(text);
  }

  override diagnostics(found: readonly Diagnostic[]): void {
    this.found = found;
  }
}
