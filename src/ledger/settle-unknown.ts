import { z } from "zod";
import type { TargetKey } from "../plan/target.ts";
import type { Database } from "./database.ts";
import type { Settlement } from "./records.ts";
import { IS_UNKNOWN } from "./schema.ts";
import { replaceAt, settleUnknowns } from "./write-attempts.ts";

const LATEST = `
SELECT id, count(*) OVER () AS count FROM attempts
WHERE service = ? AND library = ? AND folder = ? AND name = ? AND ${IS_UNKNOWN} ORDER BY id DESC`;

const latestSchema = z.object({ id: z.int(), count: z.int() });

const COPIED = `run_id, service, library, folder, name, line, path, content_type, sha256, bytes, action,
  reason, replaces, number`;

const INSERT_FOUND = `
INSERT INTO attempts (${COPIED}, kind, result, state, manifest, graphic_id, url, finished_at, possible_duplicate)
SELECT ${COPIED}, 'resolve', 'recorded', 'current', ?, ?, ?, ?, ? FROM attempts WHERE id = ?`;

/**
 * Settles an address's unknown uploads; one that landed becomes the current graphic there, with the bytes of
 * the latest attempt, and `manifest`'s. Part of the caller's transaction. An address without an unknown stays as it is.
 */
export function settleUnknown(
  database: Database,
  target: TargetKey,
  manifest: string,
  { folder, name, landed, settledAt }: Settlement,
): void {
  const address = [target.service, target.library, folder, name];
  const latest = database.first(latestSchema, LATEST, address);
  if (!latest) return;
  settleUnknowns(database, target, { folder, name }, landed ? "landed" : "absent");
  if (!landed) return;
  replaceAt(database, target, { folder, name });
  // Where more than one went unanswered, the user found one of them.
  const isPossibleDuplicate = latest.count > 1 ? 1 : 0;
  const { graphicId, url } = landed;
  const found = [manifest, graphicId, url, settledAt, isPossibleDuplicate, latest.id];
  database.run(INSERT_FOUND, found);
}
