import { z } from "zod";
import type { AttemptOutcome } from "../execute/outcome.ts";
import type { Decision, PlannedRow, RowWithId } from "../plan/planned-row.ts";
import { addressKey, type FolderAndName } from "../plan/recorded.ts";
import type { TargetKey } from "../plan/target.ts";
import type { Database } from "./database.ts";
import type { AdoptedGraphic, Owner, RunStart, Settlement } from "./ledger.ts";
import type { PlannedItem, RunKind } from "./recorded-run.ts";
import { IS_UNKNOWN } from "./schema.ts";
import {
  endUnsent,
  endUpload,
  insertAttempts,
  insertRun,
  type NewAttempt,
  recordId,
  replaceAt,
  settleUnknowns,
} from "./write-attempts.ts";

/** A row that is to be sent. */
interface PlannedUpload extends PlannedItem {
  upload: PlannedRow;
  sharers: readonly Sharer[];
}

/** Where a graphic goes, and whose place it takes. */
type Place = FolderAndName & Pick<Decision, "replaces">;

/** A row that waits for another's id, and its attempt. */
interface Sharer {
  place: Place;
  attemptId: number;
}

/**
 * Records a run with all that it means to do and all that it adopts. Part of the caller's transaction.
 */
export function planUploads(
  database: Database,
  owner: Owner,
  run: RunStart,
  uploads: readonly PlannedRow[],
  adopted: Iterable<AdoptedGraphic>,
  shared: readonly RowWithId[],
): { runId: number; kind: RunKind<PlannedRow, PlannedUpload> } {
  const runId = insertRun(database, owner, run);
  const insert = (kind: "upload" | "share", rows: readonly PlannedRow[]) =>
    insertAttempts(database, runId, run, rows, (row) => attemptOf(kind, row));
  const ids = insert("upload", uploads);
  const planned = new Map<string, PlannedUpload>();
  for (const [index, upload] of uploads.entries()) {
    const sharers = upload.sharedBy ? sharersOf(upload.sharedBy, insert) : NO_SHARERS;
    const attemptId = ids[index] ?? 0;
    planned.set(addressKey(upload.row), {
      upload,
      attemptId,
      sharers,
      isOpen: true,
      isTried: false,
    });
  }
  adopt(database, runId, run, [...adopted]);
  for (const one of shared) {
    const { graphicId, url } = one;
    const graphic = { graphicId, url, at: run.startedAt, result: "recorded" } as const;
    const [attemptId = 0] = insert("share", [one.planned]);
    recordId(database, run, placeOf(one.planned), attemptId, graphic);
  }
  return { runId, kind: uploadsOf(database, run, planned) };
}

const NO_SHARERS: readonly Sharer[] = [];

function sharersOf(
  rows: readonly PlannedRow[],
  insert: (kind: "share", rows: readonly PlannedRow[]) => number[],
): Sharer[] {
  const ids = insert("share", rows);
  return rows.map((row, index) => ({ place: placeOf(row), attemptId: ids[index] ?? 0 }));
}

function uploadsOf(
  database: Database,
  run: RunStart,
  rows: ReadonlyMap<string, PlannedUpload>,
): RunKind<PlannedRow, PlannedUpload> {
  return {
    idempotent: false,
    nameOf: ({ row }) => `line ${row.line}`,
    find({ row }) {
      const planned = rows.get(addressKey(row));
      if (!planned) throw new Error(`line ${row.line} is not among the rows of this run`);
      return planned;
    },
    end({ upload, sharers }, attemptId, outcome) {
      endUpload(database, run, placeOf(upload), attemptId, outcome);
      endSharers(database, run, upload.row.line, sharers, outcome);
    },
  };
}

// Field by field: an object that is spread from several has a shape of its own in V8, ten times the row's size.
function attemptOf(kind: "upload" | "share", { row, image, decision }: PlannedRow): NewAttempt {
  const { folder, name, line, path } = row;
  const { contentType, sha256, sizeBytes: bytes } = image;
  const { reason, replaces } = decision;
  // A row that keeps the id it had under another name is new at its own address.
  const action = decision.action === "unchanged" ? "create" : decision.action;
  return { kind, folder, name, line, path, contentType, sha256, bytes, action, reason, replaces };
}

function adopt(
  database: Database,
  runId: number,
  run: RunStart,
  adopted: readonly AdoptedGraphic[],
): void {
  const how = { kind: "adopt", action: "unchanged", reason: "adopted" } as const;
  const ids = insertAttempts(database, runId, run, adopted, (one) => ({ ...one, ...how }));
  for (const [index, one] of adopted.entries()) {
    const { folder, name, graphicId, url, uploadedAt: at } = one;
    const place = { folder, name, replaces: undefined };
    recordId(database, run, place, ids[index] ?? 0, { graphicId, url, at, result: "recorded" });
    settleAnswered(database, run, one);
  }
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
