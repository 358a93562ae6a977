import { z } from "zod";
import { type PastRun, pastRunSchema } from "../report/past-run.ts";
import type { Database } from "./database.ts";
import { parseRow } from "./read-recorded.ts";

const RUNS = `
SELECT CAST(json_object('run', id, 'command', command, 'manifest', manifest, 'host', host,
  'service', service, 'library', library, 'user', user, 'machine', machine, 'startedAt', started_at,
  'finishedAt', finished_at, 'exitCode', exit_code, 'uploaded', uploaded, 'unchanged', unchanged,
  'failed', failed, 'unknown', unknown, 'notRun', not_run, 'deleted', (
    SELECT count(DISTINCT graphic_id) FROM deletions WHERE run_id = runs.id AND result = 'deleted'
  )) AS BLOB)
FROM runs WHERE manifest = ? ORDER BY id`;

const runSchema = pastRunSchema.extend({ service: z.string() });

/** A manifest's runs, oldest first. */
export function readPastRuns(database: Database, manifest: string): PastRun[] {
  return Array.from(database.iterateJson(RUNS, [manifest]), (row) => parseRow(runSchema, row));
}
