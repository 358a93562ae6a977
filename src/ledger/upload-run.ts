import type { AttemptOutcome } from "../execute/record.ts";
import type { Decision, PlannedRow } from "../plan/planned-row.ts";
import { addressKey, type FolderAndName } from "../plan/recorded.ts";
import type { Shared } from "../plan/share-bytes.ts";
import type { TargetKey } from "../plan/target.ts";
import type { Database } from "./database.ts";
import type { GroupCommit } from "./group-commit.ts";
import type { Run } from "./ledger.ts";
import type { AdoptedGraphic, Owner, RunEnd, RunStart } from "./records.ts";
import { IS_UNKNOWN } from "./schema.ts";
import {
  beginAttempt,
  endUnsent,
  endUpload,
  insertAttempt,
  insertRetry,
  insertRun,
  type NewAttempt,
  recordId,
  takeBackIntent,
} from "./write-attempts.ts";

/** A run just recorded. */
export interface PlannedRun {
  runId: number;
  run: RunStart;
  /** By address. */
  rows: Map<string, PlannedUpload>;
}

/** An upload and where it stands in the ledger. */
interface PlannedUpload {
  line: number;
  place: Place;
  /** Its latest attempt. */
  attemptId: number;
  /** The rows that share its id, each with its attempt. */
  sharers: Sharer[];
  /** Whether it may be sent: it is neither in flight nor done. */
  isOpen: boolean;
  /** Whether the latest attempt is used up, so that the next try needs one of its own. */
  isTried: boolean;
}

/** Where a graphic goes, and whose place it takes. */
type Place = FolderAndName & Pick<Decision, "replaces">;

/** A row that waits for another's id, and its attempt. */
interface Sharer {
  place: Place;
  attemptId: number;
}

/** Records a run with all that it means to do and all that it adopts. Part of the caller's transaction. */
export function planRun(
  database: Database,
  owner: Owner,
  run: RunStart,
  uploads: readonly PlannedRow[],
  adopted: Iterable<AdoptedGraphic>,
  shared: readonly Shared[],
): PlannedRun {
  const runId = insertRun(database, owner, run);
  const plan = (kind: "upload" | "share", planned: PlannedRow): Sharer => {
    const attemptId = insertAttempt(database, runId, run, attemptOf(kind, planned));
    return { place: placeOf(planned), attemptId };
  };
  const rows = new Map<string, PlannedUpload>();
  for (const upload of uploads) {
    const { line } = upload.row;
    const { place, attemptId } = plan("upload", upload);
    const planned = { line, place, attemptId, sharers: [], isOpen: true, isTried: false };
    rows.set(addressKey(upload.row), planned);
  }
  for (const upload of uploads) {
    const sharers = upload.sharedBy?.map((row) => plan("share", row)) ?? [];
    rows.get(addressKey(upload.row))?.sharers.push(...sharers);
  }
  for (const one of adopted) {
    const what = { ...one, kind: "adopt", action: "unchanged", reason: "adopted" } as const;
    const attemptId = insertAttempt(database, runId, run, what);
    const graphic = { ...one, at: one.uploadedAt, result: "recorded" } as const;
    recordId(database, run, { ...one, replaces: undefined }, attemptId, graphic);
    settleAnswered(database, run, one);
  }
  for (const { planned, graphicId, url } of shared) {
    const { place, attemptId } = plan("share", planned);
    const graphic = { graphicId, url, at: run.startedAt, result: "recorded" } as const;
    recordId(database, run, place, attemptId, graphic);
  }
  return { runId, run, rows };
}

// Field by field: an object that is spread from several has a shape of its own in V8, ten times the row's size.
function attemptOf(kind: "upload" | "share", { row, image, decision }: PlannedRow): NewAttempt {
  const { folder, name, line, path } = row;
  const { contentType, sha256, sizeBytes: bytes } = image;
  const { action, reason, replaces } = decision;
  return { kind, folder, name, line, path, contentType, sha256, bytes, action, reason, replaces };
}

function placeOf({ row, decision }: PlannedRow): Place {
  return { folder: row.folder, name: row.name, replaces: decision.replaces };
}

const SETTLE_ANSWERED = `
UPDATE attempts SET settled = 'landed'
WHERE service = ? AND library = ? AND folder = ? AND name = ? AND sha256 = ? AND ${IS_UNKNOWN}`;

/** An id that is adopted answers the unknown upload of the same bytes to its address: there it is. */
function settleAnswered(
  database: Database,
  { service, library }: RunStart,
  { folder, name, sha256 }: AdoptedGraphic,
): void {
  database.run(SETTLE_ANSWERED, [service, library, folder, name, sha256]);
}

const FINISH = `
UPDATE runs SET finished_at = ?, exit_code = ?, uploaded = ?, unchanged = ?, failed = ?, unknown = ?,
  not_run = ?
WHERE id = ?`;

/** Records one run's progress; see `Run`. */
export class UploadRun implements Run {
  readonly #database: Database;
  readonly #commits: GroupCommit;
  readonly #planned: PlannedRun;
  readonly #arriving: Set<string>;
  /** What is on its way, by its attempt. */
  readonly #inFlight = new Map<number, PlannedUpload>();

  /** `arriving` holds the ids that came in and are not recorded yet. */
  constructor(
    database: Database,
    commits: GroupCommit,
    planned: PlannedRun,
    arriving: Set<string>,
  ) {
    this.#database = database;
    this.#commits = commits;
    this.#planned = planned;
    this.#arriving = arriving;
    // Each upload that is under way will have an outcome to record, and the next one's intent with it.
    commits.gatherWhile(() => this.#inFlight.size > 0);
  }

  async intent(upload: PlannedRow, attempt: number): Promise<number> {
    const row = this.#take(upload);
    const attemptId = await this.#commits.write(
      () => {
        const next = this.#nextAttempt(row);
        beginAttempt(this.#database, next, attempt);
        return next;
      },
      (written) => takeBackIntent(this.#database, written),
    );
    this.#inFlight.set(attemptId, row);
    return attemptId;
  }

  async outcome(attemptId: number, outcome: AttemptOutcome): Promise<void> {
    this.#commits.assertWritable();
    const row = this.#inFlight.get(attemptId);
    if (!row) throw new Error(`attempt ${attemptId} is not in flight`);
    const { result, graphicId } = outcome;
    if (result === "uploaded" && graphicId === null) {
      throw new Error(`attempt ${attemptId} uploaded a graphic without an id`);
    }
    this.#inFlight.delete(attemptId);
    if (graphicId !== null) this.#arriving.add(graphicId);
    await this.#commits.write(() => {
      endUpload(this.#database, this.#planned.run, row.place, attemptId, outcome);
      endSharers(this.#database, this.#planned.run, row.line, row.sharers, outcome);
    });
    if (graphicId !== null) this.#arriving.delete(graphicId);
    if (result === "refused" || result === "not-sent") row.isOpen = true;
  }

  async unsent(upload: PlannedRow, message: string): Promise<void> {
    await this.#endUnsent(upload, "failed", message);
  }

  async notRun(upload: PlannedRow, message: string): Promise<void> {
    await this.#endUnsent(upload, null, message);
  }

  async finish({ exitCode, finishedAt, counts }: RunEnd): Promise<void> {
    const { uploaded, unchanged, failed, unknown, notRun } = counts;
    const ended = [finishedAt, exitCode, uploaded, unchanged, failed, unknown, notRun];
    await this.#commits.write(() => this.#database.run(FINISH, [...ended, this.#planned.runId]));
  }

  async #endUnsent(upload: PlannedRow, result: "failed" | null, message: string): Promise<void> {
    const row = this.#take(upload);
    await this.#commits.write(() =>
      endUnsent(this.#database, this.#nextAttempt(row), result, message),
    );
  }

  /** A row that may be sent or ended now, and from now on may not. */
  #take(upload: PlannedRow): PlannedUpload {
    this.#commits.assertWritable();
    const { line } = upload.row;
    const row = this.#planned.rows.get(addressKey(upload.row));
    if (!row) throw new Error(`line ${line} is not among the rows of this run`);
    if (!row.isOpen) throw new Error(`line ${line} is in flight or done in this run`);
    row.isOpen = false;
    return row;
  }

  /** The attempt of this try. Part of a commit. */
  #nextAttempt(row: PlannedUpload): number {
    if (row.isTried) row.attemptId = insertRetry(this.#database, row.attemptId);
    row.isTried = true;
    return row.attemptId;
  }
}

/**
 * What an upload's outcome means for the rows that share it: its id, or why they have none. `line` is the upload's.
 * Part of the caller's transaction.
 */
export function endSharers(
  database: Database,
  target: TargetKey,
  line: number,
  sharers: readonly Sharer[],
  { result, graphicId, url, message, finishedAt }: AttemptOutcome,
): void {
  for (const { place, attemptId } of sharers) {
    if (result === "uploaded" && graphicId !== null) {
      const graphic = { graphicId, url: url ?? "", at: finishedAt, result } as const;
      recordId(database, target, place, attemptId, graphic);
    } else {
      const why = `shares the upload of line ${line}: ${message ?? "no id"}`;
      endUnsent(database, attemptId, null, why);
    }
  }
}
