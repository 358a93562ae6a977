import { z } from "zod";
import {
  type FolderAndName,
  type Graphic,
  isCurrent,
  type Recorded,
  type UnknownUpload,
} from "../plan/recorded.ts";
import { graphicSchema } from "../plan/recorded-schema.ts";
import type { TargetKey } from "../plan/target.ts";
import { type PastRun, pastRunSchema } from "../report/past-run.ts";
import type { Database } from "./database.ts";
import type { LedgerView } from "./ledger.ts";
import { refusing, unreadable } from "./refusal.ts";
import {
  ERROR_COLUMNS,
  errorOf,
  errorSchema,
  IN_LIBRARY,
  readPastRows,
  readRowRecords,
  UNANSWERED,
} from "./row-records.ts";
import { IS_IN_DOUBT, IS_ROW, IS_UNKNOWN } from "./schema.ts";

const text = z.string();

/** The reading half of a ledger; its `close` closes the database. */
export function viewOf(file: string, database: Database): LedgerView {
  const reading = <T>(read: () => T): T => refusing(file, unreadable, read);
  /** As of one moment, where several statements belong together. */
  const together = <T>(read: () => T): T => reading(() => inSnapshot(database, read));
  return {
    recorded: (target, manifest) => together(() => readRecorded(database, target, manifest)),
    rowRecords: (target, manifest) => together(() => readRowRecords(database, target, manifest)),
    knowsId: (graphicId) => reading(() => database.has(IS_KNOWN, [graphicId])),
    idsElsewhere: (target) => reading(() => readIdsElsewhere(database, target)),
    graphics: (target, manifest) => together(() => readGraphics(database, target, manifest)),
    pastRows: (target, place) => reading(() => readPastRows(database, target, place)),
    lastRun: (manifest) => reading(() => database.first(lastRunSchema, LAST_RUN, [manifest])),
    pastRuns: (manifest) => reading(() => readPastRuns(database, manifest)),
    runUids: (manifest) =>
      reading(() => database.all(uidSchema, RUN_UIDS, [manifest]).map(({ uid }) => uid)),
    close: () => database.close(),
  };
}

function inSnapshot<T>(database: Database, read: () => T): T {
  database.exec("BEGIN");
  try {
    return read();
  } finally {
    database.exec("ROLLBACK");
  }
}

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

function readGraphics(database: Database, target: TargetKey, manifest: string): Graphic[] {
  const owns = ownershipReader(database, target, manifest);
  const where = [target.service, target.library];
  const graphics: Graphic[] = [];
  // Field by field: an object that is spread has a shape of its own in V8, ten times the row's size.
  for (const row of database.each(rowSchema, "attempts.id", GRAPHICS, where)) {
    const { graphicId, folder, name, path, contentType, sha256, bytes, url } = row;
    graphics.push({
      graphicId,
      folder,
      name,
      path,
      contentType,
      sha256,
      bytes,
      url,
      uploadedAt: row.uploadedAt,
      source: row.source,
      state: row.state,
      run: row.run,
      ownedByManifest: owns(row.recordedBy, row),
      isInDoubt: row.isInDoubt === 1,
    });
  }
  const later = (a: string, b: string) => Number(a > b) - Number(a < b);
  return graphics.sort((a, b) => a.run - b.run || later(a.uploadedAt, b.uploadedAt));
}

const UNKNOWNS = `
SELECT folder, name, sha256, bytes, content_type AS contentType, path, ${ERROR_COLUMNS}, sentBy FROM (
  SELECT attempts.*, runs.manifest AS sentBy, max(attempts.id) FROM attempts JOIN runs ON runs.id = run_id
  WHERE attempts.service = ? AND attempts.library = ? AND attempts.id IN (SELECT id FROM attempts WHERE ${IS_UNKNOWN})
  GROUP BY folder, name)`;

const unknownSchema = errorSchema.extend({
  folder: text,
  name: text,
  sha256: text,
  bytes: z.int(),
  contentType: text,
  path: text,
  sentBy: text,
});

function readUnknowns(database: Database, target: TargetKey, manifest: string): UnknownUpload[] {
  const owns = ownershipReader(database, target, manifest);
  return database.all(unknownSchema, UNKNOWNS, [target.service, target.library]).map((row) => {
    const { folder, name, sha256, bytes, contentType, path } = row;
    const what = { folder, name, sha256, bytes, contentType, path };
    const error = errorOf(row) ?? UNANSWERED;
    return { ...what, error, ownedByManifest: owns(row.sentBy, row) };
  });
}

function readRecorded(database: Database, target: TargetKey, manifest: string): Recorded {
  const all = readGraphics(database, target, manifest);
  return {
    graphics: all.filter(isCurrent),
    past: all.filter((graphic) => !isCurrent(graphic)),
    unknowns: readUnknowns(database, target, manifest),
  };
}

/** Whether an id is recorded anywhere, replaced and deleted ones included. */
const IS_KNOWN = "SELECT 1 FROM attempts WHERE graphic_id = ? AND state IS NOT NULL";

const IDS_ELSEWHERE = `
SELECT DISTINCT graphic_id AS graphicId FROM attempts WHERE state IS NOT NULL
EXCEPT SELECT graphic_id FROM attempts WHERE state IS NOT NULL AND ${IN_LIBRARY}`;

const idSchema = z.object({ graphicId: text });

function readIdsElsewhere(database: Database, { service, library }: TargetKey): Set<string> {
  const rows = database.all(idSchema, IDS_ELSEWHERE, [service, library]);
  return new Set(rows.map(({ graphicId }) => graphicId));
}

const lastRunSchema = pastRunSchema
  .pick({ library: true, host: true, startedAt: true, finishedAt: true })
  .extend({ service: text });

const LAST_RUN = `
SELECT service, library, host, started_at AS startedAt, finished_at AS finishedAt
FROM runs WHERE manifest = ? ORDER BY id DESC`;

const PAST_RUNS = `
SELECT id AS run, command, manifest, host, service, library, user, machine, started_at AS startedAt,
  finished_at AS finishedAt, exit_code AS exitCode, uploaded, unchanged, failed, unknown,
  not_run AS notRun, (SELECT count(DISTINCT graphic_id) FROM attempts
    WHERE run_id = runs.id AND kind = 'delete' AND result = 'deleted') AS deleted
FROM runs WHERE manifest = ? ORDER BY id`;

function readPastRuns(database: Database, manifest: string): PastRun[] {
  return database.all(pastRunSchema.extend({ service: text }), PAST_RUNS, [manifest]);
}

const RUN_UIDS = "SELECT uid FROM runs WHERE manifest = ? AND command IN ('apply', 'adopt')";
const uidSchema = z.object({ uid: text });

/** Whether the manifest at hand may call a graphic its own, by where it is. */
type OwnsPlace = (place: FolderAndName) => boolean;

/**
 * Tells what can be an orphan of a manifest: what it recorded itself, and what its retry sheets did. Manifests
 * that differ in their ending alone, and the sheets of a workbook, have one name for those: then it is who had
 * the row. An orphan that is hidden does less harm than one that was another's.
 *
 * | recorded by | manifests of the retry sheet's name in the ledger | → |
 * |---|---|---|
 * | the manifest itself | any | its own |
 * | a retry sheet | it alone | its own |
 * | a retry sheet | several, and it alone ever had a row there | its own |
 * | a retry sheet | any other | not |
 * | any other manifest | any | not |
 *
 * A retry sheet itself has no orphans, not even of its own earlier rows: it is written anew by each apply, and
 * whatever has been uploaded is missing from it.
 */
function ownershipReader(database: Database, target: TargetKey, manifest: string) {
  const known = new Map<string, OwnsPlace>();
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
): OwnsPlace {
  if (isRetrySheet(manifest)) return () => false;
  if (recordedBy === manifest) return () => true;
  if (!isRetrySheet(recordedBy) || !isRetryOf(recordedBy, manifest)) return () => false;
  const read = (sql: string, values: readonly string[] = []) =>
    database.all(manifestSchema, sql, values).map((run) => run.manifest);
  const namesakes = read("SELECT DISTINCT manifest FROM runs").filter((key) =>
    isRetryOf(recordedBy, key),
  );
  if (namesakes.length === 1) return () => namesakes[0] === manifest;
  return ({ folder, name }) => {
    const place = [service, library, JSON.stringify(namesakes), folder, name];
    const [first, second] = read(HAVING_ROW, place);
    return first === manifest && second === undefined;
  };
}

const manifestSchema = z.object({ manifest: text });

/** Which of some manifests meant to send or adopted a row at an address, in any of their runs. */
const HAVING_ROW = `
SELECT DISTINCT manifest FROM runs
WHERE manifest IN (SELECT value FROM json_each(?3)) AND service = ?1 AND library = ?2
  AND EXISTS (SELECT 1 FROM attempts WHERE run_id = runs.id AND folder = ?4 AND name = ?5 AND ${IS_ROW})`;

const RETRY_SUFFIX = /(\.retry)+\.csv$/;
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
