import { type Database, DatabaseFault } from "./database.ts";
import { LedgerLost } from "./ledger-lost.ts";
import { describeFault, describeSystemError } from "./refusal.ts";

/** A ledger that stands there now may lack this run: the same command would upload its rows once more. */
const TAKE_RESULTS =
  "run `qgfx apply` on the results CSV, which carries the ids: with the manifest alone they would be uploaded again";

interface Request {
  /** Writes; its result goes to the promise. */
  work: () => unknown;
  resolve: (result: unknown) => void;
  reject: (cause: unknown) => void;
}

/**
 * The only way into the ledger: writes asked for in two turns of the event loop share one transaction and one
 * fsync, and each promise resolves after its commit. The first commit that fails ends it all: what waits and
 * whatever comes later rejects with that failure.
 */
export class GroupCommit {
  readonly #database: Database;
  readonly #file: string;
  readonly #findMissing: () => string | undefined;
  #queue: Request[] = [];
  #failure: unknown;

  /** `findMissing` names a file that no longer stands where it was opened; see `watchFiles`. */
  constructor(database: Database, file: string, findMissing: () => string | undefined) {
    this.#database = database;
    this.#file = file;
    this.#findMissing = findMissing;
  }

  /** Runs `work` in a shared transaction; resolves once it is durable. `work` must not fail halfway. */
  write<T>(work: () => T): Promise<T> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise<T>((resolve, reject) => {
      // A request of its own type goes in; only its own result comes out.
      this.#queue.push({ work, resolve: (result) => resolve(result as T), reject });
      if (this.#queue.length === 1) this.#flushSoon();
    });
  }

  /** A turn later: the answers that came in while the last commit was made then share this one. */
  #flushSoon(): void {
    setImmediate(() => setImmediate(() => this.flush()));
  }

  /** Throws the failure that ended writing, if one has. */
  assertWritable(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Commits what waits; whatever comes later rejects. */
  close(): void {
    this.flush();
    this.#failure ??= new Error("the ledger is closed");
  }

  /** Commits at once what waits. */
  flush(): void {
    const group = this.#queue;
    this.#queue = [];
    if (group.length === 0) return;
    try {
      const results = this.commitNow(() => group.map(({ work }) => work()));
      for (const [index, { resolve }] of group.entries()) resolve(results[index]);
    } catch (cause) {
      for (const { reject } of group) reject(cause);
    }
  }

  /** Runs `work` in a transaction of its own and returns once it is durable. */
  commitNow<T>(work: () => T): T {
    this.assertWritable();
    try {
      this.#database.exec("BEGIN IMMEDIATE");
      const result = work();
      this.#database.exec("COMMIT");
      // After the commit, so that a file deleted before it is noticed in any case.
      this.#checkFiles();
      return result;
    } catch (cause) {
      this.#failure = this.#asLoss(cause);
      rollBack(this.#database);
      throw this.#failure;
    }
  }

  #checkFiles(): void {
    const missing = this.#findMissing();
    if (missing === undefined) return;
    const detail = `${missing} was moved, deleted or replaced during the run`;
    throw new LedgerLost(this.#file, detail, undefined, TAKE_RESULTS);
  }

  #asLoss(cause: unknown): unknown {
    if (cause instanceof DatabaseFault) {
      return new LedgerLost(this.#file, describeFault(cause), cause);
    }
    const system = describeSystemError(cause);
    return system === undefined ? cause : new LedgerLost(this.#file, system, cause);
  }
}

/** Ends a transaction that failed, whatever state it is in. */
export function rollBack(database: Database): void {
  try {
    database.exec("ROLLBACK");
  } catch {
    // SQLite has rolled back itself, or cannot: either way the transaction is not committed.
  }
}
