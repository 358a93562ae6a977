import { z } from "zod";
import {
  type Attempt,
  type FolderAndName,
  type PastRow,
  attemptSchema as printed,
} from "../plan/recorded.ts";
import type { TargetKey } from "../plan/target.ts";
import type { Database } from "./database.ts";
import { parseRow } from "./read-recorded.ts";

const text = z.string().nullable();

const ROWS = `
SELECT CAST(json_array(items.id, runs.id, runs.command, runs.manifest, items.line, runs.started_at,
  items.action, items.reason, items.status, items.error, items.settled) AS BLOB)
FROM items JOIN runs ON runs.id = items.run_id
WHERE items.service = ? AND items.library = ? AND items.folder = ? AND items.name = ? ORDER BY items.id`;

const rowSchema = z.tuple([
  z.int(),
  z.int(),
  z.string(),
  z.string(),
  z.int(),
  z.string(),
  z.string(),
  z.string(),
  z.string(),
  text,
  text,
]);

const ATTEMPTS = `
SELECT CAST(json_array(number, started_at, finished_at, result, http_status, error_code, message,
  request_id, graphic_id) AS BLOB)
FROM attempts WHERE item_id = ? ORDER BY id`;

const attemptSchema = z.tuple([
  z.int(),
  z.string(),
  text,
  printed.shape.result,
  z.int().nullable(),
  text,
  text,
  text,
  text,
]);

/** What each run did about an address. Reads the whole of a table. */
export function readPastRows(
  database: Database,
  { service, library }: TargetKey,
  place: FolderAndName,
): PastRow[] {
  const address = [service, library, place.folder, place.name];
  return Array.from(database.iterateJson(ROWS, address), (row) => toRow(database, row, place));
}

function toRow(database: Database, row: unknown, { folder, name }: FolderAndName): PastRow {
  const [itemId, run, command, manifest, line, startedAt, ...outcome] = parseRow(rowSchema, row);
  const [action, reason, status, error, settled] = outcome;
  const attempts = Array.from(database.iterateJson(ATTEMPTS, [itemId]), toAttempt);
  const where = { folder, name, run, command, manifest, line, startedAt };
  return { ...where, action, reason, status, error, settled, attempts };
}

function toAttempt(row: unknown): Attempt {
  const [attempt, startedAt, finishedAt, result, httpStatus, ...told] = parseRow(
    attemptSchema,
    row,
  );
  const [errorCode, message, requestId, graphicId] = told;
  const times = { attempt, startedAt, finishedAt };
  return { ...times, result, httpStatus, errorCode, message, requestId, graphicId };
}
