import { formatFailure } from "../execute/failure.ts";
import type { AttemptOutcome } from "../execute/record.ts";
import type { Upload } from "../plan/upload.ts";
import type { Database } from "./database.ts";
import { UNSETTLED } from "./schema.ts";
import { recordGraphic, replaceGraphic } from "./write-graphic.ts";
import type { RunStart } from "./write-items.ts";
import { endSharers } from "./write-shared.ts";

/** The item an attempt is made for. */
export interface AttemptItem {
  itemId: number;
  upload: Upload;
  run: RunStart;
}

const INSERT_ATTEMPT = "INSERT INTO attempts (item_id, number, started_at) VALUES (?, ?, ?)";
const SENDING = "UPDATE items SET status = 'sending', error = NULL WHERE id = ?";

/** Records that an attempt is about to be sent; returns its id. Part of the caller's transaction. */
export function recordIntent(
  database: Database,
  itemId: number,
  number: number,
  startedAt: string,
): number {
  database.run(SENDING, [itemId]);
  return database.run(INSERT_ATTEMPT, [itemId, number, startedAt]).rowId;
}

const END_ATTEMPT = `
UPDATE attempts SET finished_at = ?, result = ?, http_status = ?, error_code = ?, message = ?,
  request_id = ?, graphic_id = ?
WHERE id = ?`;
const END_ITEM = "UPDATE items SET status = ?, error = ? WHERE id = ?";

const ITEM_STATUS = {
  uploaded: "uploaded",
  refused: "not-run",
  "not-sent": "not-run",
  failed: "failed",
  unknown: "unknown",
} as const satisfies Record<AttemptOutcome["result"], string>;

/**
 * Records how an attempt ended, with the graphic it made. Part of the caller's transaction. Earlier unknowns
 * of the address are settled as `retried` here and not at the intent: a retry that was refused or never left
 * has settled nothing.
 */
export function recordOutcome(
  database: Database,
  item: AttemptItem,
  attemptId: number,
  outcome: AttemptOutcome,
): void {
  const { finishedAt, result, httpStatus, errorCode, message, requestId, graphicId } = outcome;
  const answer = [httpStatus, errorCode, message, requestId, graphicId];
  database.run(END_ATTEMPT, [finishedAt, result, ...answer, attemptId]);
  const error =
    message === null ? null : formatFailure({ httpStatus, errorCode, message, requestId });
  database.run(END_ITEM, [ITEM_STATUS[result], error, item.itemId]);
  if (result === "uploaded") recordUploaded(database, item, outcome);
  endSharers(database, item.run, item.itemId, item.upload, outcome);
}

function recordUploaded(database: Database, item: AttemptItem, outcome: AttemptOutcome): void {
  const { itemId, upload, run } = item;
  const { graphicId, url, finishedAt } = outcome;
  if (graphicId === null) throw new Error("an uploaded outcome has no graphic id");
  const isPossibleDuplicate = settleAsRetried(database, run, upload) > 0;
  if (upload.replaces) replaceGraphic(database, run, upload.replaces);
  const { service, library, manifest } = run;
  const address = { service, library, manifest, url: url ?? "", uploadedAt: finishedAt };
  const how = { source: "upload", isPossibleDuplicate, itemId } as const;
  recordGraphic(database, { ...upload, ...address, ...how, graphicId });
}

const SETTLE_AS_RETRIED = `
UPDATE items SET settled = 'retried'
WHERE service = ? AND library = ? AND folder = ? AND name = ? AND ${UNSETTLED}`;

/** Returns how many unknowns of the upload's address this settled. */
function settleAsRetried(database: Database, run: RunStart, { folder, name }: Upload): number {
  return database.run(SETTLE_AS_RETRIED, [run.service, run.library, folder, name]).changes;
}

/** Records that a row ended without an attempt, or says why it was not run. */
export function recordUnsent(
  database: Database,
  itemId: number,
  status: "failed" | "not-run",
  error: string,
): void {
  database.run(END_ITEM, [status, error, itemId]);
}

const SETTLE_DEAD = `
UPDATE items SET status = 'unknown', error = ? WHERE ${UNSETTLED} AND status = 'sending'`;

/** Whatever is in flight got no answer any more: its run died or ended. */
export function recordUnanswered(database: Database, error: string): void {
  database.run(SETTLE_DEAD, [error]);
}
