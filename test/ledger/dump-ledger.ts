import { Database } from "../../src/ledger/database.ts";

/**
 * All that a ledger says, without the numbers that rows have in one file only: two ledgers that know the same
 * give the same text, whatever the order in which they came to know it.
 */
const DUMPS = [
  `SELECT json_array('run', uid, command, manifest, shard, host, service, library, user, machine, pid,
    started_at, finished_at, exit_code, uploaded, unchanged, failed, unknown, not_run) FROM runs`,
  `SELECT json_array('item', uid, folder, name, line, path, content_type, sha256, bytes, action, reason,
    status, error, settled, replaces) FROM items JOIN runs ON runs.id = run_id`,
  `SELECT json_array('attempt', uid, folder, name, number, attempts.started_at, attempts.finished_at, result,
    http_status, error_code, message, request_id, graphic_id)
  FROM attempts JOIN items ON items.id = item_id JOIN runs ON runs.id = run_id`,
  `SELECT json_array('graphic', uid, graphics.folder, graphics.name, graphic_id, graphics.sha256,
    graphics.path, graphics.manifest, url, uploaded_at, source, state, possible_duplicate)
  FROM graphics JOIN items ON items.id = item_id JOIN runs ON runs.id = run_id`,
  `SELECT json_array('deletion', uid, graphic_id, number, deletions.started_at, deletions.finished_at,
    result, settled) FROM deletions JOIN runs ON runs.id = run_id`,
];

export function dumpLedger(file: string): string {
  const database = new Database(file, "ro");
  try {
    const lines = DUMPS.flatMap((sql) => {
      const asBlob = `SELECT CAST(line AS BLOB) FROM (${sql.replace(/\) FROM|\)\n {2}FROM/, ") AS line FROM")})`;
      return Array.from(database.iterateJson(asBlob, []), (line) => JSON.stringify(line));
    });
    return lines.sort().join("\n");
  } finally {
    database.close();
  }
}
