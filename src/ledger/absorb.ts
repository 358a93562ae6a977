import { z } from "zod";
import {
  type AttemptRow,
  type LedgerContents,
  type RunRow,
  readAttemptsOf,
  readRuns,
} from "./contents.ts";
import type { Database } from "./database.ts";
import { DatabaseFault } from "./driver.ts";
import type { LedgerConflict } from "./ledger.ts";
import { AT_ADDRESS, addressOf, IS_IN_DOUBT } from "./schema.ts";

/** Two ledgers that each have a current graphic of their own at one address. */
export interface Clash extends Omit<LedgerConflict, "graphics"> {
  ours: ClashingGraphic & { id: number };
  theirs: ClashingGraphic;
}

type ClashingGraphic = Omit<LedgerConflict["graphics"][number], "ledger">;

/**
 * Brings everything another ledger knows into this one; part of the caller's transaction. Runs are told apart by
 * their uid; of an attempt or a graphic that both know the later state stays, so that doing it again changes nothing
 * and any order gives the same. No id is dropped: of two current graphics at one address, the clashes it gives, the
 * one uploaded later is current and the other `replaced`.
 *
 * `manifest` is the name that a manifest of the same file name shall have here; see `renamer`.
 */
export function absorb(database: Database, theirs: LedgerContents, manifest?: string): Clash[] {
  const rename = renamer(theirs.runs, manifest);
  const { runIds, sharedRuns } = absorbRuns(database, theirs.runs, rename);
  const known = byKey(readAttemptsOf(database, sharedRuns));
  const keyOf = attemptKeys();
  const claims: Claim[] = [];
  for (const row of theirs.attempts) {
    const named = row.manifest === null ? null : rename(row.manifest);
    const attempt = { ...row, run_id: runOf(runIds, row), manifest: named };
    const ours = known.get(keyOf(attempt));
    const isClaim = attempt.state === "current" && (!ours || isLater(attempt, ours));
    // Nothing becomes current before all is in, for only then it shows whether anything is in its way.
    const unclaimed = isClaim ? { ...attempt, state: "replaced" as const } : attempt;
    const id = ours ? takeLater(database, ours, unclaimed) : addAttempt(database, unclaimed);
    if (isClaim) claims.push({ id, attempt });
  }
  database.exec(DELETE_GONE);
  return claims.flatMap((claim) => settleClaim(database, claim) ?? []);
}

/**
 * How a manifest's name changes on the way: a ledger that lay elsewhere gave it another path. Only where there
 * is no doubt: the ledger does not know the name itself, and knows one manifest with the same file name.
 */
function renamer(runs: readonly RunRow[], manifest: string | undefined): (key: string) => string {
  const keys = [...new Set(runs.map((run) => run.manifest))];
  if (manifest === undefined || keys.includes(manifest)) return (key) => key;
  const [only, ...others] = keys.filter((key) => fileName(key) === fileName(manifest));
  return (key) => (key === only && others.length === 0 ? manifest : key);
}

function fileName(key: string): string {
  return key.slice(key.lastIndexOf("/") + 1);
}

/** Gives our id of each of their runs, and which of those were here before. */
function absorbRuns(
  database: Database,
  theirs: readonly RunRow[],
  rename: (manifest: string) => string,
): { runIds: Map<number, number>; sharedRuns: number[] } {
  const ours = new Map(readRuns(database).map((run) => [run.uid, run]));
  const runIds = new Map<number, number>();
  const sharedRuns: number[] = [];
  const inOrder = theirs.toSorted((a, b) => compare(a.started_at, b.started_at) || a.id - b.id);
  for (const { id, ...run } of inOrder) {
    const known = ours.get(run.uid);
    if (!known) {
      runIds.set(id, database.insert("runs", { ...run, manifest: rename(run.manifest) }));
      continue;
    }
    runIds.set(id, known.id);
    sharedRuns.push(known.id);
    if (known.finished_at !== null || run.finished_at === null) continue;
    const { finished_at, exit_code, uploaded, unchanged, failed, unknown, not_run } = run;
    const ended = { finished_at, exit_code, uploaded, unchanged, failed, unknown, not_run };
    // A file that was noted here was written after the run had died here.
    const { results, results_sha256 } = known.results === null ? run : known;
    database.update("runs", known.id, { ...ended, results, results_sha256 });
  }
  return { runIds, sharedRuns };
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function runOf(runIds: ReadonlyMap<number, number>, { run_id }: AttemptRow): number {
  const run = runIds.get(run_id);
  if (run === undefined) throw new DatabaseFault("SQLITE_CORRUPT", "an attempt belongs to no run");
  return run;
}

/**
 * Names attempts in the order of their ids so that both ledgers give one attempt the same name: within a run, one
 * process wrote all about a row, so it is what it is about and the how-manieth it is. What was recorded of a graphic
 * later, in this ledger or the other, has the graphic's id in its name.
 */
function attemptKeys(): (attempt: AttemptRow) => string {
  const counts = new Map<string, number>();
  return ({ run_id, kind, folder, name, graphic_id }) => {
    const isRow = kind === "upload" || kind === "share" || kind === "adopt";
    const what = JSON.stringify([run_id, kind, folder, name, isRow ? null : graphic_id]);
    const count = (counts.get(what) ?? 0) + 1;
    counts.set(what, count);
    return `${count} ${what}`;
  };
}

function byKey(attempts: readonly AttemptRow[]): Map<string, AttemptRow> {
  const keyOf = attemptKeys();
  return new Map(attempts.map((attempt) => [keyOf(attempt), attempt]));
}

/** Of two states with as many changes behind them the one that cannot be taken back is the later. */
const STATE_RANK = { current: 0, replaced: 1, deleted: 2 };

function isLater(theirs: AttemptRow, ours: AttemptRow): boolean {
  if (theirs.state === null || ours.state === null) return theirs.state !== null;
  if (theirs.revision !== ours.revision) return theirs.revision > ours.revision;
  return STATE_RANK[theirs.state] > STATE_RANK[ours.state];
}

function addAttempt(database: Database, { id: _, ...attempt }: AttemptRow): number {
  return database.insert("attempts", attempt);
}

/** Of an attempt that both know, what came later stays; returns its id. */
function takeLater(database: Database, ours: AttemptRow, theirs: AttemptRow): number {
  const told = progressOf(theirs) > progressOf(ours) ? theirs : ours;
  const stated = isLater(theirs, ours) ? theirs : ours;
  const settled = ours.settled ?? theirs.settled;
  const possible_duplicate = Math.max(ours.possible_duplicate, theirs.possible_duplicate);
  const isSame = settled === ours.settled && possible_duplicate === ours.possible_duplicate;
  if (told === ours && stated === ours && isSame) return ours.id;
  const { number, started_at, finished_at, result, http_status, error_code, message } = told;
  const { request_id, graphic_id, url } = told;
  const { state, revision } = stated;
  database.update("attempts", ours.id, {
    ...{ number, started_at, finished_at, result, http_status, error_code, message, request_id },
    ...{ graphic_id, url, settled, state, revision, possible_duplicate },
  });
  return ours.id;
}

/** How much is known of an attempt: planned, not made and why, begun, ended. */
function progressOf({ result, started_at, message }: AttemptRow): number {
  if (result !== null) return 3;
  if (started_at !== null) return 2;
  return message === null ? 0 : 1;
}

const GONE =
  "SELECT service, library, graphic_id FROM attempts WHERE kind = 'delete' AND result = 'deleted'";

/** What either deleted is deleted, and in doubt no more. */
const DELETE_GONE = `
UPDATE attempts SET settled = 'gone'
WHERE ${IS_IN_DOUBT} AND (service, library, graphic_id) IN (${GONE});
UPDATE attempts SET state = 'deleted', revision = revision + 1
WHERE state IN ('current', 'replaced') AND (service, library, graphic_id) IN (${GONE})`;

/** One of their graphics that is current there: new here, or made current again since. */
interface Claim {
  /** Here. */
  id: number;
  /** As it is there. */
  attempt: AttemptRow;
}

const stateSchema = z.object({ state: z.string() });
const STATE = "SELECT state FROM attempts WHERE id = ?";
const currentSchema = z.object({ id: z.int(), graphicId: z.string(), uploadedAt: z.string() });

const CURRENT = `
SELECT id, graphic_id AS graphicId, finished_at AS uploadedAt FROM attempts
WHERE ${AT_ADDRESS} AND state = 'current'`;

const REPLACE = "UPDATE attempts SET state = 'replaced', revision = revision + 1 WHERE id = ?";

/** Of two graphics the one uploaded later is current; one id at one address needs no choice. */
function settleClaim(database: Database, { id, attempt }: Claim): Clash | undefined {
  if (database.first(stateSchema, STATE, [id])?.state === "deleted") return undefined;
  const { service, library, folder, name, revision } = attempt;
  const ours = database.first(currentSchema, CURRENT, addressOf(attempt, attempt));
  if (!ours || ours.id === id) {
    database.update("attempts", id, { state: "current", revision });
    return undefined;
  }
  const theirs = { graphicId: attempt.graphic_id ?? "", uploadedAt: attempt.finished_at ?? "" };
  if (ours.graphicId === theirs.graphicId) return undefined;
  const wins =
    (compare(theirs.uploadedAt, ours.uploadedAt) || compare(theirs.graphicId, ours.graphicId)) > 0;
  if (wins) database.run(REPLACE, [ours.id]);
  const stated = wins
    ? { state: "current", revision }
    : { state: "replaced", revision: revision + 1 };
  database.update("attempts", id, { ...stated, possible_duplicate: 1 });
  database.update("attempts", ours.id, { possible_duplicate: 1 });
  return { service, library, folder, name, ours, theirs };
}
