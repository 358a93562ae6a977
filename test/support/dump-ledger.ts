import { z } from "zod";
import { Database } from "../../src/ledger/database.ts";

/** What a SELECT gives whose one column is `line`, a JSON text, of the file as it is. */
export function queryLedger(file: string, sql: string): unknown[] {
  const database = new Database(file, "ro");
  try {
    const rows = database.all(z.object({ line: z.string() }), sql);
    return rows.map(({ line }): unknown => JSON.parse(line));
  } finally {
    database.close();
  }
}

/**
 * All that a ledger says, without the numbers that rows have in one file only: two ledgers that know the same
 * give the same text, whatever the order in which they came to know it.
 */
const DUMPS = [
  `SELECT json_array('run', uid, command, manifest, shard, host, service, library, user, machine, pid,
    started_at, finished_at, exit_code, uploaded, unchanged, failed, unknown, not_run) AS line FROM runs`,
  `SELECT json_array(kind, uid, attempts.service, attempts.library, folder, name, line, path, content_type,
    sha256, bytes, action, reason, replaces, attempts.manifest, number, attempts.started_at,
    attempts.finished_at, result, http_status, error_code, message, request_id, graphic_id, url, settled,
    state, possible_duplicate) AS line
  FROM attempts JOIN runs ON runs.id = run_id`,
];

export function dumpLedger(file: string): string {
  const lines = DUMPS.flatMap((sql) => queryLedger(file, sql).map((line) => JSON.stringify(line)));
  return lines.sort().join("\n");
}
