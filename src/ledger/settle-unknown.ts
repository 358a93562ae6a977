import { z } from "zod";
import type { FolderAndName } from "../plan/recorded.ts";
import type { TargetKey } from "../plan/target.ts";
import type { Database } from "./database.ts";
import { parseRow } from "./read-recorded.ts";
import { UNSETTLED } from "./schema.ts";
import { recordGraphics } from "./write-graphic.ts";

/** How the user found an upload that got no answer: in the library under an id, or not at all. */
export interface Settlement extends FolderAndName {
  /** Undefined: it is not there. */
  landed: { graphicId: string; url: string } | undefined;
  /** ISO 8601. */
  settledAt: string;
}

const LATEST = `
SELECT CAST(json_array(id, path, content_type, sha256, bytes, count(*) OVER ()) AS BLOB) FROM items
WHERE service = ? AND library = ? AND folder = ? AND name = ? AND ${UNSETTLED}
ORDER BY id DESC LIMIT 1`;

const latestSchema = z.tuple([z.int(), z.string(), z.string(), z.string(), z.int(), z.int()]);

const SETTLE = `
UPDATE items SET settled = ?
WHERE service = ? AND library = ? AND folder = ? AND name = ? AND ${UNSETTLED}`;

/**
 * Settles an address's unknown uploads; one that landed becomes the current graphic there, with the bytes of
 * the latest attempt. Part of the caller's transaction. An address
 * without an unknown stays as it is.
 */
export function settleUnknown(
  database: Database,
  { service, library }: TargetKey,
  manifest: string,
  { folder, name, landed, settledAt }: Settlement,
): void {
  const address = [service, library, folder, name];
  const row = database.getJson(LATEST, address);
  if (row === undefined) return;
  const [itemId, path, contentType, sha256, bytes, count] = parseRow(latestSchema, row);
  database.run(SETTLE, [landed ? "landed" : "absent", ...address]);
  if (!landed) return;
  const { graphicId, url } = landed;
  // Where more than one went unanswered, the user found one of them.
  const how = { source: "resolved", isPossibleDuplicate: count > 1 } as const;
  const what = { graphicId, folder, name, path, contentType, sha256, bytes, url, itemId };
  const graphic = { ...what, ...how, uploadedAt: settledAt };
  recordGraphics(database, { service, library, manifest }, [graphic]);
}

// A CROSS JOIN is read in the order it is written (SQLite, Query Planner): else all items are read each time.
const SETTLE_ANSWERED = `
UPDATE items SET settled = 'landed'
WHERE id IN (SELECT item.id FROM json_each(?3) AS given CROSS JOIN items AS item
  ON item.service = ?1 AND item.library = ?2 AND item.folder = given.value->>0
    AND item.name = given.value->>1 AND item.sha256 = given.value->>2 AND ${UNSETTLED})`;

/**
 * An id that was adopted answers the unknown upload of the same bytes to its address: there it is. Part of the
 * caller's transaction.
 */
export function settleAnswered(
  database: Database,
  { service, library }: TargetKey,
  adopted: readonly (FolderAndName & { sha256: string })[],
): void {
  const given = adopted.map(({ folder, name, sha256 }) => [folder, name, sha256]);
  database.run(SETTLE_ANSWERED, [service, library, JSON.stringify(given)]);
}
