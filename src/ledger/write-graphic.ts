import type { FolderAndName } from "../plan/recorded.ts";
import type { TargetKey } from "../plan/target.ts";
import type { Database } from "./database.ts";

/** A graphic as it becomes current at its address. */
export interface NewGraphic extends FolderAndName {
  graphicId: string;
  /** Lower-case hex. */
  sha256: string;
  bytes: number;
  contentType: string;
  path: string;
  url: string;
  /** ISO 8601. */
  uploadedAt: string;
  source: "upload" | "shared" | "adopted" | "resolved";
  isPossibleDuplicate: boolean;
  itemId: number;
}

// A CROSS JOIN is read in the order it is written (SQLite, Query Planner): else all graphics are read each time.
const REPLACE_AT_EACH = `
UPDATE graphics SET state = 'replaced', revision = revision + 1
WHERE id IN (SELECT graphic.id FROM json_each(?3) CROSS JOIN graphics AS graphic
  ON graphic.service = ?1 AND graphic.library = ?2
    AND graphic.folder = value->>0 AND graphic.name = value->>1 AND graphic.state = 'current')`;

const INSERT_EACH = `
INSERT INTO graphics (graphic_id, service, library, folder, name, sha256, bytes, content_type, path,
  manifest, url, uploaded_at, source, state, possible_duplicate, item_id)
SELECT value->>2, ?1, ?2, value->>0, value->>1, value->>3, value->>4, value->>5, value->>6,
  ?4, value->>7, value->>8, value->>9, 'current', value->>10, value->>11
FROM json_each(?3) ORDER BY key`;

/**
 * Records graphics, all at different addresses, with one call of the driver for all; whatever was current
 * there is replaced. `manifest` is the one that records them, and alone can call them orphans. Part of the
 * caller's transaction.
 */
export function recordGraphics(
  database: Database,
  { service, library, manifest }: TargetKey & { manifest: string },
  graphics: readonly NewGraphic[],
): void {
  const rows = JSON.stringify(
    graphics.map((graphic) => [
      graphic.folder,
      graphic.name,
      graphic.graphicId,
      graphic.sha256,
      graphic.bytes,
      graphic.contentType,
      graphic.path,
      graphic.url,
      graphic.uploadedAt,
      graphic.source,
      graphic.isPossibleDuplicate ? 1 : 0,
      graphic.itemId,
    ]),
  );
  database.run(REPLACE_AT_EACH, [service, library, rows]);
  database.run(INSERT_EACH, [service, library, rows, manifest]);
}

const REPLACE_FORMER = `
UPDATE graphics SET state = 'replaced', revision = revision + 1
WHERE service = ? AND library = ? AND folder = ? AND name = ? AND state = 'current' AND graphic_id = ?`;

/** The old graphic of a rename or move is no longer current; only if it still is the one that was planned. */
export function replaceGraphic(
  database: Database,
  { service, library }: TargetKey,
  { folder, name, graphicId }: FolderAndName & { graphicId: string },
): void {
  database.run(REPLACE_FORMER, [service, library, folder, name, graphicId]);
}
