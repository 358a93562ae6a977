import type { DeletionOutcome } from "../execute/record.ts";
import type { FolderAndName } from "../plan/recorded.ts";
import type { TargetKey } from "../plan/target.ts";
import type { Database } from "./database.ts";

const INSERT = `
INSERT INTO deletions (run_id, service, library, graphic_id, number, started_at, settled)
VALUES (?, ?, ?, ?, ?, ?, 0)`;

/** A DELETE that is about to be sent. */
export interface DeletionIntent {
  graphicId: string;
  /** 1 for a graphic's first in its run. */
  attempt: number;
  /** ISO 8601. */
  startedAt: string;
}

/** Records that a DELETE is about to be sent; returns its id. Part of the caller's transaction. */
export function recordDeletionIntent(
  database: Database,
  runId: number,
  { service, library }: TargetKey,
  intent: DeletionIntent,
): number {
  const { graphicId, attempt, startedAt } = intent;
  return database.run(INSERT, [runId, service, library, graphicId, attempt, startedAt]).rowId;
}

const TAKE_BACK = `
UPDATE deletions SET finished_at = started_at, result = 'not-sent',
  message = 'the ledger was lost before it was sent'
WHERE run_id = ? AND graphic_id = ? AND number = ?`;

/** Says of an intent that nothing was sent after it. Part of the caller's transaction. */
export function takeBackIntent(
  database: Database,
  runId: number,
  { graphicId, attempt }: DeletionIntent,
): void {
  database.run(TAKE_BACK, [runId, graphicId, attempt]);
}

const END = `
UPDATE deletions SET finished_at = ?, result = ?, http_status = ?, error_code = ?, message = ?,
  request_id = ?
WHERE id = ?`;

/** Records how a DELETE ended; a graphic that is gone is `deleted`. Part of the caller's transaction. */
export function recordDeletionOutcome(
  database: Database,
  target: TargetKey,
  attemptId: number,
  graphicId: string,
  outcome: DeletionOutcome,
): void {
  const { finishedAt, result, httpStatus, errorCode, message, requestId } = outcome;
  database.run(END, [finishedAt, result, httpStatus, errorCode, message, requestId, attemptId]);
  if (result === "deleted") recordGone(database, target, graphicId);
}

const SETTLE = `
UPDATE deletions SET settled = 1 WHERE service = ? AND library = ? AND graphic_id = ?`;
const GONE = `
UPDATE graphics SET state = 'deleted', revision = revision + 1
WHERE service = ? AND library = ? AND graphic_id = ?`;

function recordGone(database: Database, { service, library }: TargetKey, graphicId: string): void {
  database.run(SETTLE, [service, library, graphicId]);
  database.run(GONE, [service, library, graphicId]);
}

const RESTORE = `
UPDATE graphics SET state = 'current', revision = revision + 1
WHERE id IN (
  SELECT max(old.id) FROM graphics AS new
  JOIN items ON items.id = new.item_id
  JOIN graphics AS old ON old.graphic_id = items.replaces
    AND old.service = new.service AND old.library = new.library
  WHERE new.service = ?1 AND new.library = ?2 AND new.graphic_id = ?3 AND old.state = 'replaced'
    AND NOT EXISTS (
      SELECT 1 FROM graphics AS other
      WHERE other.service = old.service AND other.library = old.library
        AND other.folder = old.folder AND other.name = old.name AND other.state = 'current')
  GROUP BY old.folder, old.name)`;

/**
 * What a deleted graphic had taken the place of is current again, unless its address has another by now. Part
 * of the caller's transaction.
 */
export function restoreReplaced(
  database: Database,
  { service, library }: TargetKey,
  graphicId: string,
): void {
  database.run(RESTORE, [service, library, graphicId]);
}

const RELEASE = `
UPDATE graphics SET state = 'replaced', revision = revision + 1
WHERE service = ? AND library = ? AND folder = ? AND name = ? AND graphic_id = ? AND state = 'current'`;

/** An address lets go of an id that others go on using; nothing is deleted. Part of the caller's transaction. */
export function releaseGraphic(
  database: Database,
  { service, library }: TargetKey,
  { folder, name, graphicId }: FolderAndName & { graphicId: string },
): void {
  database.run(RELEASE, [service, library, folder, name, graphicId]);
}
