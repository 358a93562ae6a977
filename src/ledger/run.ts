import type { AttemptOutcome, Recorder } from "../execute/record.ts";
import { addressKey, type FolderAndName } from "../plan/recorded.ts";
import type { Upload } from "../plan/upload.ts";
import type { RunSummary } from "../report/run-summary.ts";
import type { Database } from "./database.ts";
import type { GroupCommit, WriteAll } from "./group-commit.ts";
import { UNANSWERED } from "./read-row-records.ts";
import {
  type EndedAttempt,
  type Intent,
  recordIntents,
  recordOutcomes,
  recordUnanswered,
  recordUnsent,
} from "./write-attempts.ts";
import type { RecordedRun, RunStart } from "./write-items.ts";

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
  notRun(upload: Upload, message: string): Promise<void>;
  /** Notes how the run ended. Whatever is still in flight becomes `unknown`. */
  finish(end: RunEnd): Promise<void>;
}

const FINISH = `
UPDATE runs SET finished_at = ?, exit_code = ?, uploaded = ?, unchanged = ?, failed = ?, unknown = ?,
  not_run = ?
WHERE id = ?`;

/** Records one run's progress; see `Run`. `receivedIds` holds each id from its arrival until it is durable. */
export class RecordedProgress implements Run {
  readonly #database: Database;
  readonly #commits: GroupCommit;
  readonly #recorded: RecordedRun;
  readonly #receivedIds: Set<string>;
  /** Rows that may be sent: neither in flight nor done. */
  readonly #open = new Set<number>();
  readonly #inFlight = new Map<number, Upload>();
  readonly #writeIntents: WriteAll<Intent, number>;
  readonly #writeOutcomes: WriteAll<EndedAttempt, undefined>;

  constructor(
    database: Database,
    commits: GroupCommit,
    run: RunStart,
    recorded: RecordedRun,
    receivedIds: Set<string>,
  ) {
    this.#database = database;
    this.#commits = commits;
    this.#recorded = recorded;
    this.#receivedIds = receivedIds;
    this.#writeIntents = (intents) => recordIntents(database, intents);
    this.#writeOutcomes = (ended) => {
      recordOutcomes(database, run, ended);
      return ended.map(() => undefined);
    };
    for (const itemId of recorded.itemIds.values()) this.#open.add(itemId);
  }

  async intent(upload: Upload, attempt: number): Promise<number> {
    const itemId = this.#take(upload);
    const startedAt = new Date().toISOString();
    const intent = { itemId, number: attempt, startedAt };
    const attemptId = await this.#commits.writeWith(this.#writeIntents, intent);
    this.#inFlight.set(attemptId, upload);
    return attemptId;
  }

  async outcome(attemptId: number, outcome: AttemptOutcome): Promise<void> {
    this.#commits.assertWritable();
    const upload = this.#inFlight.get(attemptId);
    if (!upload) throw new Error(`attempt ${attemptId} is not in flight`);
    if (outcome.result === "uploaded" && outcome.graphicId === null) {
      throw new Error(`attempt ${attemptId} uploaded a graphic without an id`);
    }
    this.#inFlight.delete(attemptId);
    if (outcome.graphicId !== null) this.#receivedIds.add(outcome.graphicId);
    const itemId = this.#itemId(upload);
    const ended = { attemptId, itemId, upload, outcome };
    await this.#commits.writeWith(this.#writeOutcomes, ended);
    // From here on the ledger itself knows it: a long run need not keep them all.
    if (outcome.graphicId !== null) this.#receivedIds.delete(outcome.graphicId);
    const mayBeSentAgain = outcome.result === "refused" || outcome.result === "not-sent";
    if (mayBeSentAgain) this.#open.add(itemId);
  }

  async unsent(upload: Upload, message: string): Promise<void> {
    const itemId = this.#take(upload);
    await this.#commits.write(() => recordUnsent(this.#database, itemId, "failed", message));
  }

  async notRun(upload: Upload, message: string): Promise<void> {
    const itemId = this.#take(upload);
    await this.#commits.write(() => recordUnsent(this.#database, itemId, "not-run", message));
  }

  async finish({ exitCode, finishedAt, counts }: RunEnd): Promise<void> {
    const { uploaded, unchanged, failed, unknown, notRun } = counts;
    const ended = [finishedAt, exitCode, uploaded, unchanged, failed, unknown, notRun];
    await this.#commits.write(() => {
      recordUnanswered(this.#database, UNANSWERED);
      this.#database.run(FINISH, [...ended, this.#recorded.runId]);
    });
  }

  /** The item of a row that may be sent or ended now, and from now on may not. */
  #take(upload: Upload): number {
    this.#commits.assertWritable();
    const itemId = this.#itemId(upload);
    if (this.#open.delete(itemId)) return itemId;
    throw new Error(`line ${upload.line} is in flight or done in this run`);
  }

  #itemId(place: FolderAndName): number {
    const itemId = this.#recorded.itemIds.get(addressKey(place));
    if (itemId !== undefined) return itemId;
    throw new Error(`the run has no row '${place.folder}' / '${place.name}'`);
  }
}
