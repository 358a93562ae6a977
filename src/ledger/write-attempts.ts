// What is written of attempts. Each function is part of the caller's transaction.

import type { AttemptOutcome } from "../execute/outcome.ts";
import type { FolderAndName, PlacedGraphic, SentImage } from "../plan/recorded.ts";
import type { TargetKey } from "../plan/service.ts";
import type { Database } from "./database.ts";
import type { Owner, RunStart } from "./ledger.ts";
import { AT_ADDRESS, addressOf, IS_UNKNOWN, ONE_UPLOAD } from "./schema.ts";

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

/** Where a graphic goes, and whose place it takes. */
export type Place = FolderAndName & { replaces?: PlacedGraphic | undefined };

/** What is meant to be done about a graphic. */
export interface NewAttempt extends SentImage {
  kind: "upload" | "share" | "adopt" | "delete" | "release" | "restore";
  line: number;
  action: string;
  reason: string;
  replaces?: PlacedGraphic | undefined;
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

/** What an attempt and its repeat have alike. */
export const COPIED = `run_id, service, library, folder, name, line, path, content_type, sha256, bytes, action,
  reason, replaces`;

const INSERT_COPY = `
INSERT INTO attempts (${COPIED}, kind, graphic_id, number)
SELECT ${COPIED}, kind, iif(kind = 'delete', graphic_id, NULL), number + 1 FROM attempts WHERE id = ?`;

/** Adds a planned attempt for one more try; returns its id. */
export function insertRetry(database: Database, attemptId: number): number {
  return database.run(INSERT_COPY, [attemptId]).rowId;
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
  const here = [...addressOf(target, place), attemptId];
  // For a new graphic one look is enough; the three statements below would change nothing.
  const isTaken = place.replaces !== undefined || database.has(TAKEN, here);
  const isRetry = isTaken && database.has(OTHERS, here);
  if (isTaken) {
    makeWay(database, target, place);
    settleUnknowns(database, target, place, "retried", attemptId);
  }
  const what = { state: "current", possible_duplicate: isRetry ? 1 : 0 };
  database.update("attempts", attemptId, { ...ended, ...what });
}

/** A graphic, or an unanswered upload beside an attempt. */
const TAKEN = `
SELECT 1 FROM attempts WHERE ${AT_ADDRESS} AND state = 'current'
UNION ALL SELECT 1 FROM attempts WHERE ${AT_ADDRESS} AND ${IS_UNKNOWN} AND id != ?5`;

/** An unknown beside an attempt and those with its key. */
const OTHERS = `
SELECT 1 FROM attempts WHERE ${AT_ADDRESS} AND ${IS_UNKNOWN}
  AND ${ONE_UPLOAD} != (SELECT ${ONE_UPLOAD} FROM attempts WHERE id = ?5)`;

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

/** What the graphic to come replaces, and what is at its address, is current no more. */
function makeWay(database: Database, target: TargetKey, place: Place): void {
  if (place.replaces) replaceGraphic(database, target, place.replaces);
  replaceAt(database, target, place);
}

const REPLACE_AT = `
UPDATE attempts SET state = 'replaced', revision = revision + 1
WHERE ${AT_ADDRESS} AND state = 'current'`;

/** Whatever is current at an address is so no more. */
export function replaceAt(database: Database, target: TargetKey, place: FolderAndName): void {
  database.run(REPLACE_AT, addressOf(target, place));
}

/** The same, only if it still is the graphic with this id. */
export function replaceGraphic(database: Database, target: TargetKey, old: PlacedGraphic): void {
  database.run(`${REPLACE_AT} AND graphic_id = ?5`, [...addressOf(target, old), old.graphicId]);
}

const SETTLE = `
UPDATE attempts SET settled = ?5 WHERE ${AT_ADDRESS} AND id != ?6 AND ${IS_UNKNOWN}`;

/** Settles an address's unknown uploads, but for `except`. */
export function settleUnknowns(
  database: Database,
  target: TargetKey,
  place: FolderAndName,
  as: "retried" | "landed" | "absent",
  except = 0,
): void {
  database.run(SETTLE, [...addressOf(target, place), as, except]);
}
