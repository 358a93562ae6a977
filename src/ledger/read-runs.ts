import { z } from "zod";
import type { Database } from "./database.ts";
import { parseRow, type Target } from "./read-recorded.ts";

/** The latest run of a manifest. */
export interface LastRun extends Target {
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

const LAST_RUN_ID = `
SELECT CAST(json_array(max(id)) AS BLOB) FROM runs
WHERE manifest = ? AND service = ? AND library = ? AND command IN ('apply', 'adopt')`;

/** The id of a manifest's latest run against one target that was about its rows; null when there is none. */
export function readLastRunId(
  database: Database,
  { service, library }: Target,
  manifest: string,
): number | null {
  const row = database.getJson(LAST_RUN_ID, [manifest, service, library]);
  return parseRow(z.tuple([z.int().nullable()]), row)[0];
}
