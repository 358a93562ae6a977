import { z } from "zod";
import { formatFailure, stillUnknown } from "../execute/outcome.ts";
import { type Attempt, addressKey, type FolderAndName, type PastRow } from "../plan/recorded.ts";
import { attemptSchema as printed } from "../plan/recorded-schema.ts";
import { isInShard, parseShard } from "../plan/shard.ts";
import type { TargetKey } from "../plan/target.ts";
import type { RecordOf, RowRecord } from "../report/results.ts";
import type { Database } from "./database.ts";
import { IS_IN_DOUBT, IS_ROW, IS_UNKNOWN } from "./schema.ts";

/** What is said of an intent whose outcome is not recorded. */
export const UNANSWERED = "sent, but no answer was recorded";

/** One library; takes the service and the library. */
export const IN_LIBRARY = "service = ? AND library = ?";

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
export function errorOf({ message, ...rest }: z.infer<typeof errorSchema>): string | null {
  const { httpStatus, errorCode, requestId } = rest;
  return message === null ? null : formatFailure({ httpStatus, errorCode, message, requestId });
}

const text = z.string();
const orNull = text.nullable();
const placeSchema = z.object({ id: z.int(), folder: text, name: text });

const rowSchema = placeSchema.extend({
  run: z.int(),
  status: statusSchema,
  settled: text.nullable(),
  ...errorSchema.shape,
});

const ROWS = `
SELECT id, folder, name, run_id AS run, ${STATUS} AS status, settled, ${ERROR_COLUMNS} FROM attempts NOT INDEXED
WHERE run_id IN (SELECT value FROM json_each(?)) AND ${IS_ROW}`;

const unknownSchema = placeSchema.extend(errorSchema.shape);

const UNKNOWNS = `
SELECT id, folder, name, ${ERROR_COLUMNS} FROM attempts
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

/** The latest attempt of a row in a run, or the latest unknown upload to an address. */
interface Row {
  id: number;
  status: z.infer<typeof statusSchema>;
  error: string | null;
}

type Graphic = z.infer<typeof graphicSchema>;

/** Most rows of a large run: one object for all of them. */
const DONE = {
  uploaded: { id: 0, status: "uploaded", error: null },
  adopted: { id: 0, status: "adopted", error: null },
} as const satisfies Record<string, Row>;

/**
 * What the results say of each address, all read now. The status is the first that fits:
 *
 * | row in its last run on this target | unsettled unknown | current graphic | → |
 * |---|---|---|---|
 * | `uploaded` | any | yes | `uploaded` |
 * | `adopted` | any | yes | `unchanged` |
 * | `sending`, `unknown` | yes (itself) | any | `unknown` |
 * | `failed` | yes, earlier than the row (a retry of it) | any | `unknown`, with the row's error |
 * | any other | yes | any | `unknown` |
 * | `failed` | no | yes, later than the row (its retry sheet was run, or an unknown settled) | `unchanged` |
 * | `failed` | no | any | `failed` |
 * | `not-run` | no | yes, later than the row | `unchanged` |
 * | `not-run` | no | any | `not-run` |
 * | `uploaded`, `adopted` | no | no (deleted since) | `not-run` |
 * | settled or none | no | yes | `unchanged` |
 * | settled or none | no | no | `not-run` |
 *
 * The id, URL, hash and time are the current graphic's, whatever the status.
 */
export function readRowRecords(database: Database, target: TargetKey, manifest: string): RecordOf {
  const rows = new Map<string, Row>();
  const { runs, lastRunOf } = readLastRuns(database, target, manifest);
  for (const row of database.each(rowSchema, "id", ROWS, [JSON.stringify(runs)])) {
    const { id, run, status, settled } = row;
    if (run !== lastRunOf(row)) continue;
    const key = addressKey(row);
    if (settled !== null) rows.delete(key);
    else if (status === "uploaded" || status === "adopted") rows.set(key, DONE[status]);
    else rows.set(key, { id, status, error: errorOf(row) });
  }
  const where = [target.service, target.library];
  const unknowns = new Map<string, Row>();
  for (const row of database.all(unknownSchema, UNKNOWNS, where)) {
    unknowns.set(addressKey(row), { id: row.id, status: "unknown", error: errorOf(row) });
  }
  const records = new Map<string, RowRecord>();
  for (const graphic of database.each(graphicSchema, "id", GRAPHICS, where)) {
    const key = addressKey(graphic);
    records.set(key, recordOf(rows.get(key), unknowns.get(key), graphic));
    rows.delete(key);
    unknowns.delete(key);
  }
  for (const key of [...rows.keys(), ...unknowns.keys()]) {
    records.set(key, recordOf(rows.get(key), unknowns.get(key)));
  }
  return (place) => records.get(addressKey(place)) ?? recordOf();
}

function recordOf(row?: Row, unknown?: Row, graphic?: Graphic): RowRecord {
  const { graphicId, url, sha256, uploadedAt } = graphic ?? NO_GRAPHIC;
  const { status, error } = statusOf(row, unknown, graphic);
  return { status, graphicId, url, sha256, uploadedAt, error };
}

const NO_GRAPHIC = { graphicId: null, url: null, sha256: null, uploadedAt: null };

function statusOf(
  row?: Row,
  unknown?: Row,
  graphic?: Graphic,
): Pick<RowRecord, "status" | "error"> {
  if (graphic && row?.status === "uploaded") return { status: "uploaded", error: null };
  if (graphic && row?.status === "adopted") return { status: "unchanged", error: null };
  if (unknown) return { status: "unknown", error: errorOfUnknown(row, unknown) };
  const isGraphicLater = row !== undefined && graphic !== undefined && graphic.id > row.id;
  if ((row?.status === "failed" || row?.status === "not-run") && !isGraphicLater) {
    return { status: row.status, error: row.error };
  }
  return { status: graphic ? "unchanged" : "not-run", error: null };
}

function errorOfUnknown(row: Row | undefined, unknown: Row): string {
  const retried = row?.status === "failed" && row.id > unknown.id ? row.error : null;
  return retried === null ? (unknown.error ?? UNANSWERED) : stillUnknown(retried);
}

const lastRunSchema = z.object({ shard: text.nullable(), run: z.int() });

const LAST_RUNS = `
SELECT shard, max(id) AS run FROM runs
WHERE manifest = ? AND service = ? AND library = ? AND command IN ('apply', 'adopt') GROUP BY shard`;

/**
 * A manifest's latest runs against one target, and which of them was the last about a row: of the whole manifest or of
 * the shard that its address belongs to.
 */
function readLastRuns(database: Database, { service, library }: TargetKey, manifest: string) {
  const rows = database.all(lastRunSchema, LAST_RUNS, [manifest, service, library]);
  const last = rows
    .map(({ shard, run }) => ({ run, shard: shard === null ? undefined : parseShard(shard) }))
    .sort((a, b) => b.run - a.run);
  return {
    runs: last.map(({ run }) => run),
    lastRunOf: (place: FolderAndName) =>
      last.find(({ shard }) => shard === undefined || isInShard(place, shard))?.run,
  };
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
