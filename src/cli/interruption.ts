import { EXIT } from "../report/exit-code.ts";
import type { HostProcess } from "./host-process.ts";
import type { Terminal } from "./terminal.ts";

/**
 * Ctrl-C and SIGTERM: the first stops new uploads and lets those in flight finish, the second ends the
 * process at once (the ledger has what was done).
 */
export class Interruption {
  readonly #controller = new AbortController();
  readonly #unlisten: () => void;

  constructor(process: HostProcess, terminal: Terminal) {
    this.#unlisten = process.onSignal(() => {
      if (this.signal.aborted) process.exitNow(EXIT.interrupted);
      terminal.alarm("stopping: uploads in flight finish first; once more to quit at once");
      this.#controller.abort();
    });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Gives the signals back. */
  end(): void {
    this.#unlisten();
  }
}
