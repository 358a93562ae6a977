import { z } from "zod";
import type { FolderAndName } from "../plan/recorded.ts";
import type { Database } from "./database.ts";
import { parseRow, type Target } from "./read-recorded.ts";
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
  { service, library }: Target,
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
