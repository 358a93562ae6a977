import { z } from "zod";
import type { DeletionOutcome } from "../execute/outcome.ts";
import type { TargetKey } from "../plan/target.ts";
import type { Database } from "./database.ts";
import type { Owner, PlannedDeletion, RunStart } from "./ledger.ts";
import type { PlannedItem, PlannedRun } from "./recorded-run.ts";
import { IS_IN_DOUBT } from "./schema.ts";
import {
  answerOf,
  insertAttempt,
  insertRun,
  type PlacedGraphic,
  replaceGraphic,
} from "./write-attempts.ts";

/** A graphic that is to be deleted. */
interface PlannedDelete extends PlannedItem {
  graphicId: string;
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
): PlannedRun<string, PlannedDelete, DeletionOutcome> {
  const runId = insertRun(database, owner, run);
  const planned = new Map<string, PlannedDelete>();
  for (const deletion of deletions) {
    if (deletion.action === "delete") {
      const attemptId = insertAttempt(database, runId, run, attemptOn("delete", deletion));
      const { graphicId } = deletion;
      planned.set(graphicId, { graphicId, attemptId, isOpen: true, isTried: false });
    } else {
      replaceGraphic(database, run, deletion);
      recordDone(database, runId, run, attemptOn("release", deletion), run.startedAt);
    }
  }
  return {
    runId,
    isIdempotent: true,
    nameOf: (graphicId) => graphicId,
    find: (graphicId) => planned.get(graphicId),
    end({ graphicId }, attemptId, outcome) {
      database.update("attempts", attemptId, answerOf(outcome));
      if (outcome.result !== "deleted") return;
      recordGone(database, run, graphicId);
      // Only an undo brings back what was replaced.
      const restored = run.command === "undo" ? restoreReplaced(database, run, graphicId) : [];
      for (const one of restored) {
        recordDone(database, runId, run, attemptOn("restore", one), outcome.finishedAt);
      }
    },
  };
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
  const attemptId = insertAttempt(database, runId, target, what);
  database.update("attempts", attemptId, { result: "recorded", finished_at: finishedAt });
}

const SETTLE = `
UPDATE attempts SET settled = 'gone' WHERE service = ? AND library = ? AND graphic_id = ? AND ${IS_IN_DOUBT}`;

const GONE = `
UPDATE attempts SET state = 'deleted', revision = revision + 1
WHERE service = ? AND library = ? AND graphic_id = ? AND state != 'deleted'`;

/** A graphic is in the library no more. Part of the caller's transaction. */
function recordGone(database: Database, { service, library }: TargetKey, graphicId: string): void {
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
