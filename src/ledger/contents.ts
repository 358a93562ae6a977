import { z } from "zod";
import type { Database } from "./database.ts";

const text = z.string();
const orNull = text.nullable();
const number = z.int();
const numberOrNull = number.nullable();

const runSchema = z.object({
  id: number,
  uid: text,
  command: text,
  manifest: text,
  shard: orNull,
  plan: orNull,
  host: text,
  service: text,
  library: text,
  user: text,
  machine: text,
  pid: number,
  started_at: text,
  finished_at: orNull,
  exit_code: numberOrNull,
  uploaded: numberOrNull,
  unchanged: numberOrNull,
  failed: numberOrNull,
  unknown: numberOrNull,
  not_run: numberOrNull,
  results: orNull,
  results_sha256: orNull,
});

/** What an attempt is about, as format 1 had it, too. */
export const plannedShape = {
  id: number,
  run_id: number,
  service: text,
  library: text,
  folder: text,
  name: text,
  line: number,
  path: text,
  content_type: text,
  sha256: text,
  bytes: number,
  action: text,
  reason: text,
  replaces: orNull,
};

/** What came of it, as format 1 had it, too. */
export const answerShape = {
  number,
  started_at: orNull,
  finished_at: orNull,
  result: orNull,
  http_status: numberOrNull,
  error_code: orNull,
  message: orNull,
  request_id: orNull,
  graphic_id: orNull,
};

const attemptSchema = z.object({
  ...plannedShape,
  ...answerShape,
  kind: z.enum(["upload", "share", "adopt", "resolve", "delete", "release", "restore"]),
  manifest: orNull,
  url: orNull,
  settled: orNull,
  state: z.enum(["current", "replaced", "deleted"]).nullable(),
  revision: number,
  possible_duplicate: number,
});

/** The one row of `holder`. */
export const holderSchema = z.object({
  user: text,
  machine: text,
  pid: number,
  since: text,
  run_id: numberOrNull,
});

/** A row of `runs`. */
export type RunRow = z.infer<typeof runSchema>;

/** A row of `attempts`. */
export type AttemptRow = z.infer<typeof attemptSchema>;

/** All that a ledger has recorded, as its tables hold it, each in the order of its ids. */
export interface LedgerContents {
  runs: RunRow[];
  attempts: AttemptRow[];
  /** Who has it open for writing, or died with it open. */
  holder: z.infer<typeof holderSchema> | undefined;
}

const columnsOf = (schema: z.ZodObject) => Object.keys(schema.shape).join(", ");
const RUNS = `SELECT ${columnsOf(runSchema)} FROM runs ORDER BY id`;
/** Who has a ledger open; of a ledger in today's format. */
export const HOLDER: string = `SELECT ${columnsOf(holderSchema)} FROM holder`;
const ATTEMPTS = `SELECT ${columnsOf(attemptSchema)} FROM attempts`;

/** Reads a ledger of today's format. */
export function readContents(database: Database): LedgerContents {
  return {
    runs: readRuns(database),
    attempts: database.all(attemptSchema, `${ATTEMPTS} ORDER BY id`),
    holder: database.first(holderSchema, HOLDER),
  };
}

/** The attempts of some runs. */
export function readAttemptsOf(database: Database, runIds: readonly number[]): AttemptRow[] {
  const sql = `${ATTEMPTS} WHERE run_id IN (SELECT value FROM json_each(?)) ORDER BY id`;
  return database.all(attemptSchema, sql, [JSON.stringify(runIds)]);
}

/** The runs of a ledger. */
export function readRuns(database: Database): RunRow[] {
  return database.all(runSchema, RUNS);
}

/** The same of format 1, which did not say what a run wrote, nor which saved plan it carried out. */
export function readRunsOfFormat1(database: Database): RunRow[] {
  const written = "NULL AS plan, NULL AS results, NULL AS results_sha256";
  return database.all(runSchema, `SELECT *, ${written} FROM runs ORDER BY id`);
}

/** Writes contents into an empty ledger. Part of the caller's transaction. */
export function writeContents(database: Database, contents: LedgerContents): void {
  for (const run of contents.runs) database.insert("runs", run);
  for (const attempt of contents.attempts) database.insert("attempts", attempt);
  if (contents.holder) database.insert("holder", { slot: 1, ...contents.holder });
}

const HELD =
  "planned by a run whose end is not recorded here, in a copy or from another computer; may be in the library";

/**
 * What was planned by whoever last had the ledger open for writing, and is neither done nor known not to have been, may
 * have been sent: for contents that lack what that run did since. Gives the attempts it changed.
 */
export function holdPlannedAsUnknown({ runs, attempts, holder }: LedgerContents): AttemptRow[] {
  const firstRun = holder?.run_id ?? Number.POSITIVE_INFINITY;
  const dead = runs.filter(({ id, finished_at }) => id >= firstRun && finished_at === null);
  const startedAt = new Map(dead.map(({ id, started_at }) => [id, started_at]));
  const held: AttemptRow[] = [];
  for (const attempt of attempts) {
    const began = startedAt.get(attempt.run_id);
    const isSent = attempt.kind === "upload" || attempt.kind === "delete";
    const isOpen = attempt.result === null && attempt.message === null;
    if (began === undefined || !isSent || !isOpen || attempt.started_at !== null) continue;
    attempt.started_at = began;
    attempt.message = HELD;
    held.push(attempt);
  }
  return held;
}
