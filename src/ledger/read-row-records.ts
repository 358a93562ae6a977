import { stillUnknown } from "../execute/outcome.ts";
import type { FolderAndName } from "../plan/recorded.ts";
import type { TargetKey } from "../plan/target.ts";
import type { RowRecord } from "../report/row-record.ts";
import type { Database } from "./database.ts";
import { lastRunReader } from "./read-runs.ts";
import { cellsOf, damagedRow, integerCell, textOrNullCell } from "./row-cells.ts";
import { IN_DOUBT, UNSETTLED } from "./schema.ts";

const ITEM_STATUSES = ["not-run", "sending", "uploaded", "failed", "unknown", "adopted"] as const;

type ItemStatus = (typeof ITEM_STATUSES)[number];

/** What an address's item in the last run, its latest unsettled unknown and its current graphic say. */
interface Found {
  /** Null without an item, and for an unknown that has been settled since. */
  itemStatus: ItemStatus | null;
  itemError: string | null;
  isUnknown: boolean;
  unknownError: string | null;
  /** Whether the item was recorded after the unknown: by a retry. */
  isItemLater: boolean;
  graphicId: string | null;
  /** Whether the graphic was recorded after the item: by a run of another manifest, or as an unknown was settled. */
  isGraphicLater: boolean;
}

/**
 * One array with a record for each place, which come as one JSON text of folder, name and run: calls cost more
 * than rows. The text is taken apart once, not at each comparison.
 */
const RECORDS = `
WITH place AS MATERIALIZED (
  SELECT key, value->>0 AS folder, value->>1 AS name, value->>2 AS run_id FROM json_each(?3))
SELECT CAST(json_group_array(json_array(item_status, item_error, unanswered_id, unanswered_error,
  is_item_later, is_graphic_later, graphic_id, url, sha256, uploaded_at)) AS BLOB) FROM (
SELECT item.status AS item_status, item.error AS item_error,
  unanswered.id AS unanswered_id, unanswered.error AS unanswered_error,
  item.id > unanswered.id AS is_item_later,
  graphic.item_id > item.id OR (graphic.source = 'resolved' AND graphic.uploaded_at
    > (SELECT started_at FROM runs WHERE id = item.run_id)) AS is_graphic_later,
  graphic.graphic_id, graphic.url, graphic.sha256, graphic.uploaded_at
FROM place
LEFT JOIN items AS item
  ON item.run_id = place.run_id AND item.folder = place.folder AND item.name = place.name
    AND item.settled IS NULL
LEFT JOIN items AS unanswered
  ON unanswered.id = (SELECT max(id) FROM items
    WHERE service = ?1 AND library = ?2 AND folder = place.folder AND name = place.name
      AND ${UNSETTLED})
LEFT JOIN graphics AS graphic
  ON graphic.service = ?1 AND graphic.library = ?2
    AND graphic.folder = place.folder AND graphic.name = place.name
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
 * | `sending`, `unknown` | yes (itself) | any | `unknown` |
 * | `failed` | yes, earlier than the item (a retry of it) | any | `unknown`, with the item's error |
 * | any other | yes | any | `unknown` |
 * | `failed` | no | yes, later than the item (its retry sheet was run, or an unknown settled) | `unchanged` |
 * | `failed` | no | any | `failed` |
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
  target: TargetKey,
  manifest: string,
): (places: readonly FolderAndName[]) => RowRecord[] {
  const lastRunOf = lastRunReader(database, target, manifest);
  return (places) => {
    const list = JSON.stringify(
      places.map((place) => [place.folder, place.name, lastRunOf(place)]),
    );
    const values = [target.service, target.library, list];
    return cellsOf(database.getJson(RECORDS, values), places.length).map(toRecord);
  };
}

function toRecord(row: unknown): RowRecord {
  const cells = cellsOf(row, 10);
  const graphicId = textOrNullCell(cells[6]);
  const { status, error } = statusOf({
    itemStatus: itemStatusCell(cells[0]),
    itemError: textOrNullCell(cells[1]),
    isUnknown: cells[2] !== null && integerCell(cells[2]) > 0,
    unknownError: textOrNullCell(cells[3]),
    isItemLater: isTrueCell(cells[4]),
    isGraphicLater: isTrueCell(cells[5]),
    graphicId,
  });
  const url = textOrNullCell(cells[7]);
  const sha256 = textOrNullCell(cells[8]);
  return { status, graphicId, url, sha256, uploadedAt: textOrNullCell(cells[9]), error };
}

/** Of a comparison, which is null where one side is missing. */
function isTrueCell(cell: unknown): boolean {
  return cell !== null && integerCell(cell) === 1;
}

function itemStatusCell(cell: unknown): ItemStatus | null {
  const status = ITEM_STATUSES.find((one) => one === cell);
  if (status === undefined && cell !== null) throw damagedRow();
  return status ?? null;
}

function statusOf(found: Found): Pick<RowRecord, "status" | "error"> {
  const { itemStatus, itemError } = found;
  const isRecorded = found.graphicId !== null;
  if (itemStatus === "uploaded" && isRecorded) return { status: "uploaded", error: null };
  if (itemStatus === "adopted" && isRecorded) return { status: "unchanged", error: null };
  if (found.isUnknown) return { status: "unknown", error: unknownErrorOf(found) };
  if (itemStatus === "failed" && !found.isGraphicLater) {
    return { status: "failed", error: itemError };
  }
  if (itemStatus === "not-run" && !found.isGraphicLater) {
    return { status: "not-run", error: itemError };
  }
  if (isRecorded) return { status: "unchanged", error: null };
  return { status: "not-run", error: null };
}

function unknownErrorOf({ itemStatus, itemError, isItemLater, unknownError }: Found): string {
  const isRetryFailed = itemStatus === "failed" && isItemLater && itemError !== null;
  return isRetryFailed ? stillUnknown(itemError) : (unknownError ?? UNANSWERED);
}
