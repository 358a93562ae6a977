import type { PlannedRow } from "../plan/planned-row.ts";
import type { Shared } from "../plan/share-bytes.ts";
import type { Database } from "./database.ts";
import { recordGraphics, replaceGraphic } from "./write-graphic.ts";
import { insertItems, itemOf, type RunStart } from "./write-items.ts";

/**
 * Records the rows that take another row's id: those of ids that are known at once, the others as `not-run`
 * until the upload they wait for has its outcome. Part of the caller's transaction.
 */
export function recordSharing(
  database: Database,
  run: RunStart,
  runId: number,
  uploads: readonly PlannedRow[],
  shared: readonly Shared[],
): void {
  for (const { sharedBy } of uploads) {
    if (sharedBy) insertItems(database, run, runId, sharedBy.map(itemOf));
  }
  for (const one of shared) recordShared(database, run, runId, one);
}

function recordShared(
  database: Database,
  run: RunStart,
  runId: number,
  { planned, graphicId, url }: Shared,
): void {
  const item = { ...itemOf(planned), status: "adopted" } as const;
  const itemId = insertItems(database, run, runId, [item]);
  const { folder, name, path, contentType, sha256, bytes, replaces } = item;
  if (replaces) replaceGraphic(database, run, replaces);
  const what = { folder, name, path, contentType, sha256, bytes };
  const how = { source: "shared", isPossibleDuplicate: false } as const;
  const graphic = { ...what, ...how, itemId, graphicId, url, uploadedAt: run.startedAt };
  recordGraphics(database, run, [graphic]);
}
