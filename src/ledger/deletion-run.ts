import { z } from "zod";
import type { DeletionOutcome } from "../execute/record.ts";
import type { TargetKey } from "../plan/target.ts";
import type { Database } from "./database.ts";
import type { GroupCommit } from "./group-commit.ts";
import type { DeletionRun, PlannedDeletion } from "./ledger.ts";
import type { DeletionsEnd, Owner, RunStart } from "./records.ts";
import { IS_IN_DOUBT } from "./schema.ts";
import {
  beginAttempt,
  endAttempt,
  insertAttempt,
  insertRetry,
  insertRun,
  type PlacedGraphic,
  replaceGraphic,
  takeBackIntent,
} from "./write-attempts.ts";

/** A run of deletions just recorded. */
export interface PlannedDeletions {
  runId: number;
  run: RunStart;
  /** By graphic id. */
  attempts: Map<string, PlannedAttempt>;
}

interface PlannedAttempt {
  attemptId: number;
  /** Whether it is used up, so that the next try needs one of its own. */
  isTried: boolean;
}

/**
 * Records a run of deletions: what it means to delete, and what it releases, at once. An address that lets go of an
 * id which others use deletes nothing. Part of the caller's transaction.
 */
export function planDeletions(
  database: Database,
  owner: Owner,
  run: RunStart,
  deletions: readonly PlannedDeletion[],
): PlannedDeletions {
  const runId = insertRun(database, owner, run);
  const attempts = new Map<string, PlannedAttempt>();
  for (const deletion of deletions) {
    if (deletion.action === "delete") {
      const attemptId = insertAttempt(database, runId, run, attemptOn("delete", deletion));
      attempts.set(deletion.graphicId, { attemptId, isTried: false });
    } else {
      replaceGraphic(database, run, deletion);
      recordDone(database, runId, run, attemptOn("release", deletion), run.startedAt);
    }
  }
  return { runId, run, attempts };
}

/** An attempt that is about a graphic and not about a row of a manifest. */
function attemptOn(
  kind: "delete" | "release" | "restore",
  { folder, name, graphicId }: PlacedGraphic,
) {
  const nothing = { line: 0, path: "", contentType: "", sha256: "", bytes: 0, reason: "" };
  return { ...nothing, kind, action: kind, folder, name, graphicId };
}

function recordDone(
  database: Database,
  runId: number,
  target: TargetKey,
  what: ReturnType<typeof attemptOn>,
  finishedAt: string,
): void {
  const nothing = { httpStatus: null, errorCode: null, message: null, requestId: null };
  const attemptId = insertAttempt(database, runId, target, what);
  endAttempt(database, attemptId, { ...nothing, result: "recorded", finishedAt });
}

const FINISH =
  "UPDATE runs SET finished_at = ?, exit_code = ?, failed = ?, not_run = ? WHERE id = ?";

/** Records the progress of one run of deletions; see `DeletionRun`. Only `undo` restores what was replaced. */
export class RecordedDeletions implements DeletionRun {
  readonly #database: Database;
  readonly #commits: GroupCommit;
  readonly #planned: PlannedDeletions;
  /** What is on its way, by its attempt. */
  readonly #inFlight = new Map<number, string>();

  constructor(database: Database, commits: GroupCommit, planned: PlannedDeletions) {
    this.#database = database;
    this.#commits = commits;
    this.#planned = planned;
  }

  async intent(graphicId: string, attempt: number): Promise<number> {
    const planned = this.#planned.attempts.get(graphicId);
    if (!planned) throw new Error(`${graphicId} is not to be deleted in this run`);
    const attemptId = await this.#commits.write(
      () => {
        const { attemptId: last, isTried } = planned;
        planned.attemptId = isTried ? insertRetry(this.#database, last) : last;
        planned.isTried = true;
        beginAttempt(this.#database, planned.attemptId, attempt);
        return planned.attemptId;
      },
      (written) => takeBackIntent(this.#database, written),
    );
    this.#inFlight.set(attemptId, graphicId);
    return attemptId;
  }

  async outcome(attemptId: number, outcome: DeletionOutcome): Promise<void> {
    const { run, runId } = this.#planned;
    const graphicId = this.#inFlight.get(attemptId);
    if (graphicId === undefined) throw new Error(`attempt ${attemptId} is not in flight`);
    this.#inFlight.delete(attemptId);
    await this.#commits.write(() => {
      endAttempt(this.#database, attemptId, outcome);
      if (outcome.result !== "deleted") return;
      recordGone(this.#database, run, graphicId);
      if (run.command !== "undo") return;
      for (const restored of restoreReplaced(this.#database, run, graphicId)) {
        const what = attemptOn("restore", restored);
        recordDone(this.#database, runId, run, what, outcome.finishedAt);
      }
    });
  }

  async finish({ finishedAt, exitCode, failed, notRun }: DeletionsEnd): Promise<void> {
    const ended = [finishedAt, exitCode, failed, notRun, this.#planned.runId];
    await this.#commits.write(() => this.#database.run(FINISH, ended));
  }
}

const SETTLE = `
UPDATE attempts SET settled = 'gone' WHERE service = ? AND library = ? AND graphic_id = ? AND ${IS_IN_DOUBT}`;
const GONE = `
UPDATE attempts SET state = 'deleted', revision = revision + 1
WHERE service = ? AND library = ? AND graphic_id = ? AND state != 'deleted'`;

/** A graphic is in the library no more. Part of the caller's transaction. */
export function recordGone(
  database: Database,
  { service, library }: TargetKey,
  graphicId: string,
): void {
  database.run(SETTLE, [service, library, graphicId]);
  database.run(GONE, [service, library, graphicId]);
}

const replacedSchema = z.object({
  id: z.int(),
  folder: z.string(),
  name: z.string(),
  graphicId: z.string(),
});

const REPLACED = `
SELECT max(old.id) AS id, old.folder AS folder, old.name AS name, old.graphic_id AS graphicId
FROM attempts AS new
JOIN attempts AS old ON old.graphic_id = new.replaces
  AND old.service = new.service AND old.library = new.library
WHERE new.service = ?1 AND new.library = ?2 AND new.graphic_id = ?3 AND new.state IS NOT NULL
  AND old.state = 'replaced' AND NOT EXISTS (
    SELECT 1 FROM attempts AS other
    WHERE other.service = old.service AND other.library = old.library
      AND other.folder = old.folder AND other.name = old.name AND other.state = 'current')
GROUP BY old.folder, old.name`;

const RESTORE = "UPDATE attempts SET state = 'current', revision = revision + 1 WHERE id = ?";

/**
 * What a deleted graphic had taken the place of is current again, unless its address has another by now. Part
 * of the caller's transaction.
 */
function restoreReplaced(
  database: Database,
  { service, library }: TargetKey,
  graphicId: string,
): PlacedGraphic[] {
  const replaced = database.all(replacedSchema, REPLACED, [service, library, graphicId]);
  for (const { id } of replaced) database.run(RESTORE, [id]);
  return replaced;
}
