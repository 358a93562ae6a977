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

// A CROSS JOIN is read in the order it is written (SQLite, Query Planner): else all graphics are read each time.
const REPLACE_AT_EACH = `
UPDATE graphics SET state = 'replaced', revision = revision + 1
WHERE id IN (SELECT graphic.id FROM json_each(?3) CROSS JOIN graphics AS graphic
  ON graphic.service = ?1 AND graphic.library = ?2
    AND graphic.folder = value->>0 AND graphic.name = value->>1 AND graphic.state = 'current')`;

const INSERT_ADOPTED = `
INSERT INTO graphics (graphic_id, service, library, folder, name, sha256, bytes, content_type, path,
  manifest, url, uploaded_at, source, state, possible_duplicate, item_id)
SELECT value->>2, ?1, ?2, value->>0, value->>1, value->>3, value->>4, value->>5, value->>6,
  ?4, value->>7, value->>8, 'adopted', 'current', 0, ?5 + key
FROM json_each(?3) ORDER BY key`;

/**
 * Records graphics whose ids the manifest gave, all at different addresses; the first one's item is
 * `firstItemId`, the others' follow. Part of the caller's transaction.
 */
export function recordAdopted(
  database: Database,
  { service, library, manifest }: Target & { manifest: string },
  graphics: readonly Omit<NewGraphic, keyof Target | "manifest" | "source" | keyof Unsaid>[],
  firstItemId: number,
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
    ]),
  );
  database.run(REPLACE_AT_EACH, [service, library, rows]);
  database.run(INSERT_ADOPTED, [service, library, rows, manifest, firstItemId]);
}

/** What is the same of every adopted graphic, or follows from its place among them. */
type Unsaid = Pick<NewGraphic, "isPossibleDuplicate" | "itemId">;

/** The old graphic of a rename or move is no longer current; only if it still is the one that was planned. */
export function replaceGraphic(
  database: Database,
  { service, library }: Target,
  { folder, name, graphicId }: FolderAndName & { graphicId: string },
): void {
  const values = [service, library, folder, name, graphicId];
  database.run(`${REPLACE_AT} AND graphic_id = ?`, values);
}
