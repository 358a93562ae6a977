import { z } from "zod";
import { formatFailure, stillUnknown } from "../execute/outcome.ts";
import {
  type Attempt,
  addressKey,
  type FolderAndName,
  type PastRow,
  attemptSchema as printed,
} from "../plan/recorded.ts";
import { keepUrlsOf, type TargetKey } from "../plan/service.ts";
import type { RecordOf, RowRecord } from "../report/results.ts";
import type { Database } from "./database.ts";
import { IN_LIBRARY, IS_IN_DOUBT, IS_ROW, IS_UNKNOWN, readNotedReason } from "./schema.ts";

/** What is said of an intent whose outcome is not recorded. */
export const UNANSWERED = "sent, but no answer was recorded";

/** What became of a row of a manifest, so far. */
const STATUS = `CASE WHEN result IN ('uploaded', 'failed', 'unknown') THEN result
  WHEN result = 'recorded' THEN 'adopted'
  WHEN result IS NULL AND started_at IS NOT NULL THEN 'sending' ELSE 'not-run' END`;

const statusSchema = z.enum(["not-run", "sending", "uploaded", "failed", "unknown", "adopted"]);

/** The columns that `errorOf` needs. */
export const ERROR_COLUMNS =
  "http_status AS httpStatus, error_code AS errorCode, message, request_id AS requestId";

const ERROR = { httpStatus: true, errorCode: true, message: true, requestId: true } as const;
export const errorSchema = printed.pick(ERROR);

/** What an attempt says of its failure, as the user reads it; null where it says nothing. */
export function errorOf(attempt: z.infer<typeof errorSchema>): string | null {
  const { message, httpStatus, errorCode, requestId } = attempt;
  return message === null ? null : formatFailure({ httpStatus, errorCode, message, requestId });
}

const text = z.string();
const orNull = text.nullable();
const placeSchema = z.object({ id: z.int(), folder: text, name: text });

const openSchema = placeSchema.extend({
  replaces: orNull,
  sha256: text,
  status: z.enum(["failed", "not-run", "unknown"]),
  ...errorSchema.shape,
});

/** An attempt at an address that brought nothing, or went unanswered; `replaces`: the id whose place it was to take. */
type Open = z.infer<typeof openSchema>;

const openColumns = (id: string, status: string) =>
  `${id} AS id, folder, name, replaces, sha256, ${status} AS status, ${ERROR_COLUMNS}`;

/** Where what was last meant to be done brought nothing. With `max`, SQLite takes the other columns from the same row. */
const TROUBLES = `
SELECT * FROM (
  SELECT ${openColumns("max(id)", STATUS)}, settled FROM attempts NOT INDEXED
  WHERE ${IN_LIBRARY} AND ${IS_ROW} GROUP BY folder, name)
WHERE settled IS NULL AND status IN ('failed', 'not-run')`;

const UNKNOWNS = `
SELECT ${openColumns("id", "'unknown'")} FROM attempts
WHERE ${IN_LIBRARY} AND ${IS_UNKNOWN} ORDER BY id`;

const graphicSchema = placeSchema.extend({
  graphicId: text,
  url: text,
  sha256: text,
  uploadedAt: text,
});

const GRAPHICS = `
SELECT id, folder, name, graphic_id AS graphicId, url, sha256, finished_at AS uploadedAt
FROM attempts NOT INDEXED WHERE ${IN_LIBRARY} AND state = 'current' AND (service, library, graphic_id) NOT IN
  (SELECT service, library, graphic_id FROM attempts WHERE ${IS_IN_DOUBT})`;

type Graphic = Omit<z.infer<typeof graphicSchema>, "folder" | "name">;

/**
 * How each address of a library stands, all read now. The first that fits:
 *
 * | at the address | → |
 * |---|---|
 * | an unsettled unknown, later than the graphic | `unknown`; with the error of its retry where that failed |
 * | a row that failed or was not run, later than the graphic | `failed`, `not-run` |
 * | a graphic | `uploaded` |
 * | nothing, or what was deleted | `not-run` |
 *
 * The id, URL, hash and time are the current graphic's, whatever the status: that is what stands in the library. Of a row
 * that was renamed and whose upload failed, it is the graphic under the old name.
 */
export function readRowRecords(database: Database, target: TargetKey): RecordOf {
  const where = [target.service, target.library];
  const readOpen = (sql: string) =>
    new Map(database.all(openSchema, sql, where).map((row) => [addressKey(row), row]));
  const troubles = readOpen(TROUBLES);
  const unknowns = readOpen(UNKNOWNS);
  const open = [...troubles.values(), ...unknowns.values()];
  const toReplace = new Set(open.map(({ replaces }) => replaces));
  const graphicAt = new Map<string, Graphic>();
  const byId = new Map<string, Graphic>();
  const keepUrl = keepUrlsOf(target.service);
  for (const row of database.each(graphicSchema, "id", GRAPHICS, where)) {
    const { id, graphicId, sha256, uploadedAt } = row;
    const graphic = { id, graphicId, url: keepUrl(row.url, graphicId), sha256, uploadedAt };
    graphicAt.set(addressKey(row), graphic);
    if (toReplace.has(graphicId)) byId.set(graphicId, graphic);
  }
  return (place) => {
    const key = addressKey(place);
    const [trouble, unknown] = [troubles.get(key), unknowns.get(key)];
    const former = byId.get((unknown ?? trouble)?.replaces ?? "");
    const graphic = graphicAt.get(key) ?? (former && { ...former, id: 0 });
    return recordOf(target.library, trouble, unknown, graphic);
  };
}

function recordOf(library: string, trouble?: Open, unknown?: Open, graphic?: Graphic): RowRecord {
  const { graphicId, url, sha256, uploadedAt } = graphic ?? NO_GRAPHIC;
  const where = graphic ? library : null;
  const what = { graphicId, url, library: where, sha256, uploadedAt, sentSha256: null };
  const isOpen = ({ id }: { id: number }) => graphic === undefined || id > graphic.id;
  if (unknown && isOpen(unknown)) {
    const error = errorOfUnknown(trouble, unknown);
    return { status: "unknown", ...what, library, sentSha256: unknown.sha256, error };
  }
  if (trouble && isOpen(trouble)) {
    return { status: trouble.status, ...what, error: errorOf(trouble) };
  }
  return { status: graphic ? "uploaded" : "not-run", ...what, error: null };
}

const NO_GRAPHIC = { graphicId: null, url: null, sha256: null, uploadedAt: null };

function errorOfUnknown(trouble: Open | undefined, unknown: Open): string {
  const isRetry = trouble?.status === "failed" && trouble.id > unknown.id;
  const retried = isRetry ? errorOf(trouble) : null;
  return retried === null ? (errorOf(unknown) ?? UNANSWERED) : stillUnknown(retried);
}

const AT_ADDRESS =
  "attempts.service = ? AND attempts.library = ? AND attempts.folder = ? AND attempts.name = ?";

const attemptSchema = printed.extend({
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
  startedAt: orNull,
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
  const { run, command, manifest, line, runStartedAt, action, settled } = attempt;
  const { reason, nameQuotes, key } = readNotedReason(attempt.reason);
  // Of a run that is over nothing is on its way any more.
  const isDead = attempt.status === "sending" && attempt.isLive === 0;
  return {
    ...{ folder, name, run, command, manifest, line, startedAt: runStartedAt, action, reason },
    ...(nameQuotes && { nameQuotes }),
    ...(key !== undefined && { key }),
    status: isDead ? "unknown" : attempt.status,
    error: isDead ? UNANSWERED : troubleOf(attempt),
    settled,
    attempts: [...before, ...attemptOf(attempt)],
  };
}

/** Of an upload that brought an id, a message is a warning: no error. */
function troubleOf(attempt: z.infer<typeof attemptSchema>): string | null {
  return attempt.result === "uploaded" ? null : errorOf(attempt);
}

function attemptOf(row: z.infer<typeof attemptSchema>): Attempt[] {
  const { attempt, startedAt, finishedAt, result, graphicId } = row;
  // A row that was never sent, or that took another's id, had no request.
  if (startedAt === null) return [];
  const { httpStatus, errorCode, message, requestId } = row;
  const told = { result, httpStatus, errorCode, message, requestId, graphicId };
  return [{ attempt, startedAt, finishedAt, ...told }];
}
