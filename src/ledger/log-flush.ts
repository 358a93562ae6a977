import { closeSync, fdatasync, fdatasyncSync, openSync } from "node:fs";
import { promisify } from "node:util";

const fdatasyncSoon = promisify(fdatasync);

/**
 * Makes durable what was committed to a ledger's write-ahead log. SQLite writes the log without waiting for the
 * disk (`synchronous = NORMAL`), and the wait happens here, while this thread goes on. Only while the ledger is
 * open in WAL mode. SQLite holds no lock on the log, so that closing this descriptor drops none.
 */
export class LogFlush {
  readonly #descriptor: number;
  #underWay = 0;
  #isClosed = false;

  constructor(file: string) {
    this.#descriptor = openSync(`${file}-wal`, "r+");
  }

  /** Resolves once everything that was committed before the call is durable; rejects with a system error. */
  async flush(): Promise<void> {
    this.#underWay += 1;
    try {
      await fdatasyncSoon(this.#descriptor);
    } finally {
      this.#underWay -= 1;
      if (this.#isClosed) this.#closeWhenIdle();
    }
  }

  /** As `flush`, and returns then. */
  flushNow(): void {
    fdatasyncSync(this.#descriptor);
  }

  /** Ends once nothing is under way. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#closeWhenIdle();
  }

  #closeWhenIdle(): void {
    if (this.#underWay === 0) closeSync(this.#descriptor);
  }
}
