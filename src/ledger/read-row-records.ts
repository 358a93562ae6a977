import { z } from "zod";
import type { FolderAndName } from "../plan/recorded.ts";
import type { RowRecord } from "../report/row-record.ts";
import type { Database } from "./database.ts";
import { parseRow, type Target } from "./read-recorded.ts";
import { lastRunReader } from "./read-runs.ts";
import { IN_DOUBT, UNSETTLED } from "./schema.ts";

const text = z.string().nullable();
const itemStatus = z.enum(["not-run", "sending", "uploaded", "failed", "unknown", "adopted"]);
const recordSchema = z.tuple([
  itemStatus.nullable(),
  text,
  z.int().nullable(),
  text,
  z.union([z.literal(0), z.literal(1)]).nullable(),
  text,
  text,
  text,
  text,
]);

const recordsSchema = z.array(recordSchema);

type ItemStatus = z.infer<typeof itemStatus>;

/** What an address's item in the last run, its latest unsettled unknown and its current graphic say. */
interface Found {
  /** Null without an item, and for an unknown that has been settled since. */
  itemStatus: ItemStatus | null;
  itemError: string | null;
  isUnknown: boolean;
  unknownError: string | null;
  graphicId: string | null;
  /** Whether the graphic was recorded after the item: by a run of another manifest. */
  isGraphicLater: boolean;
}

/** One array with a record for each place, which come as one JSON text of folder, name and run: calls cost more than rows. */
const RECORDS = `
SELECT CAST(json_group_array(json(record)) AS BLOB) FROM (
SELECT json_array(item.status, item.error, unanswered.id, unanswered.error,
  graphic.item_id > item.id, graphic.graphic_id, graphic.url, graphic.sha256, graphic.uploaded_at) AS record
FROM json_each(?3) AS place
LEFT JOIN items AS item
  ON item.run_id = place.value->>2 AND item.folder = place.value->>0 AND item.name = place.value->>1
    AND item.settled IS NULL
LEFT JOIN items AS unanswered
  ON unanswered.id = (SELECT max(id) FROM items
    WHERE service = ?1 AND library = ?2 AND folder = place.value->>0 AND name = place.value->>1
      AND ${UNSETTLED})
LEFT JOIN graphics AS graphic
  ON graphic.service = ?1 AND graphic.library = ?2
    AND graphic.folder = place.value->>0 AND graphic.name = place.value->>1
    AND graphic.state = 'current'
    AND graphic.graphic_id NOT IN (SELECT graphic_id FROM deletions WHERE ${IN_DOUBT})
ORDER BY place.key)`;

/** What the results say of an intent whose outcome is not recorded. */
export const UNANSWERED = "sent, but no answer was recorded";

/**
 * What the results CSV says of each of some addresses, looked up anew at each call. The status is the first that fits:
 *
 * | item in the row's last run on this target | unsettled unknown | current graphic | → |
 * |---|---|---|---|
 * | `uploaded` | any | yes | `uploaded` |
 * | `adopted` | any | yes | `unchanged` |
 * | `failed` | any | yes, later than the item (its retry sheet was run) | `unchanged` |
 * | `failed` | any | any | `failed` |
 * | `sending`, `unknown` | yes (itself) | any | `unknown` |
 * | any other | yes | any | `unknown` |
 * | `not-run` | no | yes, later than the item | `unchanged` |
 * | `not-run` | no | any | `not-run` |
 * | `uploaded`, `adopted` | no | no (deleted since) | `not-run` |
 * | settled or none | no | yes | `unchanged` |
 * | settled or none | no | no | `not-run` |
 *
 * The id, URL, hash and time are the current graphic's, whatever the status.
 */
export function rowRecordsReader(
  database: Database,
  target: Target,
  manifest: string,
): (places: readonly FolderAndName[]) => RowRecord[] {
  const lastRunOf = lastRunReader(database, target, manifest);
  return (places) => {
    const list = JSON.stringify(
      places.map((place) => [place.folder, place.name, lastRunOf(place)]),
    );
    const values = [target.service, target.library, list];
    return parseRow(recordsSchema, database.getJson(RECORDS, values)).map(toRecord);
  };
}

function toRecord(row: z.infer<typeof recordSchema>): RowRecord {
  const [itemStatus, itemError, unknownId, unknownError, later, ...graphic] = row;
  const [graphicId, url, sha256, uploadedAt] = graphic;
  const isUnknown = unknownId !== null;
  const found = { itemStatus, itemError, isUnknown, unknownError, graphicId };
  const status = statusOf({ ...found, isGraphicLater: later === 1 });
  return { ...status, graphicId, url, sha256, uploadedAt };
}

function statusOf(found: Found): Pick<RowRecord, "status" | "error"> {
  const { itemStatus, itemError } = found;
  const isRecorded = found.graphicId !== null;
  if (itemStatus === "uploaded" && isRecorded) return { status: "uploaded", error: null };
  if (itemStatus === "adopted" && isRecorded) return { status: "unchanged", error: null };
  if (itemStatus === "failed" && !found.isGraphicLater) {
    return { status: "failed", error: itemError };
  }
  if (found.isUnknown) return { status: "unknown", error: found.unknownError ?? UNANSWERED };
  if (itemStatus === "not-run" && !found.isGraphicLater) {
    return { status: "not-run", error: itemError };
  }
  if (isRecorded) return { status: "unchanged", error: null };
  return { status: "not-run", error: null };
}
