import type { FolderAndName } from "../plan/recorded.ts";
import type { Database } from "./database.ts";
import type { Target } from "./read-recorded.ts";

/** A graphic as it becomes current at its address. */
export interface NewGraphic extends Target, FolderAndName {
  graphicId: string;
  /** Lower-case hex. */
  sha256: string;
  bytes: number;
  contentType: string;
  path: string;
  /** The manifest that records it, and alone can call it an orphan. */
  manifest: string;
  url: string;
  /** ISO 8601. */
  uploadedAt: string;
  source: "upload" | "shared" | "adopted" | "resolved";
  isPossibleDuplicate: boolean;
  itemId: number;
}

const REPLACE_AT = `
UPDATE graphics SET state = 'replaced', revision = revision + 1
WHERE service = ? AND library = ? AND folder = ? AND name = ? AND state = 'current'`;

const INSERT = `
INSERT INTO graphics (graphic_id, service, library, folder, name, sha256, bytes, content_type, path,
  manifest, url, uploaded_at, source, state, possible_duplicate, item_id)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'current', ?, ?)`;

/** Records a graphic; whatever was current at its address is replaced. Part of the caller's transaction. */
export function recordGraphic(database: Database, graphic: NewGraphic): void {
  const { service, library, folder, name } = graphic;
  database.run(REPLACE_AT, [service, library, folder, name]);
  database.run(INSERT, [
    graphic.graphicId,
    service,
    library,
    folder,
    name,
    graphic.sha256,
    graphic.bytes,
    graphic.contentType,
    graphic.path,
    graphic.manifest,
    graphic.url,
    graphic.uploadedAt,
    graphic.source,
    graphic.isPossibleDuplicate ? 1 : 0,
    graphic.itemId,
  ]);
}

/** The old graphic of a rename or move is no longer current; only if it still is the one that was planned. */
export function replaceGraphic(
  database: Database,
  { service, library }: Target,
  { folder, name, graphicId }: FolderAndName & { graphicId: string },
): void {
  const values = [service, library, folder, name, graphicId];
  database.run(`${REPLACE_AT} AND graphic_id = ?`, values);
}
