import { z } from "zod";
import type { PastId } from "../plan/prior-state.ts";
import type { Database } from "./database.ts";
import { IdSieve } from "./id-sieve.ts";
import { parseRow, type Target } from "./read-recorded.ts";
import { IN_DOUBT } from "./schema.ts";

const PAGE_ROWS = 4_096;
const PAST_IDS_PAGE = `
SELECT CAST(json_array(max(id), json_group_array(graphic_id)) AS BLOB)
FROM (SELECT id, graphic_id FROM graphics NOT INDEXED
  WHERE service = ? AND library = ? AND state != 'current' AND id > ? ORDER BY id LIMIT ${PAGE_ROWS})`;

const pageSchema = z.tuple([z.int().nullable(), z.array(z.string())]);

const DOUBTED = `
SELECT CAST(json_group_array(graphic_id) AS BLOB) FROM deletions
WHERE service = ? AND library = ? AND ${IN_DOUBT}`;

const idsSchema = z.array(z.string());

const PAST = `
SELECT CAST(json_array(
  EXISTS (SELECT 1 FROM deletions WHERE service = ?1 AND library = ?2 AND graphic_id = ?3 AND ${IN_DOUBT}),
  (SELECT json_group_array(json_array(folder, name, sha256, state)) FROM graphics
    WHERE graphic_id = ?3 AND service = ?1 AND library = ?2 AND state != 'current')) AS BLOB)`;

const pastSchema = z.tuple([
  z.int(),
  z.array(z.tuple([z.string(), z.string(), z.string(), z.enum(["replaced", "deleted"])])),
]);

/**
 * Tells what is recorded of an id in one library beside the addresses that have it now; undefined where nothing
 * is. A million may be asked for: of most a sieve in memory says that there is nothing.
 */
export function pastIdsReader(
  database: Database,
  target: Target,
): (graphicId: string) => PastId | undefined {
  let sieve: IdSieve | undefined;
  return (graphicId) => {
    sieve ??= fillSieve(database, target);
    return sieve.mayHave(graphicId) ? readPast(database, target, graphicId) : undefined;
  };
}

function fillSieve(database: Database, { service, library }: Target): IdSieve {
  const sieve = new IdSieve();
  const doubted = database.getJson(DOUBTED, [service, library]);
  for (const id of parseRow(idsSchema, doubted)) sieve.add(id);
  let lastId: number | null = 0;
  while (lastId !== null) {
    const page = database.getJson(PAST_IDS_PAGE, [service, library, lastId]);
    const [last, ids]: z.infer<typeof pageSchema> = parseRow(pageSchema, page);
    lastId = last;
    for (const id of ids) sieve.add(id);
  }
  return sieve;
}

function readPast(
  database: Database,
  { service, library }: Target,
  graphicId: string,
): PastId | undefined {
  const row = database.getJson(PAST, [service, library, graphicId]);
  const [doubts, versions] = parseRow(pastSchema, row);
  if (doubts === 0 && versions.length === 0) return undefined;
  return {
    isGone: doubts === 1 || versions.some(([, , , state]) => state === "deleted"),
    places: versions.map(([folder, name, sha256]) => ({ folder, name, sha256 })),
  };
}
