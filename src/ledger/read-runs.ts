import { z } from "zod";
import type { FolderAndName } from "../plan/recorded.ts";
import { isInShard, parseShard } from "../plan/shard.ts";
import type { TargetKey } from "../plan/target.ts";
import type { Database } from "./database.ts";
import { parseRow } from "./read-recorded.ts";

/** The latest run of a manifest. */
export interface LastRun extends TargetKey {
  host: string;
  /** ISO 8601. */
  startedAt: string;
  /** ISO 8601; null while it runs, and for ever when it died. */
  finishedAt: string | null;
}

const lastRunSchema = z.tuple([
  z.string(),
  z.string(),
  z.string(),
  z.string(),
  z.string().nullable(),
]);

const LAST_RUN = `
SELECT CAST(json_array(service, library, host, started_at, finished_at) AS BLOB)
FROM runs WHERE manifest = ? ORDER BY id DESC LIMIT 1`;

/** The latest run of a manifest, whatever its target. */
export function readLastRun(database: Database, manifest: string): LastRun | undefined {
  const row = database.getJson(LAST_RUN, [manifest]);
  if (row === undefined) return undefined;
  const [service, library, host, startedAt, finishedAt] = parseRow(lastRunSchema, row);
  return { service, library, host, startedAt, finishedAt };
}

const LAST_RUN_IDS = `
SELECT CAST(json_array(shard, max(id)) AS BLOB) FROM runs
WHERE manifest = ? AND service = ? AND library = ? AND command IN ('apply', 'adopt') GROUP BY shard`;

/**
 * Tells an address's latest run of a manifest against one target that was about its rows: of the whole manifest
 * or of the shard the address belongs to. Null when there is none.
 */
export function lastRunReader(
  database: Database,
  { service, library }: TargetKey,
  manifest: string,
): (place: FolderAndName) => number | null {
  const rows = database.iterateJson(LAST_RUN_IDS, [manifest, service, library]);
  const last = Array.from(rows, (row) => {
    const [shard, runId] = parseRow(z.tuple([z.string().nullable(), z.int()]), row);
    return { shard: shard === null ? undefined : parseShard(shard), runId };
  });
  return (place) => {
    const about = last.filter(({ shard }) => shard === undefined || isInShard(place, shard));
    return about.length === 0 ? null : Math.max(...about.map(({ runId }) => runId));
  };
}

const RUN_UIDS = `
SELECT CAST(json_array(uid) AS BLOB) FROM runs WHERE manifest = ? AND command IN ('apply', 'adopt')`;

/** What tells a manifest's runs from those of every other ledger. */
export function readRunUids(database: Database, manifest: string): string[] {
  const rows = database.iterateJson(RUN_UIDS, [manifest]);
  return Array.from(rows, (row) => parseRow(z.tuple([z.string()]), row)[0]);
}

const OTHERS = `
SELECT CAST(json_array(EXISTS (SELECT 1 FROM runs WHERE service != ? OR library != ?)) AS BLOB)`;

/** Whether any run was about another library than this one: each graphic is of its run's library. */
export function hasOtherTargets(database: Database, { service, library }: TargetKey): boolean {
  return parseRow(z.tuple([z.int()]), database.getJson(OTHERS, [service, library]))[0] === 1;
}
