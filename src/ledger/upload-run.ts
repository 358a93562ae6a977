import { z } from "zod";
import type { AttemptOutcome } from "../execute/outcome.ts";
import type { PlannedRow, RowWithId } from "../plan/planned-row.ts";
import { addressKey } from "../plan/recorded.ts";
import type { TargetKey } from "../plan/target.ts";
import type { Database } from "./database.ts";
import type { AdoptedGraphic, Owner, RunStart, Settlement } from "./ledger.ts";
import type { PlannedItem, PlannedRun } from "./recorded-run.ts";
import { IS_UNKNOWN } from "./schema.ts";
import {
  endUnsent,
  endUpload,
  insertAttempt,
  insertRun,
  type NewAttempt,
  type Place,
  recordId,
  replaceAt,
  settleUnknowns,
} from "./write-attempts.ts";

/** A row that is to be sent. */
interface PlannedUpload extends PlannedItem {
  upload: PlannedRow;
  sharers: readonly Sharer[] | undefined;
}

/** A row that waits for another's id, and its attempt. */
interface Sharer {
  place: Place;
  attemptId: number;
}

/** Records a run with all that it means to do and all that it adopts. Part of the caller's transaction. */
export function planUploads(
  database: Database,
  owner: Owner,
  run: RunStart,
  uploads: readonly PlannedRow[],
  adopted: Iterable<AdoptedGraphic>,
  shared: readonly RowWithId[],
): PlannedRun<PlannedRow, PlannedUpload, AttemptOutcome> {
  const runId = insertRun(database, owner, run);
  const insert = (kind: "upload" | "share", row: PlannedRow) =>
    insertAttempt(database, runId, run, attemptOf(kind, row));
  const planned = new Map<string, PlannedUpload>();
  for (const upload of uploads) {
    const attemptId = insert("upload", upload);
    const sharers = upload.sharedBy?.map((row) => {
      return { place: placeOf(row), attemptId: insert("share", row) };
    });
    const item = { upload, attemptId, sharers, isOpen: true, isTried: false };
    planned.set(addressKey(upload.row), item);
  }
  for (const one of adopted) adopt(database, runId, run, one);
  for (const { planned: row, graphicId, url } of shared) {
    const graphic = { graphic_id: graphicId, url, finished_at: run.startedAt, result: "recorded" };
    recordId(database, run, placeOf(row), insert("share", row), { ...graphic, result: "recorded" });
  }
  return {
    runId,
    isIdempotent: false,
    nameOf: ({ row }) => `line ${row.line}`,
    find: ({ row }) => planned.get(addressKey(row)),
    end({ upload, sharers = [] }, attemptId, outcome) {
      endUpload(database, run, placeOf(upload), attemptId, outcome);
      endSharers(database, run, upload.row.line, sharers, outcome);
    },
  };
}

function attemptOf(kind: "upload" | "share", { row, image, decision }: PlannedRow): NewAttempt {
  const { folder, name, line, path } = row;
  const { contentType, sha256, sizeBytes: bytes } = image;
  const { reason, replaces } = decision;
  // A row that keeps the id it had under another name is new at its own address.
  const action = decision.action === "unchanged" ? "create" : decision.action;
  return { kind, folder, name, line, path, contentType, sha256, bytes, action, reason, replaces };
}

function placeOf({ row, decision }: PlannedRow): Place {
  return { folder: row.folder, name: row.name, replaces: decision.replaces };
}

const SETTLE_ANSWERED = `
UPDATE attempts SET settled = 'landed'
WHERE service = ? AND library = ? AND folder = ? AND name = ? AND sha256 = ? AND ${IS_UNKNOWN}`;

/** Records an id that the manifest brings; it answers the unknown upload of the same bytes to its address. */
function adopt(database: Database, runId: number, run: RunStart, one: AdoptedGraphic): void {
  const { folder, name, sha256, graphicId, url, uploadedAt } = one;
  const how = { kind: "adopt", action: "unchanged", reason: "adopted" } as const;
  const attemptId = insertAttempt(database, runId, run, { ...one, ...how });
  const graphic = { graphic_id: graphicId, url, finished_at: uploadedAt };
  const place = { folder, name, replaces: undefined };
  recordId(database, run, place, attemptId, { ...graphic, result: "recorded" });
  database.run(SETTLE_ANSWERED, [run.service, run.library, folder, name, sha256]);
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
      const graphic = { graphic_id: graphicId, url: url ?? "", finished_at: finishedAt, result };
      recordId(database, target, place, attemptId, { ...graphic, result });
    } else {
      const why = `shares the upload of line ${line}: ${message ?? "no id"}`;
      endUnsent(database, attemptId, null, why);
    }
  }
}

const LATEST = `
SELECT id, count(*) OVER () AS count FROM attempts
WHERE service = ? AND library = ? AND folder = ? AND name = ? AND ${IS_UNKNOWN} ORDER BY id DESC`;

const latestSchema = z.object({ id: z.int(), count: z.int() });

const COPIED = `run_id, service, library, folder, name, line, path, content_type, sha256, bytes, action,
  reason, replaces, number`;

const INSERT_FOUND = `
INSERT INTO attempts (${COPIED}, kind, result, state, manifest, graphic_id, url, finished_at, possible_duplicate)
SELECT ${COPIED}, 'resolve', 'recorded', 'current', ?, ?, ?, ?, ? FROM attempts WHERE id = ?`;

/**
 * Settles an address's unknown uploads; one that landed becomes the current graphic there, with the bytes of
 * the latest attempt, and `manifest`'s. Part of the caller's transaction. An address without an unknown stays as it is.
 */
export function settleUnknown(
  database: Database,
  target: TargetKey,
  manifest: string,
  { folder, name, landed, settledAt }: Settlement,
): void {
  const address = [target.service, target.library, folder, name];
  const latest = database.first(latestSchema, LATEST, address);
  if (!latest) return;
  settleUnknowns(database, target, { folder, name }, landed ? "landed" : "absent");
  if (!landed) return;
  replaceAt(database, target, { folder, name });
  // Where more than one went unanswered, the user found one of them.
  const isPossibleDuplicate = latest.count > 1 ? 1 : 0;
  const { graphicId, url } = landed;
  const found = [manifest, graphicId, url, settledAt, isPossibleDuplicate, latest.id];
  database.run(INSERT_FOUND, found);
}
