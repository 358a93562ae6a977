import type { PlannedRow } from "../plan/planned-row.ts";
import type { TakenGraphic, TakeOver } from "../plan/take-over.ts";
import type { Database } from "./database.ts";
import type { Owner, RunStart } from "./ledger.ts";
import type { PlannedItem, PlannedRun } from "./planned-runs.ts";
import { IS_UNKNOWN } from "./schema.ts";
import { insertAttempt, insertRun, recordId } from "./write-attempts.ts";

/** Records what files give, in a run that sends nothing. Part of the caller's transaction. */
export function planTakeOver(
  database: Database,
  owner: Owner,
  run: RunStart,
  { graphics, unknowns }: TakeOver,
): PlannedRun<PlannedRow, PlannedItem> {
  const runId = insertRun(database, owner, run);
  for (const one of graphics) takeGraphic(database, runId, run, one);
  for (const one of unknowns) {
    const how = { kind: "upload", action: "create", reason: "new" } as const;
    const attemptId = insertAttempt(database, runId, run, { ...one, ...how });
    const { startedAt: started_at, error: message } = one;
    database.update("attempts", attemptId, { started_at, result: "unknown", message });
  }
  return {
    runId,
    isIdempotent: true,
    nameOf: () => "a row",
    items: new Map(),
    end: () => {},
  };
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
    recordId(database, run, { folder, name, replaces: undefined }, attemptId, graphic);
  } else database.update("attempts", attemptId, { ...graphic, state: "replaced", revision: 1 });
  const address = [run.service, run.library, folder, name];
  // An upload is no answer to a request that left after it.
  database.run(SETTLE_ANSWERED, [...address, sha256, isTimeKnown ? uploadedAt : "9999"]);
  if (!isCurrent || !isTimeKnown) return;
  const { changes } = database.run(SETTLE_EARLIER, [...address, uploadedAt]);
  if (changes > 0) database.update("attempts", attemptId, { possible_duplicate: 1 });
}

const SETTLE_ANSWERED = `
UPDATE attempts SET settled = 'landed'
WHERE service = ? AND library = ? AND folder = ? AND name = ? AND sha256 = ? AND started_at <= ? AND ${IS_UNKNOWN}`;

const SETTLE_EARLIER = `
UPDATE attempts SET settled = 'retried'
WHERE service = ? AND library = ? AND folder = ? AND name = ? AND started_at < ? AND ${IS_UNKNOWN}`;
