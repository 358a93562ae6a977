import { z } from "zod";
import type { TargetKey } from "../plan/target.ts";
import type { Database } from "./database.ts";
import { parseRow } from "./read-recorded.ts";

const OCCURRENCES = `
SELECT CAST(json_array(count(*), coalesce(sum(service = ? AND library = ?), 0)) AS BLOB)
FROM graphics WHERE graphic_id = ?`;

const countsSchema = z.tuple([z.int(), z.int()]);

/** How often a graphic id is recorded at all, and how often in one library; replaced ones count too. */
export function countId(
  database: Database,
  { service, library }: TargetKey,
  graphicId: string,
): { total: number; here: number } {
  const row = database.getJson(OCCURRENCES, [service, library, graphicId]);
  const [total, here] = parseRow(countsSchema, row);
  return { total, here };
}

const IS_KNOWN = `
SELECT CAST(json_array(EXISTS (SELECT 1 FROM graphics WHERE graphic_id = ?)) AS BLOB)`;

const isKnownSchema = z.tuple([z.int()]);

/** Whether a graphic id is recorded anywhere, replaced ones included. */
export function isIdKnown(database: Database, graphicId: string): boolean {
  return parseRow(isKnownSchema, database.getJson(IS_KNOWN, [graphicId]))[0] === 1;
}

const PAGE_ROWS = 4_096;
const IDS_PAGE = `
SELECT CAST(json_array(max(id), json_group_array(graphic_id)) AS BLOB)
FROM (SELECT id, graphic_id FROM graphics WHERE id > ? ORDER BY id LIMIT ${PAGE_ROWS})`;

const idsPageSchema = z.tuple([z.int().nullable(), z.array(z.string())]);

/** Every graphic id that was ever recorded; one that was recorded twice comes twice. */
export function* readAllIds(database: Database): Generator<string> {
  let lastId: number | null = 0;
  while (lastId !== null) {
    const page = database.getJson(IDS_PAGE, [lastId]);
    const [last, ids]: z.infer<typeof idsPageSchema> = parseRow(idsPageSchema, page);
    lastId = last;
    yield* ids;
  }
}

const IS_IN_PROGRESS = `
SELECT CAST(json_array(EXISTS (
  SELECT 1 FROM progress, json_each(records) WHERE value->>'$.outcome.graphicId' = ?)) AS BLOB)`;

/** Whether a run left the id in `progress`; reads all that is there. */
export function isIdInProgress(database: Database, graphicId: string): boolean {
  return parseRow(isKnownSchema, database.getJson(IS_IN_PROGRESS, [graphicId]))[0] === 1;
}

const LAST_ATTEMPT = "SELECT CAST(json_array(coalesce(max(id), 0)) AS BLOB) FROM attempts";
const lastAttemptSchema = z.tuple([z.int()]);

/** The highest id of an attempt; 0 where there is none. */
export function readLastAttemptId(database: Database): number {
  return parseRow(lastAttemptSchema, database.getJson(LAST_ATTEMPT, []))[0];
}
