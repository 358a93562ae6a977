import { type Database, DatabaseFault } from "./database.ts";
import { LedgerLost } from "./ledger-lost.ts";
import { describeFault, describeSystemError } from "./refusal.ts";

/** A ledger that stands there now may lack this run: the same command would upload its rows once more. */
const TAKE_RESULTS =
  "run `qgfx apply` on the results CSV, which carries the ids: with the manifest alone they would be uploaded again";

/** How entries of one kind are written. */
export interface Writer<Entry, Result> {
  /** Writes many inside a transaction; gives each its result, in their order. */
  writeAll(entries: readonly Entry[]): readonly Result[];
  /**
   * For entries that tell what is to happen, and nothing comes of them where the ledger is lost: undoes, inside a
   * transaction, what `writeAll` wrote. What has happened is of use even in a file that is no longer where it was.
   */
  takeBack?(entries: readonly Entry[]): void;
}

/** What waits for one commit, whatever its kind. */
interface Waiting {
  /** Whether they tell what has happened. */
  readonly areFacts: boolean;
  write(): void;
  takeBack(): void;
  resolve(): void;
  reject(cause: unknown): void;
}

/** Entries of one kind that wait for one commit. */
class Batch<Entry, Result> implements Waiting {
  readonly #writer: Writer<Entry, Result>;
  readonly #entries: Entry[] = [];
  readonly #promises: { resolve: (result: Result) => void; reject: (cause: unknown) => void }[] =
    [];
  #results: readonly Result[] = [];

  constructor(writer: Writer<Entry, Result>) {
    this.#writer = writer;
  }

  get areFacts(): boolean {
    return this.#writer.takeBack === undefined;
  }

  add(entry: Entry): Promise<Result> {
    this.#entries.push(entry);
    return new Promise((resolve, reject) => this.#promises.push({ resolve, reject }));
  }

  write(): void {
    this.#results = this.#writer.writeAll(this.#entries);
  }

  takeBack(): void {
    this.#writer.takeBack?.(this.#entries);
  }

  resolve(): void {
    for (const [index, result] of this.#results.entries()) this.#promises[index]?.resolve(result);
  }

  reject(cause: unknown): void {
    for (const { reject } of this.#promises) reject(cause);
  }
}

function writeAll(batches: readonly Waiting[]): void {
  for (const batch of batches) batch.write();
}

function takeBackAll(batches: readonly Waiting[]): void {
  for (const batch of batches) batch.takeBack();
}

const eachAlone: Writer<() => unknown, unknown> = {
  writeAll: (works) => works.map((work) => work()),
};

/** How long a write may wait for others to share its commit with. */
const GATHER_MS = 2;

/**
 * The only way into the ledger: writes share one transaction and one fsync, and each promise resolves after that.
 * A write waits for others, but not for long, and not where none are to be expected. Nothing else is done while the
 * disk is at work; what comes in meanwhile shares the next commit. The first commit that fails ends it all: what
 * waits and whatever comes later rejects with that failure.
 */
export class GroupCommit {
  readonly #database: Database;
  readonly #file: string;
  readonly #findMissing: () => string | undefined;
  readonly #gatherMs: number;
  #expectsMore = (): boolean => false;
  #timer: NodeJS.Timeout | undefined;
  #isDue = false;
  /** By what writes them; kinds in the order they were first asked for. */
  #waiting = new Map<unknown, Waiting>();
  #failure: unknown;

  /** `findMissing` names a file that no longer stands where it was opened; see `watchFiles`. */
  constructor(
    database: Database,
    file: string,
    findMissing: () => string | undefined,
    gatherMs = GATHER_MS,
  ) {
    this.#database = database;
    this.#file = file;
    this.#findMissing = findMissing;
    this.#gatherMs = gatherMs;
  }

  /** While this is so, a write waits for others. */
  gatherWhile(expectsMore: () => boolean): void {
    this.#expectsMore = expectsMore;
  }

  /** Runs `work` in a shared transaction; resolves once it is durable. `work` must not fail halfway. */
  write<T>(work: () => T): Promise<T> {
    return this.writeWith(eachAlone as Writer<() => T, T>, work);
  }

  /**
   * As `write`, for entries that a writer writes faster together than one by one. There is one for each kind, known
   * by identity; entries that share a commit must not depend on one another.
   */
  writeWith<Entry, Result>(writer: Writer<Entry, Result>, entry: Entry): Promise<Result> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    this.#flushSoon();
    // What stands under a writer was made for its types.
    const known = this.#waiting.get(writer) as Batch<Entry, Result> | undefined;
    const batch = known ?? new Batch(writer);
    if (!known) this.#waiting.set(writer, batch);
    return batch.add(entry);
  }

  /** Where nobody else is expected, at the end of this turn of the event loop: what follows from it comes along. */
  #flushSoon(): void {
    if (this.#isDue) return;
    this.#timer ??= setTimeout(() => this.flush(), this.#gatherMs);
    if (this.#expectsMore()) return;
    this.#isDue = true;
    setImmediate(() => this.flush());
  }

  #takeWaiting(): Waiting[] {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isDue = false;
    const batches = [...this.#waiting.values()];
    this.#waiting = new Map();
    return batches;
  }

  /** Whether a failure ended writing. */
  get isLost(): boolean {
    return this.#failure !== undefined;
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

  /** Makes durable at once what waits. */
  flush(): void {
    const batches = this.#takeWaiting();
    if (batches.length === 0) return;
    try {
      // Nothing will come of an intent: whoever finds it in the log of a lost file would take it for an unknown.
      const isLost = this.#findMissing() !== undefined;
      const written = isLost ? batches.filter(({ areFacts }) => areFacts) : batches;
      this.commitNow(
        () => writeAll(written),
        () => takeBackAll(written),
      );
    } catch (cause) {
      for (const batch of batches) batch.reject(cause);
      return;
    }
    for (const batch of batches) batch.resolve();
  }

  /**
   * Runs `work` in a transaction of its own and returns once it is durable. `takeBack` undoes, in another one, what
   * nothing will come of where a file was lost meanwhile.
   */
  commitNow<T>(work: () => T, takeBack: () => void = () => {}): T {
    try {
      const result = this.#commit(work);
      this.#checkFiles(takeBack);
      return result;
    } catch (cause) {
      this.#fail(cause);
      throw this.#failure;
    }
  }

  #commit<T>(work: () => T): T {
    this.assertWritable();
    this.#database.exec("BEGIN IMMEDIATE");
    const result = work();
    this.#database.exec("COMMIT");
    return result;
  }

  /** The first failure is the one that everyone is told. */
  #fail(cause: unknown): void {
    this.#failure ??= this.#asLoss(cause);
    rollBack(this.#database);
  }

  /** After the commit, so that a file deleted before it is noticed in any case. */
  #checkFiles(takeBack: () => void): void {
    const missing = this.#findMissing();
    if (missing === undefined) return;
    this.#commit(takeBack);
    const detail = `${missing} was moved, deleted or replaced during the run, or cannot be looked at any more`;
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
