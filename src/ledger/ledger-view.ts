import { z } from "zod";
import { addressKey } from "../plan/recorded.ts";
import type { TargetKey } from "../plan/service.ts";
import { recordedRunSchema } from "../report/ledger-documents.ts";
import { readContents, writeContents } from "./contents.ts";
import { Database } from "./database.ts";
import { IN_MEMORY } from "./driver.ts";
import type { LedgerView } from "./ledger.ts";
import { makeTables } from "./ledger-file.ts";
import { readGraphics, readRecorded } from "./recorded.ts";
import { refusing, unreadable } from "./refusal.ts";
import { readPastRows, readRowRecords } from "./row-records.ts";
import { IN_LIBRARY } from "./schema.ts";
import { planTakeOver } from "./settle.ts";

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
    runs: (manifest) => reading(() => database.all(recordedRunSchema, RUNS, [manifest ?? ""])),
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

/** Whether an id is recorded anywhere, replaced and deleted ones included. */
const IS_KNOWN = "SELECT 1 FROM attempts WHERE graphic_id = ? AND state IS NOT NULL";

const replacementSchema = z.object({ oldId: text, newId: text });

/** Rows that share an upload have what they replace, too. */
const REPLACEMENTS = `
SELECT replaces AS oldId, graphic_id AS newId FROM attempts
WHERE ${IN_LIBRARY} AND replaces IS NOT NULL AND state IS NOT NULL ORDER BY id`;

const RUNS = `
SELECT id AS run, uid, command, manifest, plan, host, service, library, user, machine, started_at AS startedAt,
  finished_at AS finishedAt, exit_code AS exitCode, uploaded, unchanged, failed, unknown, not_run AS notRun,
  results, results_sha256 AS resultsSha256, iif(command IN ('prune', 'undo'), (SELECT count(DISTINCT graphic_id)
    FROM attempts WHERE run_id = runs.id AND kind = 'delete' AND result = 'deleted'), 0) AS deleted
FROM runs WHERE ?1 IN ('', manifest) ORDER BY id`;
