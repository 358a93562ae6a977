import { z } from "zod";
import {
  addressKey,
  type Graphic,
  graphicSchema,
  isCurrent,
  type Recorded,
} from "../plan/recorded.ts";
import { keepUrlsOf, type TargetKey } from "../plan/service.ts";
import { type PastRun, pastRunSchema } from "../report/ledger-documents.ts";
import { readContents, writeContents } from "./contents.ts";
import { Database } from "./database.ts";
import { IN_MEMORY } from "./driver.ts";
import type { LedgerView } from "./ledger.ts";
import { makeTables } from "./ledger-file.ts";
import { ownershipReader } from "./ownership.ts";
import { refusing, unreadable } from "./refusal.ts";
import { IN_LIBRARY, readPastRows, readRowRecords } from "./row-records.ts";
import { IS_IN_DOUBT } from "./schema.ts";
import { planTakeOver } from "./take-over.ts";
import { readUnknowns } from "./unknown-uploads.ts";

const text = z.string();

/** The reading half of a ledger; its `close` closes the database. */
export function viewOf(file: string, database: Database): LedgerView {
  const reading = <T>(read: () => T): T => refusing(file, unreadable, read);
  /** As of one moment, where several statements belong together. */
  const together = <T>(read: () => T): T => reading(() => inSnapshot(database, read));
  return {
    recorded: (target, manifest) => together(() => readRecorded(database, target, manifest)),
    rowRecords: (target) => together(() => readRowRecords(database, target)),
    unanswered: (target) => reading(() => readUnanswered(database, target)),
    resultsWriter: (results) =>
      reading(() => database.first(writerSchema, RESULTS_WRITER, [results])),
    knowsResults: (sha256) => reading(() => database.has(RUN_OF_RESULTS, [sha256])),
    withTaken: (owner, run, taken) =>
      together(() => {
        const contents = readContents(database);
        return viewInMemory(file, (copy) => {
          writeContents(copy, contents);
          const { runId } = planTakeOver(copy, owner, run, taken);
          copy.update("runs", runId, { finished_at: run.startedAt, exit_code: 0 });
        });
      }),
    knowsId: (graphicId) => reading(() => database.has(IS_KNOWN, [graphicId])),
    graphics: (target, manifest) => together(() => readGraphics(database, target, manifest)),
    replacements: ({ service, library }) =>
      reading(() => database.all(replacementSchema, REPLACEMENTS, [service, library])),
    pastRows: (target, place) => reading(() => readPastRows(database, target, place)),
    runsOfPlan: (sha256) =>
      reading(() => database.all(runIdSchema, RUNS_OF_PLAN, [sha256]).map(({ run }) => run)),
    hasRun: ({ service, library }) => reading(() => database.has(RUN_OF, [service, library])),
    lastRun: (manifest) => reading(() => database.first(lastRunSchema, LAST_RUN, [manifest])),
    lastOwnRun: (manifest) =>
      reading(() => database.first(lastRunSchema, LAST_OWN_RUN, [manifest])),
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

function readRecorded(database: Database, target: TargetKey, manifest: string): Recorded {
  const all = readGraphics(database, target, manifest);
  return {
    graphics: all.filter(isCurrent),
    past: all.filter((graphic) => !isCurrent(graphic)),
    unknowns: readUnknowns(database, target, manifest),
  };
}

/** Reads what `fill` writes into an empty ledger in memory; `file` is its name in messages. */
export function viewInMemory(file: string, fill: (database: Database) => void): LedgerView {
  const database = new Database(IN_MEMORY, "rwc");
  makeTables(database, () => fill(database));
  return viewOf(file, database);
}

const placeSchema = z.object({ folder: text, name: text });

const EVER_UNANSWERED = `
SELECT DISTINCT folder, name FROM attempts WHERE ${IN_LIBRARY}
  AND kind = 'upload' AND started_at IS NOT NULL AND (result IS NULL OR result = 'unknown')`;

function readUnanswered(database: Database, { service, library }: TargetKey): Set<string> {
  return new Set(database.all(placeSchema, EVER_UNANSWERED, [service, library]).map(addressKey));
}

const writerSchema = z.object({ manifest: text, sha256: text });

const RESULTS_WRITER = `
SELECT manifest, results_sha256 AS sha256 FROM runs WHERE results = ? ORDER BY id DESC`;

const RUN_OF_RESULTS = "SELECT 1 FROM runs WHERE results_sha256 = ?";

/** Whether an id is recorded anywhere, replaced and deleted ones included. */
const IS_KNOWN = "SELECT 1 FROM attempts WHERE graphic_id = ? AND state IS NOT NULL";

const replacementSchema = z.object({ oldId: text, newId: text });

/** Rows that share an upload have what they replace, too. */
const REPLACEMENTS = `
SELECT replaces AS oldId, graphic_id AS newId FROM attempts
WHERE ${IN_LIBRARY} AND replaces IS NOT NULL AND state IS NOT NULL ORDER BY id`;

const lastRunSchema = pastRunSchema
  .pick({ library: true, host: true, startedAt: true, finishedAt: true })
  .extend({ service: text });

const runIdSchema = z.object({ run: z.int() });
const RUNS_OF_PLAN = "SELECT id AS run FROM runs WHERE plan = ?";

const RUN_OF = `SELECT 1 FROM runs WHERE ${IN_LIBRARY}`;

const RUNS = `
SELECT service, library, host, started_at AS startedAt, finished_at AS finishedAt
FROM runs WHERE manifest = ?`;

const LAST_RUN = `${RUNS} ORDER BY id DESC`;

const LAST_OWN_RUN = `${RUNS} AND (finished_at IS NULL OR command != 'adopt') ORDER BY id DESC`;

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
