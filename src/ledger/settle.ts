// What people and files say of graphics. Each function is part of the caller's transaction.

import { z } from "zod";
import type { PlannedRow } from "../plan/planned-row.ts";
import type { FolderAndName } from "../plan/recorded.ts";
import type { TargetKey } from "../plan/service.ts";
import type { TakenGraphic, TakeOver } from "../plan/take-over.ts";
import type { Database } from "./database.ts";
import type { Owner, RunStart, Settlement } from "./ledger.ts";
import type { PlannedRun } from "./planned-runs.ts";
import { AT_ADDRESS, addressOf, IS_ROW, IS_UNKNOWN, ONE_UPLOAD } from "./schema.ts";
import {
  COPIED,
  insertAttempt,
  insertRun,
  recordId,
  replaceAt,
  settleUnknowns,
} from "./write-attempts.ts";

/** Records what files give, in a run that sends nothing. */
export function planTakeOver(
  database: Database,
  owner: Owner,
  run: RunStart,
  { graphics, unknowns }: TakeOver,
): PlannedRun<PlannedRow> {
  const runId = insertRun(database, owner, run);
  for (const one of graphics) takeGraphic(database, runId, run, one);
  for (const one of unknowns) {
    const how = { kind: "upload", action: "create", reason: "new" } as const;
    const attemptId = insertAttempt(database, runId, run, { ...one, ...how });
    const { startedAt: started_at, error: message } = one;
    database.update("attempts", attemptId, { started_at, result: "unknown", message });
  }
  return { runId, isIdempotent: true, nameOf: () => "a row", items: new Map() };
}

/**
 * Records an id that a file gives. It answers the unknown upload of the same bytes to its address; what went unanswered
 * before that upload was retried by it.
 */
function takeGraphic(database: Database, runId: number, run: RunStart, one: TakenGraphic): void {
  const { folder, name, sha256, graphicId, url, uploadedAt, isTimeKnown, isCurrent } = one;
  const how = { kind: "adopt", action: "unchanged", reason: "adopted" } as const;
  const attemptId = insertAttempt(database, runId, run, { ...one, ...how });
  const graphic = { graphic_id: graphicId, url, finished_at: uploadedAt, result: "recorded" };
  if (isCurrent) {
    recordId(database, run, { folder, name }, attemptId, graphic);
  } else database.update("attempts", attemptId, { ...graphic, state: "replaced", revision: 1 });
  const address = addressOf(run, one);
  // An upload is no answer to a request that left after it.
  database.run(SETTLE_ANSWERED, [...address, sha256, isTimeKnown ? uploadedAt : "9999"]);
  if (!isCurrent || !isTimeKnown) return;
  const { changes } = database.run(SETTLE_EARLIER, [...address, uploadedAt]);
  if (changes > 0) database.update("attempts", attemptId, { possible_duplicate: 1 });
}

const SETTLE_ANSWERED = `
UPDATE attempts SET settled = 'landed'
WHERE ${AT_ADDRESS} AND sha256 = ?5 AND started_at <= ?6 AND ${IS_UNKNOWN}`;

const SETTLE_EARLIER = `
UPDATE attempts SET settled = 'retried' WHERE ${AT_ADDRESS} AND started_at < ?5 AND ${IS_UNKNOWN}`;

const latestSchema = z.object({ id: z.int(), count: z.int() });

/** The latest unknown of an address, and how many uploads there are unknown: what was sent again with its key is one. */
const LATEST = `
SELECT max(id) AS id, count(DISTINCT ${ONE_UPLOAD}) AS count FROM attempts
WHERE ${AT_ADDRESS} AND ${IS_UNKNOWN} GROUP BY folder, name`;

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
  settlement: Settlement,
): void {
  const { landed, image, settledAt } = settlement;
  const latest = database.first(latestSchema, LATEST, addressOf(target, settlement));
  if (!latest) return;
  settleUnknowns(database, target, settlement, landed ? "landed" : "absent");
  if (!landed) return;
  replaceAt(database, target, settlement);
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

const WITHDRAW = `
UPDATE attempts SET settled = 'withdrawn' WHERE ${AT_ADDRESS}
  AND ${IS_ROW} AND state IS NULL AND settled IS NULL AND (result IS NULL OR result IN ('failed', 'refused', 'not-sent'))
  AND NOT (${IS_UNKNOWN})`;

/** What failed or was not run at an address is wanted no more. */
export function withdrawRows(database: Database, target: TargetKey, place: FolderAndName): void {
  database.run(WITHDRAW, addressOf(target, place));
}
