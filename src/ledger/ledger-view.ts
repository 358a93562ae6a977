import { z } from "zod";
import { type Graphic, isCurrent, type Recorded, type UnknownUpload } from "../plan/recorded.ts";
import { graphicSchema } from "../plan/recorded-schema.ts";
import type { TargetKey } from "../plan/target.ts";
import { type PastRun, pastRunSchema } from "../report/past-run.ts";
import {
  ERROR_COLUMNS,
  errorOf,
  errorSchema,
  IN_LIBRARY,
  readPastRows,
  SOURCE,
  UNANSWERED,
} from "./attempt-rows.ts";
import type { Database } from "./database.ts";
import type { LedgerView } from "./ledger.ts";
import { ownershipReader } from "./ownership.ts";
import type { LastRun } from "./records.ts";
import { refusing, unreadable } from "./refusal.ts";
import { readRowRecords } from "./row-records.ts";
import { IS_IN_DOUBT, IS_UNKNOWN } from "./schema.ts";

const text = z.string();

/** The reading half of a ledger; `close` is the caller's. */
export function viewOf(file: string, database: Database): Omit<LedgerView, "close"> {
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
  for (const row of database.eachAttempt(rowSchema, GRAPHICS, where)) {
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
  return graphics.sort((a, b) => a.run - b.run || compare(a.uploadedAt, b.uploadedAt));
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
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

const lastRunSchema = z.object({
  service: text,
  library: text,
  host: text,
  startedAt: text,
  finishedAt: text.nullable(),
}) satisfies z.ZodType<LastRun>;

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
