import { sentGraphic } from "../plan/planned-row.ts";
import type { Upload } from "../plan/upload.ts";
import type { Database } from "./database.ts";
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
