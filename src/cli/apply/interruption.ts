import { EXIT } from "../../report/exit-code.ts";
import type { HostProcess } from "../host-process.ts";
import type { Terminal } from "../terminal.ts";

/**
 * Ctrl-C, SIGTERM and a terminal that is closed: the first stops new uploads and lets those in flight finish, the
 * second ends the process at once (the ledger has what was done). One terminal that is closed may hang up twice.
 */
export class Interruption {
  readonly #controller = new AbortController();
  readonly #unlisten: () => void;
  #isSending = false;

  constructor(process: HostProcess, terminal: Terminal) {
    this.#unlisten = process.onSignal((signal) => {
      if (this.signal.aborted && signal === "SIGHUP") return;
      if (this.signal.aborted) process.exitNow(EXIT.interrupted, QUIT);
      this.#controller.abort();
      terminal.alarm(this.#isSending ? FINISHING : NOTHING_SENT);
    });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** From now on something may be in flight. */
  startSending(): void {
    this.#isSending = true;
  }

  /** Gives the signals back. */
  end(): void {
    this.#unlisten();
  }
}

const FINISHING = "\nstopping: uploads in flight finish first; once more to quit at once";
const QUIT =
  "quit at once: what was under way is unknown until it is looked for; the same command goes on from here";
const NOTHING_SENT = "\ninterrupted: nothing was sent";
