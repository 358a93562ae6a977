import { z } from "zod";
import type { AttemptOutcome } from "../execute/record.ts";
import { sentGraphic } from "../plan/planned-row.ts";
import type { Upload } from "../plan/upload.ts";
import type { Database } from "./database.ts";
import { parseRow } from "./read-recorded.ts";
import { recordGraphics, replaceGraphic } from "./write-graphic.ts";
import type { RunStart } from "./write-items.ts";

/** A row that takes an id which another row has already. */
export interface SharedGraphic {
  upload: Upload;
  graphicId: string;
  url: string;
}

const INSERT = `
INSERT INTO items (run_id, service, library, folder, name, line, path, content_type, sha256, bytes,
  action, reason, status, replaces)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

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
  for (const { sharedBy = [] } of uploads) {
    for (const row of sharedBy) insertRow(database, run, runId, row, "not-run");
  }
  for (const { upload, graphicId, url } of shared) {
    const itemId = insertRow(database, run, runId, upload, "adopted");
    recordSharedGraphic(database, run, upload, { graphicId, url, at: run.startedAt }, itemId);
  }
}

function insertRow(
  database: Database,
  { service, library }: RunStart,
  runId: number,
  row: Upload,
  status: "not-run" | "adopted",
): number {
  return database.run(INSERT, [
    runId,
    service,
    library,
    row.folder,
    row.name,
    row.line,
    row.path,
    row.contentType,
    row.sha256,
    row.bytes,
    row.action,
    row.reason,
    status,
    row.replaces?.graphicId ?? null,
  ]).rowId;
}

const END_ROW = `
UPDATE items SET status = ?, error = ?
WHERE run_id = (SELECT run_id FROM items WHERE id = ?) AND folder = ? AND name = ?`;

const ROW_ID = `
SELECT CAST(json_array(id) AS BLOB) FROM items
WHERE run_id = (SELECT run_id FROM items WHERE id = ?) AND folder = ? AND name = ?`;

/**
 * Records what an upload's outcome means for the rows that share it: its id, in the same transaction as the
 * upload's own, or why they have none. Part of the caller's transaction.
 */
export function endSharers(
  database: Database,
  run: RunStart,
  itemId: number,
  { line, sharedBy = [] }: Upload,
  outcome: Pick<AttemptOutcome, "graphicId" | "url" | "message" | "finishedAt">,
): void {
  const { graphicId, url, message, finishedAt } = outcome;
  for (const row of sharedBy) {
    const isUploaded = graphicId !== null;
    const error = isUploaded ? null : `shares the upload of line ${line}: ${message ?? "no id"}`;
    const place = [itemId, row.folder, row.name];
    database.run(END_ROW, [isUploaded ? "uploaded" : "not-run", error, ...place]);
    if (!isUploaded) continue;
    const [ownId] = parseRow(z.tuple([z.int()]), database.getJson(ROW_ID, place));
    recordSharedGraphic(database, run, row, { graphicId, url: url ?? "", at: finishedAt }, ownId);
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
