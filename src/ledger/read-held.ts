import { z } from "zod";
import type { HeldGraphic } from "../plan/build-deletions.ts";
import type { Database } from "./database.ts";
import { ownershipReader } from "./read-ownership.ts";
import { parseRow, type Target } from "./read-recorded.ts";
import { IN_DOUBT } from "./schema.ts";

const HELD = `
SELECT CAST(json_array(graphics.graphic_id, graphics.folder, graphics.name, graphics.bytes, graphics.source,
  graphics.state, graphics.manifest, items.run_id, doubts.graphic_id IS NOT NULL) AS BLOB)
FROM graphics JOIN items ON items.id = graphics.item_id
LEFT JOIN (SELECT DISTINCT service, library, graphic_id FROM deletions WHERE ${IN_DOUBT}) AS doubts
  ON doubts.service = graphics.service AND doubts.library = graphics.library
    AND doubts.graphic_id = graphics.graphic_id
WHERE graphics.service = ? AND graphics.library = ? AND graphics.state != 'deleted'
ORDER BY graphics.id`;

const heldSchema = z.tuple([
  z.string(),
  z.string(),
  z.string(),
  z.int(),
  z.enum(["upload", "shared", "adopted", "resolved"]),
  z.enum(["current", "replaced"]),
  z.string(),
  z.int(),
  z.int(),
]);

/** Every id of one library that was not deleted, in the order they were recorded. */
export function readHeld(database: Database, target: Target, manifest: string): HeldGraphic[] {
  const owns = ownershipReader(database, target, manifest);
  return Array.from(database.iterateJson(HELD, [target.service, target.library]), (row) => {
    const [graphicId, folder, name, bytes, source, state, recordedBy, run, doubt] = parseRow(
      heldSchema,
      row,
    );
    const isOwned = owns(recordedBy, { folder, name });
    return { graphicId, folder, name, bytes, source, state, run, isOwned, isInDoubt: doubt === 1 };
  });
}
