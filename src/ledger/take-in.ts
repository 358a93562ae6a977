import { z } from "zod";
import { formatFailure } from "../execute/failure.ts";
import type { AttemptOutcome } from "../execute/record.ts";
import type { Database } from "./database.ts";
import {
  clearProgress,
  type OutcomeRecord,
  type ProgressRecord,
  readProgress,
} from "./progress.ts";
import { parseRow } from "./read-recorded.ts";
import { recordAttempts } from "./write-attempts.ts";
import { recordUploaded, type UploadedItem } from "./write-uploaded.ts";

/**
 * Brings what happened in a run into the tables that everyone reads, many records with few statements, and
 * empties `progress`. Part of the caller's transaction: nobody sees a record in both places or in neither.
 */
export function takeIn(database: Database, records: readonly ProgressRecord[]): void {
  const outcomes = records.filter(isOutcome);
  recordAttempts(database, records);
  const sharing = outcomes.flatMap((record) => shares(database, record));
  endItems(database, [...records.flatMap(itemEnd), ...sharing.map(({ end }) => end)]);
  const uploaded = [
    ...outcomes.flatMap(uploadOf),
    ...sharing.flatMap(({ upload }) => upload ?? []),
  ];
  if (uploaded.length > 0) recordUploaded(database, uploaded);
  clearProgress(database);
}

/** The same of a run that died before it came to it. */
export function takeInLeftovers(database: Database): void {
  const records = readProgress(database);
  if (records.length > 0) takeIn(database, records);
}

function isOutcome(record: ProgressRecord): record is OutcomeRecord {
  return record.kind === "outcome";
}

const ITEM_STATUS = {
  uploaded: "uploaded",
  deleted: "failed",
  refused: "not-run",
  "not-sent": "not-run",
  failed: "failed",
  unknown: "unknown",
} as const satisfies Record<AttemptOutcome["result"], string>;

/** An item's id, status and error. */
type ItemEnd = [number, string, string | null];

function itemEnd(record: ProgressRecord): ItemEnd[] {
  switch (record.kind) {
    case "intent":
      return [[record.itemId, "sending", null]];
    case "unsent":
      return [[record.itemId, record.status, record.error]];
    case "outcome":
      return [[record.itemId, ITEM_STATUS[record.outcome.result], errorOf(record.outcome)]];
  }
}

function errorOf({ message, httpStatus, errorCode, requestId }: AttemptOutcome): string | null {
  return message === null ? null : formatFailure({ httpStatus, errorCode, message, requestId });
}

const END_ITEMS = `
UPDATE items SET status = value->>1, error = value->>2 FROM json_each(?) WHERE items.id = value->>0`;

/** Of one item the last end counts. */
function endItems(database: Database, ends: readonly ItemEnd[]): void {
  const last = new Map(ends.map((end) => [end[0], end]));
  database.run(END_ITEMS, [JSON.stringify([...last.values()])]);
}

function uploadOf({ itemId, outcome, former }: OutcomeRecord): UploadedItem[] {
  const { result, graphicId, url, finishedAt } = outcome;
  if (result !== "uploaded" || graphicId === null) return [];
  return [{ itemId, graphicId, url: url ?? "", uploadedAt: finishedAt, source: "upload", former }];
}

const ITEM_OF_RUN = `
SELECT CAST(json_array(id) AS BLOB) FROM items
WHERE run_id = (SELECT run_id FROM items WHERE id = ?) AND folder = ? AND name = ?`;

const idSchema = z.tuple([z.int()]);

/** What an upload's outcome means for the rows that share it: its id, or why they have none. */
function shares(
  database: Database,
  { itemId, outcome, sharers }: OutcomeRecord,
): { end: ItemEnd; upload: UploadedItem | undefined }[] {
  if (!sharers) return [];
  const { graphicId, url, message, finishedAt } = outcome;
  return sharers.rows.map(({ folder, name, former }) => {
    const [ownId] = parseRow(idSchema, database.getJson(ITEM_OF_RUN, [itemId, folder, name]));
    if (graphicId === null) {
      const error = `shares the upload of line ${sharers.line}: ${message ?? "no id"}`;
      return { end: [ownId, "not-run", error], upload: undefined };
    }
    const what = { graphicId, url: url ?? "", uploadedAt: finishedAt, source: "shared" } as const;
    return { end: [ownId, "uploaded", null], upload: { ...what, itemId: ownId, former } };
  });
}
