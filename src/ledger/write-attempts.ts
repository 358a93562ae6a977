import type { AttemptOutcome } from "../execute/outcome.ts";
import type { Decision } from "../plan/planned-row.ts";
import type { FolderAndName } from "../plan/recorded.ts";
import type { TargetKey } from "../plan/target.ts";
import type { Database } from "./database.ts";
import type { Owner, RunStart } from "./ledger.ts";
import { IS_UNKNOWN } from "./schema.ts";

const INSERT_RUN = `
INSERT INTO runs (command, manifest, shard, host, service, library, user, machine, pid, started_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

const NOTE_FIRST_RUN = "UPDATE holder SET run_id = ? WHERE run_id IS NULL";

/** Records a run and nothing of what it does; returns its id. Part of the caller's transaction. */
export function insertRun(database: Database, owner: Owner, run: RunStart): number {
  const { command = "apply", manifest, shard = null, host, service, library, startedAt } = run;
  const { user, machine, pid } = owner;
  const what = [command, manifest, shard, host, service, library];
  const { rowId } = database.run(INSERT_RUN, [...what, user, machine, pid, startedAt]);
  database.run(NOTE_FIRST_RUN, [rowId]);
  return rowId;
}

/** What is meant to be done about a graphic; `AdoptedGraphic` and `Upload` have most of it. */
export interface NewAttempt {
  kind: "upload" | "share" | "adopt" | "delete" | "release" | "restore";
  folder: string;
  name: string;
  line: number;
  path: string;
  contentType: string;
  sha256: string;
  bytes: number;
  action: string;
  reason: string;
  replaces?: Decision["replaces"];
  /** The id, where it is known. */
  graphicId?: string | null;
}

const INSERT_ATTEMPTS = `
INSERT INTO attempts (run_id, kind, service, library, folder, name, line, path, content_type, sha256, bytes,
  action, reason, replaces, graphic_id, number)
SELECT ?1, value->>0, ?2, ?3, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, value->>7,
  value->>8, value->>9, value->>10, value->>11, 1
FROM json_each(?4) ORDER BY key`;

/** Rows written with one call of the driver: calls cost more than rows. */
const PAGE_ROWS = 512;

/** Adds an attempt that is planned for each item; returns their ids. Part of the caller's transaction. */
export function insertAttempts<Item>(
  database: Database,
  runId: number,
  { service, library }: TargetKey,
  items: readonly Item[],
  attemptOf: (item: Item) => NewAttempt,
): number[] {
  const ids: number[] = [];
  for (let start = 0; start < items.length; start += PAGE_ROWS) {
    const page = items.slice(start, start + PAGE_ROWS).map((item) => {
      const one = attemptOf(item);
      const where = [one.kind, one.folder, one.name, one.line, one.path];
      const what = [one.contentType, one.sha256, one.bytes, one.action, one.reason];
      return [...where, ...what, one.replaces?.graphicId ?? null, one.graphicId ?? null];
    });
    const values = [runId, service, library, JSON.stringify(page)];
    // A new id is the largest one plus one (SQLite, ROWIDs and the INTEGER PRIMARY KEY), and one writer writes.
    const firstId = database.run(INSERT_ATTEMPTS, values).rowId - page.length + 1;
    for (let index = 0; index < page.length; index += 1) ids.push(firstId + index);
  }
  return ids;
}

/** Adds an attempt that is planned; returns its id. Part of the caller's transaction. */
export function insertAttempt(
  database: Database,
  runId: number,
  target: TargetKey,
  attempt: NewAttempt,
): number {
  return insertAttempts(database, runId, target, [attempt], (one) => one)[0] ?? 0;
}

const COPIED = `run_id, kind, service, library, folder, name, line, path, content_type, sha256, bytes,
  action, reason, replaces`;

const INSERT_COPY = `
INSERT INTO attempts (${COPIED}, graphic_id, number)
SELECT ${COPIED}, iif(kind = 'delete', graphic_id, NULL), number + 1 FROM attempts WHERE id = ?`;

/** Adds a planned attempt for one more try; returns its id. Part of the caller's transaction. */
export function insertRetry(database: Database, attemptId: number): number {
  return database.run(INSERT_COPY, [attemptId]).rowId;
}

const BEGIN = "UPDATE attempts SET number = ?, started_at = ? WHERE id = ?";

/** Notes the intent: from here on it may have happened. Part of the caller's transaction. */
export function beginAttempt(
  database: Database,
  attemptId: number,
  number: number,
  startedAt = new Date().toISOString(),
): void {
  database.run(BEGIN, [number, startedAt, attemptId]);
}

const TAKE_BACK = `
UPDATE attempts SET finished_at = started_at, result = 'not-sent',
  message = 'the ledger was lost before it was sent' WHERE id = ?`;

/** Says of an intent that nothing was sent after it. Part of the caller's transaction. */
export function takeBackIntent(database: Database, attemptId: number): void {
  database.run(TAKE_BACK, [attemptId]);
}

/** How an attempt ended, of an upload or of a deletion. */
interface Ended {
  result: string;
  httpStatus: number | null;
  errorCode: string | null;
  message: string | null;
  requestId: string | null;
  finishedAt: string;
}

const END = `
UPDATE attempts SET finished_at = ?, result = ?, http_status = ?, error_code = ?, message = ?, request_id = ?`;

/** Notes how an attempt ended. Part of the caller's transaction. */
export function endAttempt(database: Database, attemptId: number, ended: Ended): void {
  database.run(`${END} WHERE id = ?`, [...valuesOf(ended), attemptId]);
}

const END_UPLOAD = `${END}, graphic_id = ?, url = ?, state = ?, possible_duplicate = ? WHERE id = ?`;

/**
 * Notes how an upload ended. Where it brought an id, that is now the graphic at its address, and earlier unknowns there
 * are settled: not at the intent, for a retry that was refused or never left has settled nothing. Part of the caller's
 * transaction.
 */
export function endUpload(
  database: Database,
  target: TargetKey,
  upload: FolderAndName & Pick<Decision, "replaces">,
  attemptId: number,
  outcome: AttemptOutcome,
): void {
  const isUploaded = outcome.result === "uploaded";
  let retried = 0;
  if (isUploaded) {
    if (upload.replaces) replaceGraphic(database, target, upload.replaces);
    replaceAt(database, target, upload);
    retried = settleUnknowns(database, target, upload, "retried", attemptId);
  }
  const state = isUploaded ? "current" : null;
  const graphic = [outcome.graphicId, outcome.url, state, retried > 0 ? 1 : 0];
  database.run(END_UPLOAD, [...valuesOf(outcome), ...graphic, attemptId]);
}

function valuesOf({ finishedAt, result, ...told }: Ended): (string | number | null)[] {
  return [finishedAt, result, told.httpStatus, told.errorCode, told.message, told.requestId];
}

const END_UNSENT = "UPDATE attempts SET result = ?, message = ? WHERE id = ?";

/** Notes why an attempt was not made. Part of the caller's transaction. */
export function endUnsent(
  database: Database,
  attemptId: number,
  result: "failed" | null,
  message: string,
): void {
  database.run(END_UNSENT, [result, message, attemptId]);
}

/** Where a graphic is, and its id. */
export type PlacedGraphic = NonNullable<Decision["replaces"]>;

const REPLACE_AT = `
UPDATE attempts SET state = 'replaced', revision = revision + 1
WHERE service = ? AND library = ? AND folder = ? AND name = ? AND state = 'current'`;

/** Whatever is current at an address is so no more. Part of the caller's transaction. */
export function replaceAt(
  database: Database,
  { service, library }: TargetKey,
  place: FolderAndName,
): void {
  database.run(REPLACE_AT, [service, library, place.folder, place.name]);
}

/** The same, only if it still is the graphic with this id. Part of the caller's transaction. */
export function replaceGraphic(
  database: Database,
  { service, library }: TargetKey,
  { folder, name, graphicId }: PlacedGraphic,
): void {
  const sql = `${REPLACE_AT} AND graphic_id = ?`;
  database.run(sql, [service, library, folder, name, graphicId]);
}

const RECORD_ID = `
UPDATE attempts SET state = 'current', graphic_id = ?, url = ?, finished_at = ?, result = ? WHERE id = ?`;

/**
 * An attempt that sends nothing has an id: that is now the graphic at its address. `recorded` where the id was known
 * before the run. Part of the caller's transaction.
 */
export function recordId(
  database: Database,
  target: TargetKey,
  row: FolderAndName & Pick<Decision, "replaces">,
  attemptId: number,
  graphic: { graphicId: string; url: string; at: string; result: "uploaded" | "recorded" },
): void {
  if (row.replaces) replaceGraphic(database, target, row.replaces);
  replaceAt(database, target, row);
  const { graphicId, url, at, result } = graphic;
  database.run(RECORD_ID, [graphicId, url, at, result, attemptId]);
}

const SETTLE = `
UPDATE attempts SET settled = ?
WHERE service = ? AND library = ? AND folder = ? AND name = ? AND id != ? AND ${IS_UNKNOWN}`;

/** Settles an address's unknown uploads, but for `except`; gives how many there were. Part of the caller's transaction. */
export function settleUnknowns(
  database: Database,
  { service, library }: TargetKey,
  { folder, name }: FolderAndName,
  as: "retried" | "landed" | "absent",
  except = 0,
): number {
  return database.run(SETTLE, [as, service, library, folder, name, except]).changes;
}
