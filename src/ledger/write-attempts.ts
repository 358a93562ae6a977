// What is written of attempts. Each function is part of the caller's transaction.

import type { AttemptOutcome } from "../execute/outcome.ts";
import type { Decision } from "../plan/planned-row.ts";
import type { FolderAndName } from "../plan/recorded.ts";
import type { TargetKey } from "../plan/service.ts";
import type { Database } from "./database.ts";
import type { Owner, RunStart, Settlement } from "./ledger.ts";
import { IS_ROW, IS_UNKNOWN } from "./schema.ts";
import { hasOtherUnknown, latestUnknown } from "./unknown-uploads.ts";

const NOTE_FIRST_RUN = "UPDATE holder SET run_id = ? WHERE run_id IS NULL";

/** Records a run and nothing of what it does; returns its id. */
export function insertRun(
  database: Database,
  { user, machine, pid }: Owner,
  { command = "apply", manifest, shard, plan, host, service, library, startedAt }: RunStart,
): number {
  const what = { command, manifest, shard, plan, host, service, library };
  const runId = database.insert("runs", { ...what, user, machine, pid, started_at: startedAt });
  database.run(NOTE_FIRST_RUN, [runId]);
  return runId;
}

/** Where a graphic goes, and whose place it takes; `isNew` where `isTaken` said that nothing is there. */
export type Place = FolderAndName & Pick<Decision, "replaces"> & { isNew?: boolean };

const AT_ADDRESS =
  "SELECT 1 FROM attempts WHERE service = ?1 AND library = ?2 AND folder = ?3 AND name = ?4";

const TAKEN = `${AT_ADDRESS} AND state = 'current' UNION ALL ${AT_ADDRESS} AND ${IS_UNKNOWN}`;

/** Whether a graphic or an unanswered upload is at an address. */
export function isTaken(
  database: Database,
  { service, library }: TargetKey,
  { folder, name }: FolderAndName,
): boolean {
  return database.has(TAKEN, [service, library, folder, name]);
}

/** What is meant to be done about a graphic. */
export interface NewAttempt extends FolderAndName {
  kind: "upload" | "share" | "adopt" | "delete" | "release" | "restore";
  line: number;
  path: string;
  contentType: string;
  sha256: string;
  bytes: number;
  action: string;
  reason: string;
  replaces?: Decision["replaces"];
  /** The id, where it is known. */
  graphicId?: string;
}

/** Adds an attempt that is planned; returns its id. */
export function insertAttempt(
  database: Database,
  runId: number,
  { service, library }: TargetKey,
  attempt: NewAttempt,
): number {
  const { kind, folder, name, line, path, sha256, bytes, action, reason } = attempt;
  return database.insert("attempts", {
    ...{ run_id: runId, kind, service, library, folder, name, line, path, sha256, bytes },
    ...{ content_type: attempt.contentType, action, reason, number: 1 },
    replaces: attempt.replaces?.graphicId,
    graphic_id: attempt.graphicId,
  });
}

const COPIED = `run_id, service, library, folder, name, line, path, content_type, sha256, bytes, action,
  reason, replaces`;

const INSERT_COPY = `
INSERT INTO attempts (${COPIED}, kind, graphic_id, number)
SELECT ${COPIED}, kind, iif(kind = 'delete', graphic_id, NULL), number + 1 FROM attempts WHERE id = ?`;

/** Adds a planned attempt for one more try; returns its id. */
export function insertRetry(database: Database, attemptId: number): number {
  return database.run(INSERT_COPY, [attemptId]).rowId;
}

/** Notes the intent: from here on it may have happened. */
export function beginAttempt(
  database: Database,
  attemptId: number,
  number: number,
  startedAt: string,
): void {
  database.update("attempts", attemptId, { number, started_at: startedAt });
}

/** Notes why an attempt was not made. */
export function endUnsent(
  database: Database,
  attemptId: number,
  result: "failed" | null,
  message: string,
): void {
  database.update("attempts", attemptId, { result, message });
}

/** How an attempt ended, in the ledger's columns. */
export function answerOf(outcome: AttemptOutcome) {
  return {
    finished_at: outcome.finishedAt,
    result: outcome.result,
    http_status: outcome.httpStatus,
    error_code: outcome.errorCode,
    message: outcome.message,
    request_id: outcome.requestId,
  };
}

/**
 * Notes how an upload ended. Where it brought an id, that is now the graphic at its address, and earlier unknowns there
 * are settled: not at the intent, for a retry that was refused or never left has settled nothing.
 */
export function endUpload(
  database: Database,
  target: TargetKey,
  place: Place,
  attemptId: number,
  outcome: AttemptOutcome,
): void {
  const { graphicId, url } = outcome;
  const ended = { ...answerOf(outcome), graphic_id: graphicId, url };
  if (outcome.result !== "uploaded") {
    database.update("attempts", attemptId, ended);
    return;
  }
  makeWay(database, target, place);
  const isRetry = !place.isNew && hasOtherUnknown(database, target, place, attemptId);
  if (!place.isNew) settleUnknowns(database, target, place, "retried", attemptId);
  const what = { state: "current", possible_duplicate: isRetry ? 1 : 0 };
  database.update("attempts", attemptId, { ...ended, ...what });
}

/** An attempt that sends nothing has an id: that is now the graphic at its address. */
export function recordId(
  database: Database,
  target: TargetKey,
  place: Place,
  attemptId: number,
  graphic: { graphic_id: string; url: string; finished_at: string; result: string },
): void {
  makeWay(database, target, place);
  database.update("attempts", attemptId, { ...graphic, state: "current" });
}

const WITHDRAW = `
UPDATE attempts SET settled = 'withdrawn' WHERE service = ? AND library = ? AND folder = ? AND name = ?
  AND ${IS_ROW} AND state IS NULL AND settled IS NULL AND (result IS NULL OR result IN ('failed', 'refused', 'not-sent'))
  AND NOT (${IS_UNKNOWN})`;

/** What failed or was not run at an address is wanted no more. */
export function withdrawRows(
  database: Database,
  { service, library }: TargetKey,
  { folder, name }: FolderAndName,
): void {
  database.run(WITHDRAW, [service, library, folder, name]);
}

/** What the graphic to come replaces, and what is at its address, is current no more. */
function makeWay(database: Database, target: TargetKey, place: Place): void {
  if (place.replaces) replaceGraphic(database, target, place.replaces);
  if (!place.isNew) replaceAt(database, target, place);
}

/** Where a graphic is, and its id. */
export type PlacedGraphic = FolderAndName & { graphicId: string };

const REPLACE_AT = `
UPDATE attempts SET state = 'replaced', revision = revision + 1
WHERE service = ? AND library = ? AND folder = ? AND name = ? AND state = 'current'`;

/** Whatever is current at an address is so no more. */
export function replaceAt(
  database: Database,
  { service, library }: TargetKey,
  { folder, name }: FolderAndName,
): void {
  database.run(REPLACE_AT, [service, library, folder, name]);
}

/** The same, only if it still is the graphic with this id. */
export function replaceGraphic(
  database: Database,
  { service, library }: TargetKey,
  { folder, name, graphicId }: PlacedGraphic,
): void {
  const sql = `${REPLACE_AT} AND graphic_id = ?`;
  database.run(sql, [service, library, folder, name, graphicId]);
}

const SETTLE = `
UPDATE attempts SET settled = ?
WHERE service = ? AND library = ? AND folder = ? AND name = ? AND id != ? AND ${IS_UNKNOWN}`;

/** Settles an address's unknown uploads, but for `except`; gives how many there were. */
export function settleUnknowns(
  database: Database,
  { service, library }: TargetKey,
  { folder, name }: FolderAndName,
  as: "retried" | "landed" | "absent",
  except = 0,
): number {
  return database.run(SETTLE, [as, service, library, folder, name, except]).changes;
}

const INSERT_FOUND = `
INSERT INTO attempts (${COPIED}, number, kind, result, state, manifest, graphic_id, url, finished_at, possible_duplicate)
SELECT ${COPIED}, number, 'resolve', 'recorded', 'current', ?, ?, ?, ?, ? FROM attempts WHERE id = ?`;

/**
 * Settles an address's unknown uploads; one that landed becomes the current graphic there, with the bytes of
 * the latest attempt, and `manifest`'s. An address without an unknown stays as it is.
 */
export function settleUnknown(
  database: Database,
  target: TargetKey,
  manifest: string,
  { folder, name, landed, image, settledAt }: Settlement,
): void {
  const latest = latestUnknown(database, target, { folder, name });
  if (!latest) return;
  settleUnknowns(database, target, { folder, name }, landed ? "landed" : "absent");
  if (!landed) return;
  replaceAt(database, target, { folder, name });
  if (image) {
    const { sha256, sizeBytes: bytes, contentType: content_type } = image;
    database.update("attempts", latest.id, { sha256, bytes, content_type });
  }
  // Where more than one went unanswered, the user found one of them.
  const isPossibleDuplicate = latest.count > 1 ? 1 : 0;
  const { graphicId, url } = landed;
  const found = [manifest, graphicId, url, settledAt, isPossibleDuplicate, latest.id];
  database.run(INSERT_FOUND, found);
}
