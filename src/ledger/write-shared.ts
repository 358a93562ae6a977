import { sentGraphic } from "../plan/planned-row.ts";
import type { Upload } from "../plan/upload.ts";
import type { Database } from "./database.ts";
import { recordGraphics, replaceGraphic } from "./write-graphic.ts";
import { insertItems, type RunStart, toSend } from "./write-items.ts";

/** A row that takes an id which another row has already. */
export interface SharedGraphic {
  upload: Upload;
  graphicId: string;
  url: string;
}

/**
 * Records the rows that take another row's id: those of ids that are known at once, the others as `not-run`
 * until the upload they wait for has its outcome. Part of the caller's transaction.
 */
export function recordSharing(
  database: Database,
  run: RunStart,
  runId: number,
  uploads: readonly Upload[],
  shared: readonly SharedGraphic[],
): void {
  for (const { sharedBy } of uploads) {
    if (!sharedBy) continue;
    insertItems(database, run, runId, sharedBy, toSend);
  }
  for (const { upload, graphicId, url } of shared) {
    const fate = { ...toSend(upload), status: "adopted" } as const;
    const itemId = insertItems(database, run, runId, [upload], () => fate);
    recordSharedGraphic(database, run, upload, { graphicId, url, at: run.startedAt }, itemId);
  }
}

function recordSharedGraphic(
  database: Database,
  run: RunStart,
  row: Upload,
  { graphicId, url, at }: { graphicId: string; url: string; at: string },
  itemId: number,
): void {
  if (row.replaces) replaceGraphic(database, run, row.replaces);
  const how = { source: "shared", isPossibleDuplicate: false } as const;
  const graphic = { ...sentGraphic(row), ...how, itemId, graphicId, url, uploadedAt: at };
  recordGraphics(database, run, [graphic]);
}
