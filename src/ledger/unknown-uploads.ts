import { z } from "zod";
import {
  addressKey,
  type FolderAndName,
  type Keyed,
  type UnknownUpload,
} from "../plan/recorded.ts";
import type { TargetKey } from "../plan/service.ts";
import type { Database } from "./database.ts";
import { ONE_UPLOAD, readNotedReason } from "./noted-reason.ts";
import { ownershipReader } from "./ownership.ts";
import { ERROR_COLUMNS, errorOf, errorSchema, IN_LIBRARY, UNANSWERED } from "./row-records.ts";
import { IS_UNKNOWN } from "./schema.ts";

const UNKNOWNS = `
SELECT attempts.id AS id, folder, name, sha256, bytes, content_type AS contentType, path, run_id AS run, ${ERROR_COLUMNS},
  result, reason, attempts.started_at AS startedAt, runs.manifest AS sentBy
FROM attempts JOIN runs ON runs.id = run_id
WHERE attempts.service = ? AND attempts.library = ? AND attempts.id IN (SELECT id FROM attempts WHERE ${IS_UNKNOWN})
ORDER BY folder, name, attempts.id`;

const text = z.string();

const unknownSchema = errorSchema.extend({
  id: z.int(),
  folder: text,
  name: text,
  sha256: text,
  bytes: z.int(),
  contentType: text,
  path: text,
  run: z.int(),
  result: text.nullable(),
  reason: text,
  startedAt: text,
  sentBy: text,
});

type Unknown = z.infer<typeof unknownSchema>;

/** What got no answer and is not settled: of each address the latest. */
export function readUnknowns(
  database: Database,
  target: TargetKey,
  manifest: string,
): UnknownUpload[] {
  const owns = ownershipReader(database, target, manifest);
  const keyedOf = keyReader(database, target);
  const byAddress = new Map<string, [Unknown, ...Unknown[]]>();
  for (const row of database.all(unknownSchema, UNKNOWNS, [target.service, target.library])) {
    const earlier = byAddress.get(addressKey(row)) ?? [];
    byAddress.set(addressKey(row), [row, ...earlier]);
  }
  return [...byAddress.values()].map((attempts) => {
    const [row] = attempts;
    const { folder, name, sha256, bytes, contentType, path, run } = row;
    const what = { folder, name, sha256, bytes, contentType, path, run };
    const error = errorOf(row) ?? UNANSWERED;
    const keyed = keyedOf(attempts);
    const ownedByManifest = owns(row.sentBy, row);
    return { ...what, error, ownedByManifest, ...(keyed && { keyed }) };
  });
}

/** Tells of the unknowns of an address, latest first, whether that one can be asked for again, and with what. */
function keyReader(database: Database, target: TargetKey) {
  let refused: Map<string, number> | undefined;
  return (attempts: readonly [Unknown, ...Unknown[]]): Keyed | undefined => {
    const [row] = attempts;
    const { key } = readNotedReason(row.reason);
    if (key === undefined || !isLost(row)) return undefined;
    refused ??= readRefused(database, target);
    if ((refused.get(addressKey(row)) ?? 0) > row.id) return undefined;
    const same = attempts.filter(({ reason }) => readNotedReason(reason).key === key);
    const since = same.map(({ startedAt }) => startedAt).sort()[0];
    return since === undefined ? undefined : { key, since };
  };
}

/**
 * Whether nothing came back, or an error of the service's own. Any other answer to a key is for a person to look at; so
 * is what a copy of a ledger only knows to be planned.
 */
function isLost({ result, message, httpStatus }: Unknown): boolean {
  if (result === null) return message === null;
  return httpStatus === null || httpStatus >= 500 || httpStatus === 408;
}

const refusedSchema = z.object({ folder: text, name: text, id: z.int() });

const REFUSED = `
SELECT folder, name, max(id) AS id FROM attempts NOT INDEXED WHERE ${IN_LIBRARY}
  AND kind = 'upload' AND started_at IS NOT NULL AND result = 'failed' GROUP BY folder, name`;

/** The latest upload to each address that was refused for good. */
function readRefused(database: Database, { service, library }: TargetKey): Map<string, number> {
  const rows = database.all(refusedSchema, REFUSED, [service, library]);
  return new Map(rows.map((row) => [addressKey(row), row.id]));
}

const AT_ADDRESS = "service = ?1 AND library = ?2 AND folder = ?3 AND name = ?4";

const latestSchema = z.object({ id: z.int(), count: z.int() });

const LATEST = `
SELECT max(id) AS id, count(DISTINCT ${ONE_UPLOAD}) AS count FROM attempts
WHERE ${AT_ADDRESS} AND ${IS_UNKNOWN} GROUP BY folder, name`;

/** The latest unknown of an address, and how many uploads there are unknown: what was sent again with its key is one. */
export function latestUnknown(
  database: Database,
  { service, library }: TargetKey,
  { folder, name }: FolderAndName,
): z.infer<typeof latestSchema> | undefined {
  return database.first(latestSchema, LATEST, [service, library, folder, name]);
}

const OTHERS = `
SELECT 1 FROM attempts WHERE ${AT_ADDRESS} AND ${IS_UNKNOWN}
  AND ${ONE_UPLOAD} != (SELECT ${ONE_UPLOAD} FROM attempts WHERE id = ?5)`;

/** Whether an address has an unknown beside an attempt and those with its key. */
export function hasOtherUnknown(
  database: Database,
  { service, library }: TargetKey,
  { folder, name }: FolderAndName,
  attemptId: number,
): boolean {
  return database.has(OTHERS, [service, library, folder, name, attemptId]);
}
