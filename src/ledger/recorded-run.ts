import type { AttemptOutcome } from "../execute/outcome.ts";
import type { Database } from "./database.ts";
import type { GroupCommit } from "./group-commit.ts";
import type { RunEnd, RunRecorder } from "./ledger.ts";
import { beginAttempt, endUnsent, insertRetry, takeBackIntent } from "./write-attempts.ts";

/** What a run means to do about one item, and how far it has come. */
export interface PlannedItem {
  /** Its latest attempt. */
  attemptId: number;
  /** Whether it may be tried: it is neither in flight nor done. */
  isOpen: boolean;
  /** Whether the latest attempt is used up, so that the next try needs one of its own. */
  isTried: boolean;
}

/** What tells runs of uploads from those of deletions. */
export interface RunKind<Item, Planned extends PlannedItem> {
  /** Whether an attempt without an answer may be made again in the same run: doing it twice does no harm. */
  idempotent: boolean;
  /** Throws where the run has no such item. */
  find(item: Item): Planned;
  /** How an item is called in messages. */
  nameOf(item: Item): string;
  /** Records what an attempt's end means. Part of a commit. */
  end(planned: Planned, attemptId: number, outcome: AttemptOutcome): void;
}

const FINISH = `
UPDATE runs SET finished_at = ?, exit_code = ?, uploaded = ?, unchanged = ?, failed = ?, unknown = ?,
  not_run = ?
WHERE id = ?`;

/** Records one run's progress; see `RunRecorder`. */
export class RecordedRun<Item, Planned extends PlannedItem> implements RunRecorder<Item> {
  readonly #database: Database;
  readonly #commits: GroupCommit;
  readonly #runId: number;
  readonly #kind: RunKind<Item, Planned>;
  readonly #arriving: Set<string>;
  /** What is on its way, by its attempt. */
  readonly #inFlight = new Map<number, Planned>();

  /** `arriving` holds the ids that came in and are not recorded yet. */
  constructor(
    database: Database,
    commits: GroupCommit,
    { runId, kind }: { runId: number; kind: RunKind<Item, Planned> },
    arriving: Set<string>,
  ) {
    this.#database = database;
    this.#commits = commits;
    this.#runId = runId;
    this.#kind = kind;
    this.#arriving = arriving;
    // Each attempt that is under way will have an outcome to record, and the next one's intent with it.
    commits.gatherWhile(() => this.#inFlight.size > 0);
  }

  async intent(item: Item, attempt: number): Promise<number> {
    const planned = this.#take(item);
    const attemptId = await this.#commits.write(
      () => {
        const next = this.#nextAttempt(planned);
        beginAttempt(this.#database, next, attempt);
        return next;
      },
      (written) => takeBackIntent(this.#database, written),
    );
    this.#inFlight.set(attemptId, planned);
    return attemptId;
  }

  async outcome(attemptId: number, outcome: AttemptOutcome): Promise<void> {
    this.#commits.assertWritable();
    const planned = this.#inFlight.get(attemptId);
    if (!planned) throw new Error(`attempt ${attemptId} is not in flight`);
    const { result, graphicId } = outcome;
    if (result === "uploaded" && !graphicId) {
      throw new Error(`attempt ${attemptId} uploaded a graphic without an id`);
    }
    this.#inFlight.delete(attemptId);
    if (graphicId) this.#arriving.add(graphicId);
    await this.#commits.write(() => this.#kind.end(planned, attemptId, outcome));
    if (graphicId) this.#arriving.delete(graphicId);
    const isUnknown = result === "unknown" && this.#kind.idempotent;
    planned.isOpen = result === "refused" || result === "not-sent" || isUnknown;
  }

  async unsent(item: Item, message: string): Promise<void> {
    await this.#endUnsent(item, "failed", message);
  }

  async notRun(item: Item, message: string): Promise<void> {
    await this.#endUnsent(item, null, message);
  }

  async finish({ exitCode, finishedAt, counts }: RunEnd): Promise<void> {
    const { uploaded = null, unchanged = null, failed = null, unknown = null } = counts;
    const ended = [
      finishedAt,
      exitCode,
      uploaded,
      unchanged,
      failed,
      unknown,
      counts.notRun ?? null,
    ];
    await this.#commits.write(() => this.#database.run(FINISH, [...ended, this.#runId]));
  }

  async #endUnsent(item: Item, result: "failed" | null, message: string): Promise<void> {
    const planned = this.#take(item);
    await this.#commits.write(() =>
      endUnsent(this.#database, this.#nextAttempt(planned), result, message),
    );
  }

  /** An item that may be tried or ended now, and from now on may not. */
  #take(item: Item): Planned {
    this.#commits.assertWritable();
    const planned = this.#kind.find(item);
    if (!planned.isOpen) {
      throw new Error(`${this.#kind.nameOf(item)} is in flight or done in this run`);
    }
    planned.isOpen = false;
    return planned;
  }

  /** The attempt of this try. Part of a commit. */
  #nextAttempt(planned: PlannedItem): number {
    if (planned.isTried) planned.attemptId = insertRetry(this.#database, planned.attemptId);
    planned.isTried = true;
    return planned.attemptId;
  }
}
