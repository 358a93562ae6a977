import type { AttemptOutcome, Recorder } from "../execute/record.ts";
import type { PlannedRow } from "../plan/planned-row.ts";
import { addressKey } from "../plan/recorded.ts";
import type { RunSummary } from "../report/summary.ts";
import type { Database } from "./database.ts";
import type { GroupCommit, Writer } from "./group-commit.ts";
import type { KnownIds } from "./known-ids.ts";
import { PendingRecords } from "./pending-records.ts";
import {
  appendProgress,
  type IntentRecord,
  type OutcomeRecord,
  type ProgressRecord,
} from "./progress.ts";
import { readLastAttemptId } from "./read-ids.ts";
import { UNANSWERED } from "./read-row-records.ts";
import { takeIn } from "./take-in.ts";
import { recordUnanswered } from "./write-attempts.ts";
import type { RecordedRun } from "./write-items.ts";

/** How a run ended. */
export interface RunEnd {
  exitCode: number;
  /** ISO 8601. */
  finishedAt: string;
  counts: RunSummary;
}

/**
 * The ledger's side of one apply. Every promise resolves once its write is durable and rejects with
 * `LedgerLost` when it cannot be made so. A call that fits no row or attempt of the run is a bug and rejects
 * with a plain Error, recording nothing.
 */
export interface Run extends Recorder {
  /** Says why a row was not run; without it the row is `not-run` with no reason. */
  notRun(upload: PlannedRow, message: string): Promise<void>;
  /** Notes how the run ended. Whatever is still in flight becomes `unknown`. */
  finish(end: RunEnd): Promise<void>;
}

const FINISH = `
UPDATE runs SET finished_at = ?, exit_code = ?, uploaded = ?, unchanged = ?, failed = ?, unknown = ?,
  not_run = ?
WHERE id = ?`;

/**
 * So many records are taken in together: enough for each page of an index to be written once for several of its
 * rows, few enough for the answers that wait meanwhile, some 100 ms.
 */
const TAKE_IN_AT = 4_096;

/**
 * Records one run's progress; see `Run`. What happens becomes durable in `progress` at once and is taken into the
 * other tables later. `knownIds` is told of each id that arrives.
 */
export class RecordedProgress implements Run {
  readonly #database: Database;
  readonly #commits: GroupCommit;
  readonly #recorded: RecordedRun;
  readonly #knownIds: KnownIds;
  readonly #indexes: ReadonlyMap<string, number>;
  /** For each upload whether it may be sent: it is neither in flight nor done. */
  readonly #isOpen: Uint8Array;
  /** The uploads of attempts, by their indexes. */
  readonly #inFlight = new Map<number, number>();
  #nextAttemptId: number;
  /** What is in `progress` and nowhere else. */
  readonly #pending = new PendingRecords();

  constructor(database: Database, commits: GroupCommit, recorded: RecordedRun, knownIds: KnownIds) {
    this.#database = database;
    this.#commits = commits;
    this.#recorded = recorded;
    this.#knownIds = knownIds;
    this.#nextAttemptId = readLastAttemptId(database) + 1;
    this.#indexes = new Map(recorded.uploads.map(({ row }, index) => [addressKey(row), index]));
    this.#isOpen = new Uint8Array(recorded.uploads.length).fill(1);
    // Each upload that is under way will have an outcome to record, and the next one's intent with it.
    commits.gatherWhile(() => this.#inFlight.size > 0);
  }

  async intent(upload: PlannedRow, attempt: number): Promise<number> {
    const index = this.#take(upload);
    const attemptId = this.#nextAttemptId;
    this.#nextAttemptId += 1;
    const itemId = this.#itemId(index);
    const startedAt = new Date().toISOString();
    const record = { kind: "intent", attemptId, itemId, number: attempt, startedAt } as const;
    await this.#commits.writeWith(this.#intents, record);
    this.#inFlight.set(attemptId, index);
    return attemptId;
  }

  async outcome(attemptId: number, outcome: AttemptOutcome): Promise<void> {
    this.#commits.assertWritable();
    const index = this.#inFlight.get(attemptId);
    const upload = this.#recorded.uploads[index ?? -1];
    if (index === undefined || !upload) throw new Error(`attempt ${attemptId} is not in flight`);
    if (outcome.result === "uploaded" && outcome.graphicId === null) {
      throw new Error(`attempt ${attemptId} uploaded a graphic without an id`);
    }
    this.#inFlight.delete(attemptId);
    if (outcome.graphicId !== null) this.#knownIds.arrive(outcome.graphicId);
    const record = outcomeRecord(attemptId, this.#itemId(index), upload, outcome);
    await this.#commits.writeWith(this.#ends, record);
    const mayBeSentAgain = outcome.result === "refused" || outcome.result === "not-sent";
    if (mayBeSentAgain) this.#isOpen[index] = 1;
  }

  async unsent(upload: PlannedRow, message: string): Promise<void> {
    await this.#writeUnsent(upload, "failed", message);
  }

  async notRun(upload: PlannedRow, message: string): Promise<void> {
    await this.#writeUnsent(upload, "not-run", message);
  }

  async #writeUnsent(
    upload: PlannedRow,
    status: "failed" | "not-run",
    error: string,
  ): Promise<void> {
    const itemId = this.#itemId(this.#take(upload));
    await this.#commits.writeWith(this.#ends, { kind: "unsent", itemId, status, error });
  }

  /**
   * Brings what was recorded so far to where it is read; nothing where the ledger was lost. Throws as a write
   * rejects.
   */
  takeIn(): void {
    if (this.#commits.isLost) return;
    this.#commits.flush();
    if (this.#pending.count > 0) this.#commits.commitNow(() => this.#takeInPending());
  }

  async finish({ exitCode, finishedAt, counts }: RunEnd): Promise<void> {
    const { uploaded, unchanged, failed, unknown, notRun } = counts;
    const ended = [finishedAt, exitCode, uploaded, unchanged, failed, unknown, notRun];
    await this.#commits.write(() => {
      this.#takeInPending();
      recordUnanswered(this.#database, UNANSWERED);
      this.#database.run(FINISH, [...ended, this.#recorded.runId]);
    });
  }

  readonly #intents: Writer<IntentRecord, undefined> = {
    writeAll: (records) => this.#append(records),
    takeBack: (records) => void this.#append(records.map(notSent)),
  };

  readonly #ends: Writer<ProgressRecord, undefined> = {
    writeAll: (records) => this.#append(records),
  };

  #append(records: readonly ProgressRecord[]): undefined[] {
    const json = JSON.stringify(records);
    appendProgress(this.#database, json);
    this.#pending.add(json, records.length);
    if (this.#pending.count >= TAKE_IN_AT) this.#takeInPending();
    return records.map(() => undefined);
  }

  /** Part of a transaction; where that fails, the run ends and the next one finds it all in `progress`. */
  #takeInPending(): void {
    if (this.#pending.count === 0) return;
    takeIn(this.#database, this.#pending.takeAll());
    this.#knownIds.takenIn();
  }

  /** The index of a row that may be sent or ended now, and from now on may not. */
  #take(upload: PlannedRow): number {
    this.#commits.assertWritable();
    const index = this.#indexes.get(addressKey(upload.row));
    if (index === undefined) throw new Error(`line ${upload.row.line} is no row of this run`);
    if (this.#isOpen[index] !== 1) {
      throw new Error(`line ${upload.row.line} is in flight or done in this run`);
    }
    this.#isOpen[index] = 0;
    return index;
  }

  #itemId(index: number): number {
    return this.#recorded.firstItemId + index;
  }
}

/** What became of an intent that nothing was sent after. */
function notSent({ attemptId, itemId }: IntentRecord): OutcomeRecord {
  const nothing = {
    graphicId: null,
    url: null,
    httpStatus: null,
    errorCode: null,
    requestId: null,
  };
  const why = {
    message: "the ledger was lost before it was sent",
    finishedAt: new Date().toISOString(),
  };
  const outcome = { result: "not-sent", ...nothing, ...why } as const;
  return { kind: "outcome", attemptId, itemId, outcome };
}

function outcomeRecord(
  attemptId: number,
  itemId: number,
  { row, decision, sharedBy }: PlannedRow,
  outcome: AttemptOutcome,
): OutcomeRecord {
  const rows = sharedBy?.map(({ row: { folder, name }, decision: { replaces: former } }) => {
    return { folder, name, former };
  });
  const sharers = rows && { line: row.line, rows };
  return { kind: "outcome", attemptId, itemId, outcome, former: decision.replaces, sharers };
}
