import { z } from "zod";
import { formatFailure } from "../execute/failure.ts";
import type { AttemptOutcome } from "../execute/record.ts";
import { sentGraphic } from "../plan/planned-row.ts";
import type { Upload } from "../plan/upload.ts";
import type { Database } from "./database.ts";
import { parseRow } from "./read-recorded.ts";
import { UNSETTLED } from "./schema.ts";
import { recordGraphics, replaceGraphic } from "./write-graphic.ts";
import type { RunStart } from "./write-items.ts";
import { endSharers } from "./write-shared.ts";

/** An attempt that is about to be sent. */
export interface Intent {
  itemId: number;
  /** 1 for a row's first. */
  number: number;
  /** ISO 8601. */
  startedAt: string;
}

/** An attempt that ended, and the row it was made for. */
export interface EndedAttempt {
  attemptId: number;
  itemId: number;
  upload: Upload;
  outcome: AttemptOutcome;
}

const SENDING = `
UPDATE items SET status = 'sending', error = NULL WHERE id IN (SELECT value->>0 FROM json_each(?))`;
const INSERT_ATTEMPTS = `
INSERT INTO attempts (item_id, number, started_at)
SELECT value->>0, value->>1, value->>2 FROM json_each(?) ORDER BY key`;

/** Records attempts that are about to be sent; returns their ids. Part of the caller's transaction. */
export function recordIntents(database: Database, intents: readonly Intent[]): number[] {
  const rows = JSON.stringify(
    intents.map(({ itemId, number, startedAt }) => [itemId, number, startedAt]),
  );
  database.run(SENDING, [rows]);
  const { changes, rowId } = database.run(INSERT_ATTEMPTS, [rows]);
  if (changes !== intents.length) throw new Error(`${changes} of ${intents.length} recorded`);
  // A new id is the largest one plus one (SQLite, ROWIDs and the INTEGER PRIMARY KEY), and one writer writes.
  return intents.map((_, index) => rowId - intents.length + 1 + index);
}

const END_ATTEMPTS = `
UPDATE attempts SET finished_at = value->>1, result = value->>2, http_status = value->>3,
  error_code = value->>4, message = value->>5, request_id = value->>6, graphic_id = value->>7
FROM json_each(?) WHERE attempts.id = value->>0`;
const END_ITEMS = `
UPDATE items SET status = value->>1, error = value->>2 FROM json_each(?) WHERE items.id = value->>0`;

const ITEM_STATUS = {
  uploaded: "uploaded",
  refused: "not-run",
  "not-sent": "not-run",
  failed: "failed",
  unknown: "unknown",
} as const satisfies Record<AttemptOutcome["result"], string>;

/**
 * Records how attempts for different rows ended, with the graphics they made. Part of the caller's transaction.
 * Earlier unknowns of an address are settled as `retried` here and not at the intent: a retry that was refused
 * or never left has settled nothing.
 */
export function recordOutcomes(
  database: Database,
  run: RunStart,
  ended: readonly EndedAttempt[],
): void {
  database.run(END_ATTEMPTS, [JSON.stringify(ended.map(attemptRow))]);
  database.run(END_ITEMS, [JSON.stringify(ended.map(itemRow))]);
  recordUploaded(database, run, ended.filter(isUploaded));
  for (const { itemId, upload, outcome } of ended) {
    if (upload.sharedBy) endSharers(database, run, itemId, upload, outcome);
  }
}

function attemptRow({ attemptId, outcome }: EndedAttempt) {
  const { finishedAt, result, httpStatus, errorCode, message, requestId, graphicId } = outcome;
  return [attemptId, finishedAt, result, httpStatus, errorCode, message, requestId, graphicId];
}

function itemRow({ itemId, outcome }: EndedAttempt) {
  const { result, httpStatus, errorCode, message, requestId } = outcome;
  const error =
    message === null ? null : formatFailure({ httpStatus, errorCode, message, requestId });
  return [itemId, ITEM_STATUS[result], error];
}

type UploadedAttempt = EndedAttempt & { outcome: { graphicId: string } };

function isUploaded(ended: EndedAttempt): ended is UploadedAttempt {
  return ended.outcome.result === "uploaded" && ended.outcome.graphicId !== null;
}

function recordUploaded(
  database: Database,
  run: RunStart,
  uploaded: readonly UploadedAttempt[],
): void {
  if (uploaded.length === 0) return;
  const retried = settleAsRetried(database, run, uploaded);
  for (const { upload } of uploaded) {
    if (upload.replaces) replaceGraphic(database, run, upload.replaces);
  }
  const graphics = uploaded.map(({ itemId, upload, outcome }, index) => ({
    ...sentGraphic(upload),
    itemId,
    graphicId: outcome.graphicId,
    url: outcome.url ?? "",
    uploadedAt: outcome.finishedAt,
    source: "upload" as const,
    isPossibleDuplicate: retried.has(index),
  }));
  recordGraphics(database, run, graphics);
}

const FIND_UNSETTLED = `
SELECT CAST(json_group_array(place.key) AS BLOB) FROM json_each(?3) AS place
WHERE EXISTS (SELECT 1 FROM items
  WHERE service = ?1 AND library = ?2 AND folder = place.value->>0 AND name = place.value->>1
    AND ${UNSETTLED})`;
const SETTLE_AS_RETRIED = `
UPDATE items SET settled = 'retried'
WHERE service = ? AND library = ? AND folder = ? AND name = ? AND ${UNSETTLED}`;

const indexesSchema = z.array(z.int());

/** Settles the unknowns of uploads' addresses; gives the indexes of those that had one. */
function settleAsRetried(
  database: Database,
  { service, library }: RunStart,
  uploaded: readonly UploadedAttempt[],
): ReadonlySet<number> {
  const places = JSON.stringify(uploaded.map(({ upload }) => [upload.folder, upload.name]));
  const found = parseRow(
    indexesSchema,
    database.getJson(FIND_UNSETTLED, [service, library, places]),
  );
  const indexes = new Set(found);
  for (const [index, { upload }] of uploaded.entries()) {
    if (!indexes.has(index)) continue;
    database.run(SETTLE_AS_RETRIED, [service, library, upload.folder, upload.name]);
  }
  return indexes;
}

const END_ITEM = "UPDATE items SET status = ?, error = ? WHERE id = ?";

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
