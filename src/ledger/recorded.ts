import { z } from "zod";
import { groupBy } from "../manifest/group-by.ts";
import {
  addressKey,
  type FolderAndName,
  type Graphic,
  graphicSchema,
  isCurrent,
  type Keyed,
  type Recorded,
  type UnknownUpload,
} from "../plan/recorded.ts";
import { keepUrlsOf, type TargetKey } from "../plan/service.ts";
import type { Database } from "./database.ts";
import { ERROR_COLUMNS, errorOf, errorSchema, UNANSWERED } from "./row-records.ts";
import { IN_LIBRARY, IS_IN_DOUBT, IS_ROW, IS_UNKNOWN, readNotedReason } from "./schema.ts";

const text = z.string();

/** How an id came. */
const SOURCE = `CASE kind
  WHEN 'share' THEN 'shared' WHEN 'adopt' THEN 'adopted' WHEN 'resolve' THEN 'resolved' ELSE 'upload' END`;

const GRAPHICS = `
SELECT attempts.id AS id, graphic_id AS graphicId, folder, name, path, content_type AS contentType, sha256, bytes, url,
  attempts.finished_at AS uploadedAt, ${SOURCE} AS source, state, run_id AS run,
  coalesce(attempts.manifest, runs.manifest) AS recordedBy,
  (attempts.service, attempts.library, graphic_id) IN
    (SELECT service, library, graphic_id FROM attempts WHERE ${IS_IN_DOUBT}) AS isInDoubt
FROM attempts NOT INDEXED CROSS JOIN runs ON runs.id = run_id
WHERE attempts.service = ? AND attempts.library = ? AND state IS NOT NULL`;

const rowSchema = z.object({
  id: z.int(),
  ...graphicSchema.shape,
  run: z.int(),
  recordedBy: text,
  isInDoubt: z.int(),
});

/** Every graphic that was ever recorded of a library, in the order it was recorded at its address. */
export function readGraphics(database: Database, target: TargetKey, manifest: string): Graphic[] {
  const owns = ownershipReader(database, target, manifest);
  const where = [target.service, target.library];
  const keepUrl = keepUrlsOf(target.service);
  const graphics: Graphic[] = [];
  // Field by field: an object that is spread has a shape of its own in V8, ten times the row's size.
  for (const row of database.each(rowSchema, "attempts.id", GRAPHICS, where)) {
    const { graphicId, folder, name, path, contentType, sha256, bytes } = row;
    graphics.push({
      graphicId,
      folder,
      name,
      path,
      contentType,
      sha256,
      bytes,
      url: keepUrl(row.url, graphicId),
      uploadedAt: row.uploadedAt,
      source: row.source,
      state: row.state,
      run: row.run,
      recordedBy: row.recordedBy,
      ownedByManifest: owns(row.recordedBy, row),
      isInDoubt: row.isInDoubt === 1,
    });
  }
  const later = (a: string, b: string) => Number(a > b) - Number(a < b);
  return graphics.sort((a, b) => a.run - b.run || later(a.uploadedAt, b.uploadedAt));
}

/** What the planner needs to know of a library. */
export function readRecorded(database: Database, target: TargetKey, manifest: string): Recorded {
  const all = readGraphics(database, target, manifest);
  return {
    graphics: all.filter(isCurrent),
    past: all.filter((graphic) => !isCurrent(graphic)),
    unknowns: readUnknowns(database, target, manifest),
  };
}

const UNKNOWNS = `
SELECT attempts.id AS id, folder, name, sha256, bytes, content_type AS contentType, path, run_id AS run, ${ERROR_COLUMNS},
  result, reason, attempts.started_at AS startedAt, runs.manifest AS sentBy
FROM attempts JOIN runs ON runs.id = run_id
WHERE attempts.service = ? AND attempts.library = ? AND attempts.id IN (SELECT id FROM attempts WHERE ${IS_UNKNOWN})
ORDER BY folder, name, attempts.id`;

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
function readUnknowns(database: Database, target: TargetKey, manifest: string): UnknownUpload[] {
  const owns = ownershipReader(database, target, manifest);
  const keyedOf = keyReader(database, target);
  const rows = database.all(unknownSchema, UNKNOWNS, [target.service, target.library]);
  return [...groupBy(rows, addressKey).values()].flatMap((attempts) => {
    const row = attempts.at(-1);
    if (!row) return [];
    const { folder, name, sha256, bytes, contentType, path, run } = row;
    const what = { folder, name, sha256, bytes, contentType, path, run };
    const error = errorOf(row) ?? UNANSWERED;
    const keyed = keyedOf(row, attempts);
    const ownedByManifest = owns(row.sentBy, row);
    return { ...what, error, ownedByManifest, ...(keyed && { keyed }) };
  });
}

/** Tells of the latest of an address's unknowns whether it can be asked for again, and with what. */
function keyReader(database: Database, target: TargetKey) {
  let refused: Map<string, number> | undefined;
  return (row: Unknown, attempts: readonly Unknown[]): Keyed | undefined => {
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

/**
 * Tells what can be an orphan of a manifest: what it recorded itself, and what version 0.1 recorded of its retry sheets
 * and results files as if those were manifests of their own. Manifests that differ in their ending alone, and the sheets
 * of a workbook, have one name for those: then it is who had the row. An orphan that is hidden does less harm than one
 * that was another's.
 *
 * | recorded by | manifests of that stem in the ledger | → |
 * |---|---|---|
 * | the manifest itself | any | its own |
 * | a retry sheet | it alone, or none | its own |
 * | a retry sheet | several, and it alone ever had a row there | its own |
 * | a retry sheet | any other | not |
 * | any other manifest | any | not |
 */
function ownershipReader(database: Database, target: TargetKey, manifest: string) {
  const known = new Map<string, (place: FolderAndName) => boolean>();
  return (recordedBy: string, place: FolderAndName): boolean => {
    const owns = known.get(recordedBy) ?? ownsWhatIsBy(recordedBy, database, target, manifest);
    known.set(recordedBy, owns);
    return owns(place);
  };
}

function ownsWhatIsBy(
  recordedBy: string,
  database: Database,
  { service, library }: TargetKey,
  manifest: string,
): (place: FolderAndName) => boolean {
  if (recordedBy === manifest) return () => true;
  if (!isRetrySheet(recordedBy) || !isRetryOf(recordedBy, manifest)) return () => false;
  const read = (sql: string, values: readonly string[] = []) =>
    database.all(manifestSchema, sql, values).map((run) => run.manifest);
  const namesakes = read("SELECT DISTINCT manifest FROM runs").filter((key) =>
    isRetryOf(recordedBy, key),
  );
  if (namesakes.length <= 1) return () => namesakes.length === 0 || namesakes[0] === manifest;
  return ({ folder, name }) => {
    const place = [service, library, JSON.stringify(namesakes), folder, name];
    const [first, second] = read(HAVING_ROW, place);
    return first === manifest && second === undefined;
  };
}

const manifestSchema = z.object({ manifest: z.string() });

/** Which of some manifests meant to send or adopted a row at an address, in any of their runs. */
const HAVING_ROW = `
SELECT DISTINCT manifest FROM runs
WHERE manifest IN (SELECT value FROM json_each(?3)) AND service = ?1 AND library = ?2
  AND EXISTS (SELECT 1 FROM attempts WHERE run_id = runs.id AND folder = ?4 AND name = ?5 AND ${IS_ROW})`;

const RETRY_SUFFIX = /(\.(?:retry|results))+\.(?:csv|xlsx)$/;
/** A sheet of a workbook is a manifest of its own; its name may hold dots. */
const ENDING = /\.xlsx#[^/]*$|\.[^./]+$/i;

/** Whether a manifest holds the rows of another that failed: its name says so. */
function isRetrySheet(manifest: string): boolean {
  return RETRY_SUFFIX.test(manifest);
}

/** Whether a retry sheet's name is that of this manifest: `m.retry.csv` is of `m.csv`, and of any other `m`. */
function isRetryOf(retrySheet: string, manifest: string): boolean {
  const stem = retrySheet.replace(RETRY_SUFFIX, "");
  return !isRetrySheet(manifest) && stem === manifest.replace(ENDING, "");
}
