import { z } from "zod";
import type { FolderAndName } from "../plan/recorded.ts";
import type { Database } from "./database.ts";
import { parseRow } from "./read-recorded.ts";
import { UNSETTLED } from "./schema.ts";

/** An item that got its graphic in this run. */
export interface UploadedItem {
  itemId: number;
  graphicId: string;
  url: string;
  /** ISO 8601. */
  uploadedAt: string;
  source: "upload" | "shared";
  /** Another graphic whose place it takes. */
  former: (FolderAndName & { graphicId: string }) | undefined;
}

// A CROSS JOIN is read in the order it is written (SQLite, Query Planner): else whole tables are read each time.
const EACH_ITEM = "json_each(?1) AS given CROSS JOIN items AS item ON item.id = given.value->>0";

const REPLACE_AT = `
UPDATE graphics SET state = 'replaced', revision = revision + 1
WHERE id IN (SELECT graphic.id FROM ${EACH_ITEM} CROSS JOIN graphics AS graphic
  ON graphic.service = item.service AND graphic.library = item.library
    AND graphic.folder = item.folder AND graphic.name = item.name AND graphic.state = 'current')`;

const INSERT = `
INSERT INTO graphics (graphic_id, service, library, folder, name, sha256, bytes, content_type, path,
  manifest, url, uploaded_at, source, state, possible_duplicate, item_id)
SELECT given.value->>1, item.service, item.library, item.folder, item.name, item.sha256, item.bytes,
  item.content_type, item.path, (SELECT manifest FROM runs WHERE id = item.run_id), given.value->>2,
  given.value->>3, given.value->>4, 'current', given.value->>5, item.id
FROM ${EACH_ITEM} ORDER BY given.key`;

/**
 * Records the graphics of items that were uploaded, all at different addresses; whatever was current there is
 * replaced, and earlier unknowns of the address are settled as `retried`. Not at the intent: a retry that was
 * refused or never left has settled nothing. Part of the caller's transaction, after the items' own ends.
 */
export function recordUploaded(database: Database, uploaded: readonly UploadedItem[]): void {
  const retried = settleAsRetried(database, uploaded);
  for (const { itemId, former } of uploaded) if (former) replaceFormer(database, itemId, former);
  const rows = JSON.stringify(
    uploaded.map(({ itemId, graphicId, url, uploadedAt, source }, index) => {
      const isPossibleDuplicate = retried.has(index);
      return [itemId, graphicId, url, uploadedAt, source, isPossibleDuplicate ? 1 : 0];
    }),
  );
  database.run(REPLACE_AT, [rows]);
  database.run(INSERT, [rows]);
}

const REPLACE_FORMER = `
UPDATE graphics SET state = 'replaced', revision = revision + 1
WHERE (service, library) = (SELECT service, library FROM items WHERE id = ?)
  AND folder = ? AND name = ? AND state = 'current' AND graphic_id = ?`;

/** The old graphic of a rename or move is no longer current; only if it still is the one that was planned. */
function replaceFormer(
  database: Database,
  itemId: number,
  { folder, name, graphicId }: FolderAndName & { graphicId: string },
): void {
  database.run(REPLACE_FORMER, [itemId, folder, name, graphicId]);
}

const FIND_UNSETTLED = `
SELECT CAST(json_group_array(given.key) AS BLOB) FROM ${EACH_ITEM}
WHERE EXISTS (SELECT 1 FROM items
  WHERE service = item.service AND library = item.library AND folder = item.folder
    AND name = item.name AND ${UNSETTLED})`;
const SETTLE_AS_RETRIED = `
UPDATE items SET settled = 'retried'
WHERE id IN (SELECT old.id FROM items AS item CROSS JOIN items AS old
  ON old.service = item.service AND old.library = item.library AND old.folder = item.folder
    AND old.name = item.name AND old.status IN ('sending', 'unknown') AND old.settled IS NULL
  WHERE item.id = ?)`;

const indexesSchema = z.array(z.int());

/** Settles the unknowns where something was sent, which a shared id is not; gives the indexes of those that had one. */
function settleAsRetried(
  database: Database,
  uploaded: readonly UploadedItem[],
): ReadonlySet<number> {
  const ids = JSON.stringify(uploaded.map(({ itemId }) => [itemId]));
  const found = parseRow(indexesSchema, database.getJson(FIND_UNSETTLED, [ids]));
  const sent = found.filter((index) => uploaded[index]?.source === "upload");
  for (const index of sent) {
    const item = uploaded[index];
    if (item) database.run(SETTLE_AS_RETRIED, [item.itemId]);
  }
  return new Set(sent);
}
