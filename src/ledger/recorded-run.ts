import type { Database } from "./database.ts";
import { DatabaseFault } from "./driver.ts";
import type { Run } from "./ledger.ts";
import type { PlannedItem, PlannedRun } from "./planned-runs.ts";
import { describeFault, describeSystemError, LedgerLost } from "./refusal.ts";
import { insertRetry } from "./write-attempts.ts";

/** A ledger that stands there now may lack this run. */
const TAKE_RESULTS =
  "keep the results file and run the same command again: it takes the ids from there; where a drive does not stay, name a ledger on a disk of this computer with --ledger";

/** A write that waits for its commit. */
interface Waiting {
  write(): void;
  /** For a write of what is to happen: undoes it, where nothing will come of it. */
  takeBack: (() => void) | undefined;
  resolve(): void;
  reject(cause: unknown): void;
}

/** How long a write may wait for others to share its commit with; on a slow disk, as long as the last commit took. */
const GATHER_MS = 2;

/**
 * The only way into the ledger: writes share one transaction and one fsync, and each promise resolves after that.
 * A write waits for others, but not for long, and not where none are to be expected. The first commit that fails ends
 * it all: what waits and whatever comes later rejects with that failure.
 */
export class GroupCommit {
  readonly #database: Database;
  readonly #file: string;
  readonly #findMissing: () => string | undefined;
  readonly #gatherMs: number;
  #lastCommitMs = 0;
  #expectsMore = (): boolean => false;
  #timer: NodeJS.Timeout | undefined;
  #isDue = false;
  #waiting: Waiting[] = [];
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

  /**
   * Runs `work` in a shared transaction; resolves with what it gives once that is durable. `work` must not fail
   * halfway. With `takeBack` it tells what is to happen, and is left out or undone where the ledger is lost: whoever
   * finds it in the log of a lost file would take it for an unknown. What has happened is of use even there.
   */
  write<T>(work: () => T, takeBack?: (written: T) => void): Promise<T> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    this.#flushSoon();
    return new Promise((resolve, reject) => {
      let written: { result: T } | undefined;
      this.#waiting.push({
        write: () => {
          written = { result: work() };
        },
        takeBack: takeBack && (() => written && takeBack(written.result)),
        resolve: () => written && resolve(written.result),
        reject,
      });
    });
  }

  /** Where nobody else is expected, at the end of this turn of the event loop: what follows from it comes along. */
  #flushSoon(): void {
    if (this.#isDue) return;
    this.#timer ??= setTimeout(() => this.flush(), Math.max(this.#gatherMs, this.#lastCommitMs));
    if (this.#expectsMore()) return;
    this.#isDue = true;
    setImmediate(() => this.flush());
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
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isDue = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    if (waiting.length === 0) return;
    const isLost = this.#findMissing() !== undefined;
    const written = isLost ? waiting.filter(({ takeBack }) => !takeBack) : waiting;
    try {
      this.commitNow(
        () => {
          for (const { write } of written) write();
        },
        () => {
          for (const { takeBack } of written) takeBack?.();
        },
      );
    } catch (cause) {
      for (const { reject } of waiting) reject(cause);
      return;
    }
    for (const { resolve } of waiting) resolve();
  }

  /**
   * Runs `work` in a transaction of its own and returns once it is durable. `takeBack` undoes, in another one, what
   * nothing will come of where a file was lost meanwhile.
   */
  commitNow<T>(work: () => T, takeBack: () => void = () => {}): T {
    this.assertWritable();
    const startMs = performance.now();
    try {
      const result = this.#database.transaction(work);
      this.#lastCommitMs = performance.now() - startMs;
      // After the commit, so that a file deleted before it is noticed in any case.
      const missing = this.#findMissing();
      if (missing === undefined) return result;
      this.#database.transaction(takeBack);
      const detail = `${missing} was moved, deleted or replaced during the run, or cannot be looked at any more`;
      throw new LedgerLost(this.#file, detail, undefined, TAKE_RESULTS);
    } catch (cause) {
      // The first failure is the one that everyone is told.
      this.#failure ??= this.#asLoss(cause);
      throw this.#failure;
    }
  }

  #asLoss(cause: unknown): unknown {
    if (cause instanceof DatabaseFault) {
      return new LedgerLost(this.#file, describeFault(cause), cause);
    }
    const system = describeSystemError(cause);
    return system === undefined ? cause : new LedgerLost(this.#file, system, cause);
  }
}

/** Records one run's progress. `arriving` holds the ids that came in and are not recorded yet. */
export function recordRun<Item>(
  database: Database,
  commits: GroupCommit,
  run: PlannedRun<Item>,
  arriving: Set<string>,
): Run<Item> {
  /** What is on its way, by its attempt. */
  const inFlight = new Map<number, { item: Item; planned: PlannedItem }>();
  // Each attempt that is under way will have an outcome to record, and the next one's intent with it.
  commits.gatherWhile(() => inFlight.size > 0);

  /** An item that may be tried or ended now, and from now on may not. */
  const take = (item: Item): PlannedItem => {
    commits.assertWritable();
    if (!run.items.has(item)) throw new Error(`${run.nameOf(item)} is no part of this run`);
    const planned = run.items.get(item);
    if (!planned?.isOpen) throw new Error(`${run.nameOf(item)} is in flight or done in this run`);
    planned.isOpen = false;
    return planned;
  };

  /** The attempt of this try. Part of a commit. */
  const nextAttempt = (planned: PlannedItem): number => {
    if (planned.isTried) planned.attemptId = insertRetry(database, planned.attemptId);
    planned.isTried = true;
    return planned.attemptId;
  };

  const end = async (item: Item, result: "failed" | null, message: string): Promise<void> => {
    const planned = take(item);
    await commits.write(() => {
      database.update("attempts", nextAttempt(planned), { result, message });
    });
  };

  return {
    async intent(item, number) {
      const planned = take(item);
      const attemptId = await commits.write(
        () => {
          const next = nextAttempt(planned);
          const started_at = new Date().toISOString();
          database.update("attempts", next, { number, started_at });
          return next;
        },
        (written) => takeBack(database, written),
      );
      inFlight.set(attemptId, { item, planned });
      return attemptId;
    },
    async outcome(attemptId, outcome) {
      commits.assertWritable();
      const found = inFlight.get(attemptId);
      if (!found) throw new Error(`attempt ${attemptId} is not in flight`);
      const { result, graphicId } = outcome;
      if (result === "uploaded" && !graphicId) {
        throw new Error(`attempt ${attemptId} uploaded a graphic without an id`);
      }
      const { item, planned } = found;
      inFlight.delete(attemptId);
      if (graphicId) arriving.add(graphicId);
      await commits.write(() => planned.end(attemptId, outcome));
      if (graphicId) arriving.delete(graphicId);
      const isUnknown = result === "unknown" && run.isIdempotent;
      planned.isOpen = result === "refused" || result === "not-sent" || isUnknown;
      if (!planned.isOpen) run.items.set(item, undefined);
    },
    unsent: (item, message) => end(item, "failed", message),
    notRun: (item, message) => end(item, null, message),
    async finish({ exitCode, finishedAt, counts, results }) {
      const { uploaded, unchanged, failed, unknown, notRun } = counts;
      const counted = { uploaded, unchanged, failed, unknown, not_run: notRun };
      const written = { results: results?.name, results_sha256: results?.sha256 };
      const ended = { finished_at: finishedAt, exit_code: exitCode, ...counted, ...written };
      await commits.write(() => database.update("runs", run.runId, ended));
    },
  };
}

/** Of an intent that nothing was sent after. Part of a commit. */
function takeBack(database: Database, attemptId: number): void {
  database.update("attempts", attemptId, {
    finished_at: new Date().toISOString(),
    result: "not-sent",
    message: "the ledger was lost before it was sent",
  });
}
