import { z } from "zod";
import type { AttemptOutcome } from "../execute/outcome.ts";
import type { PlannedRow, RowWithId } from "../plan/planned-row.ts";
import type { PlacedGraphic } from "../plan/recorded.ts";
import type { TargetKey } from "../plan/service.ts";
import type { Database } from "./database.ts";
import type { Owner, PlannedDeletion, RunStart } from "./ledger.ts";
import { IN_LIBRARY, IS_IN_DOUBT, noteReason } from "./schema.ts";
import {
  answerOf,
  endUpload,
  insertAttempt,
  insertRun,
  type NewAttempt,
  type Place,
  recordId,
  replaceGraphic,
} from "./write-attempts.ts";

/** What a run means to do about one item, and how far it has come. */
export interface PlannedItem {
  /** Its latest attempt. */
  attemptId: number;
  /** Whether it may be tried: it is neither in flight nor done. */
  isOpen: boolean;
  /** Whether the latest attempt is used up, so that the next try needs one of its own. */
  isTried: boolean;
  /** Records what an attempt's end means. Part of a commit. */
  end(attemptId: number, outcome: AttemptOutcome): void;
}

/** A run that is recorded with all that it means to do. */
export interface PlannedRun<Item> {
  runId: number;
  /** Whether an attempt without an answer may be made again in the same run: doing it twice does no harm. */
  isIdempotent: boolean;
  /** Undefined once an item is done: it takes no memory to the end of a long run. */
  items: Map<Item, PlannedItem | undefined>;
  /** How an item is called in messages. */
  nameOf(item: Item): string;
}

/** A row that waits for another's id, and its attempt. */
interface Sharer {
  place: Place;
  attemptId: number;
}

/** Records a run with all that it means to do. Part of the caller's transaction. */
export function planUploads(
  database: Database,
  owner: Owner,
  run: RunStart,
  uploads: readonly PlannedRow[],
  shared: readonly RowWithId[],
): PlannedRun<PlannedRow> {
  const runId = insertRun(database, owner, run);
  const insert = (kind: "upload" | "share", row: PlannedRow) => {
    const attempt = attemptOf(kind, row);
    if (kind === "share") return insertAttempt(database, runId, run, attempt);
    const reason = noteReason(attempt, { nameQuotes: run.nameQuotes, key: run.keyOf?.(row) });
    return insertAttempt(database, runId, run, { ...attempt, reason });
  };
  const items = new Map<PlannedRow, PlannedItem>();
  for (const upload of uploads) {
    const attemptId = insert("upload", upload);
    const sharers = upload.sharedBy?.map((row) => {
      return { place: placeOf(row), attemptId: insert("share", row) };
    });
    const end: PlannedItem["end"] = (id, outcome) => {
      endUpload(database, run, placeOf(upload), id, outcome);
      if (sharers) endSharers(database, run, upload.row.line, sharers, outcome);
    };
    items.set(upload, { attemptId, isOpen: true, isTried: false, end });
  }
  for (const { planned: row, graphicId, url } of shared) {
    const graphic = { graphic_id: graphicId, url, finished_at: run.startedAt, result: "recorded" };
    recordId(database, run, placeOf(row), insert("share", row), graphic);
  }
  return {
    runId,
    isIdempotent: run.keyOf !== undefined,
    nameOf: ({ row }) => `line ${row.line}`,
    items,
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
      recordId(database, target, place, attemptId, graphic);
    } else {
      const why = `shares the upload of line ${line}: ${message ?? "no id"}`;
      database.update("attempts", attemptId, { message: why });
    }
  }
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
): PlannedRun<string> {
  const { service, library } = run;
  const runId = insertRun(database, owner, run);
  const insert = (kind: NewAttempt["kind"], { folder, name, graphicId }: PlacedGraphic) => {
    const what = { ...ABOUT_NO_ROW, kind, action: kind, folder, name, graphicId };
    return insertAttempt(database, runId, run, what);
  };
  const insertDone = (kind: "release" | "restore", graphic: PlacedGraphic, finished_at: string) =>
    database.update("attempts", insert(kind, graphic), { result: "recorded", finished_at });
  const items = new Map<string, PlannedItem>();
  for (const deletion of deletions) {
    const { graphicId } = deletion;
    if (deletion.action === "release") {
      replaceGraphic(database, run, deletion);
      insertDone("release", deletion, run.startedAt);
      continue;
    }
    const end: PlannedItem["end"] = (attemptId, outcome) => {
      database.update("attempts", attemptId, answerOf(outcome));
      if (outcome.result !== "deleted") return;
      database.run(SETTLE_GONE, [service, library, graphicId]);
      database.run(GONE, [service, library, graphicId]);
      // Only an undo brings back what was replaced.
      const restored = run.command === "undo" ? restoreReplaced(database, run, graphicId) : [];
      for (const one of restored) insertDone("restore", one, outcome.finishedAt);
    };
    const attemptId = insert("delete", deletion);
    items.set(graphicId, { attemptId, isOpen: true, isTried: false, end });
  }
  return { runId, isIdempotent: true, nameOf: (graphicId) => graphicId, items };
}

const ABOUT_NO_ROW = { line: 0, path: "", contentType: "", sha256: "", bytes: 0, reason: "" };

const SETTLE_GONE = `
UPDATE attempts SET settled = 'gone' WHERE ${IN_LIBRARY} AND graphic_id = ?3 AND ${IS_IN_DOUBT}`;

const GONE = `
UPDATE attempts SET state = 'deleted', revision = revision + 1
WHERE ${IN_LIBRARY} AND graphic_id = ?3 AND state != 'deleted'`;

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
