import { z } from "zod";
import type { Database } from "./database.ts";
import { parseRow, type Target } from "./read-recorded.ts";

const OCCURRENCES = `
SELECT CAST(json_array(count(*), coalesce(sum(service = ? AND library = ?), 0)) AS BLOB)
FROM graphics WHERE graphic_id = ?`;

/** How often a graphic id is recorded at all, and how often in one library; replaced ones count too. */
export function countId(
  database: Database,
  { service, library }: Target,
  graphicId: string,
): { total: number; here: number } {
  const row = database.getJson(OCCURRENCES, [service, library, graphicId]);
  const [total, here] = parseRow(z.tuple([z.int(), z.int()]), row);
  return { total, here };
}

const IS_KNOWN = `
SELECT CAST(json_array(EXISTS (SELECT 1 FROM graphics WHERE graphic_id = ?)) AS BLOB)`;

/** Whether a graphic id is recorded anywhere, replaced ones included. */
export function isIdKnown(database: Database, graphicId: string): boolean {
  return parseRow(z.tuple([z.int()]), database.getJson(IS_KNOWN, [graphicId]))[0] === 1;
}
