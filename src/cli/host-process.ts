import type { Readable, Writable } from "node:stream";

export type Environment = Readonly<Record<string, string | undefined>>;

/** A stream that may be a terminal. */
export type OutputStream = Writable & { isTTY?: boolean; columns?: number };
export type InputStream = Readable & { isTTY?: boolean };

/** What the CLI uses of Node's `process`; tests hand in one of their own. */
export interface HostProcess {
  /** The arguments alone, without node and the script. */
  args: readonly string[];
  env: Environment;
  /** The working folder, absolute. */
  cwd: string;
  stdin: InputStream;
  stdout: OutputStream;
  stderr: OutputStream;
  onSignal(listener: (signal: NodeJS.Signals) => void): () => void;
  /** Says why on stderr and ends the process at once (second Ctrl-C). */
  exitNow(code: number, lastWords: string): void;
}
