import type { Readable, Writable } from "node:stream";
import type { Environment } from "../jobs/watcher.ts";

/** A stream that may be a terminal. */
export type OutputStream = Writable & { isTTY?: boolean; columns?: number };
type InputStream = Readable & { isTTY?: boolean };

/** What the CLI uses of Node's `process`; tests hand in one of their own. */
export interface HostProcess {
  /** The arguments alone, without node and the script. */
  args: readonly string[];
  /** The program's file, as Node was given it. */
  script?: string | undefined;
  env: Environment;
  /** The working folder, absolute. */
  cwd: string;
  /** Where this user's own settings are kept. */
  configDir?: string | undefined;
  stdin: InputStream;
  stdout: OutputStream;
  stderr: OutputStream;
  onSignal(listener: (signal: NodeJS.Signals) => void): () => void;
  /** Has garbage collected early, or no more, which is faster; where the process is the program's own. */
  keepHeapSmall?(isSmall: boolean): void;
  /** Says why on stderr and ends the process at once (one Ctrl-C too many). */
  exitNow(code: number, lastWords: string): void;
}

/** What a command gets besides its own arguments. */
export interface CommandContext {
  process: HostProcess;
  version: string;
  /** The command's name, once it runs. */
  command?: string;
  /** What was printed of wrong usage, if any. */
  usage?: string;
  /** A command's exit code, where it is not 0. */
  exitCode: number;
}
