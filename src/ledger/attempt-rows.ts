import { z } from "zod";
import { formatFailure } from "../execute/outcome.ts";
import type { Attempt, FolderAndName, PastRow } from "../plan/recorded.ts";
import { attemptSchema as printed } from "../plan/recorded-schema.ts";
import type { TargetKey } from "../plan/target.ts";
import type { Database } from "./database.ts";
import { IS_ROW } from "./schema.ts";

/** What is said of an intent whose outcome is not recorded. */
export const UNANSWERED = "sent, but no answer was recorded";

/** One library; takes the service and the library. */
export const IN_LIBRARY = "service = ? AND library = ?";

/** How an id came. */
export const SOURCE = `CASE kind
  WHEN 'share' THEN 'shared' WHEN 'adopt' THEN 'adopted' WHEN 'resolve' THEN 'resolved' ELSE 'upload' END`;

/** What became of a row of a manifest, so far. */
export const STATUS = `CASE WHEN result IN ('uploaded', 'failed', 'unknown') THEN result
  WHEN result = 'recorded' THEN 'adopted'
  WHEN result IS NULL AND started_at IS NOT NULL THEN 'sending' ELSE 'not-run' END`;

export const statusSchema = z.enum([
  "not-run",
  "sending",
  "uploaded",
  "failed",
  "unknown",
  "adopted",
]);

/** The columns that `errorOf` needs. */
export const ERROR_COLUMNS =
  "http_status AS httpStatus, error_code AS errorCode, message, request_id AS requestId";

export const errorSchema = z.object({
  httpStatus: z.int().nullable(),
  errorCode: z.string().nullable(),
  message: z.string().nullable(),
  requestId: z.string().nullable(),
});

/** What an attempt says of its failure, as the user reads it; null where it says nothing. */
export function errorOf({ message, ...rest }: z.infer<typeof errorSchema>): string | null {
  const { httpStatus, errorCode, requestId } = rest;
  return message === null ? null : formatFailure({ httpStatus, errorCode, message, requestId });
}

const text = z.string();
const orNull = text.nullable();

const AT_ADDRESS =
  "attempts.service = ? AND attempts.library = ? AND attempts.folder = ? AND attempts.name = ?";

const attemptSchema = errorSchema.extend({
  run: z.int(),
  command: text,
  manifest: text,
  runStartedAt: text,
  isLive: z.int(),
  line: z.int(),
  action: text,
  reason: text,
  status: statusSchema,
  settled: orNull,
  attempt: z.int(),
  startedAt: orNull,
  finishedAt: orNull,
  result: printed.shape.result,
  graphicId: orNull,
});

const ATTEMPTS = `
SELECT run_id AS run, command, runs.manifest AS manifest, runs.started_at AS runStartedAt,
  runs.finished_at IS NULL AND run_id = (SELECT max(id) FROM runs) AS isLive, line, action, reason,
  ${STATUS.replaceAll("started_at", "attempts.started_at")} AS status, settled, number AS attempt,
  attempts.started_at AS startedAt, attempts.finished_at AS finishedAt,
  iif(attempts.started_at IS NULL, NULL, result) AS result,
  ${ERROR_COLUMNS}, graphic_id AS graphicId
FROM attempts JOIN runs ON runs.id = run_id WHERE ${AT_ADDRESS} AND ${IS_ROW} ORDER BY attempts.id`;

/** What each run did about an address, oldest first. Reads the whole ledger. */
export function readPastRows(
  database: Database,
  { service, library }: TargetKey,
  place: FolderAndName,
): PastRow[] {
  const address = [service, library, place.folder, place.name];
  const rows = new Map<number, PastRow>();
  for (const attempt of database.all(attemptSchema, ATTEMPTS, address)) {
    const before = rows.get(attempt.run)?.attempts ?? [];
    rows.set(attempt.run, toRow(attempt, place, before));
  }
  return [...rows.values()];
}

/** A row as its latest attempt leaves it. */
function toRow(
  attempt: z.infer<typeof attemptSchema>,
  { folder, name }: FolderAndName,
  before: Attempt[],
): PastRow {
  const { run, command, manifest, line, runStartedAt, action, reason, settled } = attempt;
  // Of a run that is over nothing is on its way any more.
  const isDead = attempt.status === "sending" && attempt.isLive === 0;
  return {
    ...{ folder, name, run, command, manifest, line, startedAt: runStartedAt, action, reason },
    status: isDead ? "unknown" : attempt.status,
    error: isDead ? UNANSWERED : errorOf(attempt),
    settled,
    attempts: [...before, ...attemptOf(attempt)],
  };
}

function attemptOf(row: z.infer<typeof attemptSchema>): Attempt[] {
  const { attempt, startedAt, finishedAt, result, graphicId } = row;
  // A row that was never sent, or that took another's id, had no request.
  if (startedAt === null) return [];
  const { httpStatus, errorCode, message, requestId } = row;
  const told = { result, httpStatus, errorCode, message, requestId, graphicId };
  return [{ attempt, startedAt, finishedAt, ...told }];
}
