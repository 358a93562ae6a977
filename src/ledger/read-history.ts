import { z } from "zod";
import type { FolderAndName } from "../plan/recorded.ts";
import type {
  AddressHistory,
  RecordedAttempt,
  RecordedRow,
  RecordedVersion,
} from "../plan/recorded-history.ts";
import type { Database } from "./database.ts";
import { parseRow, type Target } from "./read-recorded.ts";

const text = z.string().nullable();

const VERSIONS = `
SELECT CAST(json_array(graphic_id, sha256, bytes, content_type, path, url, uploaded_at, source, state) AS BLOB)
FROM graphics WHERE service = ? AND library = ? AND folder = ? AND name = ? ORDER BY id`;

const versionSchema = z.tuple([
  z.string(),
  z.string(),
  z.int(),
  z.string(),
  z.string(),
  z.string(),
  z.string(),
  z.string(),
  z.string(),
]);

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
  text,
  z.int().nullable(),
  text,
  text,
  text,
  text,
]);

/** Every graphic that was at an address, and what each run did about it. Reads the whole of two tables. */
export function readAddressHistory(
  database: Database,
  { service, library }: Target,
  place: FolderAndName,
): AddressHistory {
  const address = [service, library, place.folder, place.name];
  return {
    versions: Array.from(database.iterateJson(VERSIONS, address), (row) => toVersion(row, place)),
    rows: Array.from(database.iterateJson(ROWS, address), (row) => toRow(database, row, place)),
  };
}

function toVersion(row: unknown, { folder, name }: FolderAndName): RecordedVersion {
  const [graphicId, sha256, bytes, contentType, path, url, uploadedAt, source, state] = parseRow(
    versionSchema,
    row,
  );
  const what = { graphicId, sha256, bytes, contentType, path, url, uploadedAt };
  return { folder, name, ...what, source, state };
}

function toRow(database: Database, row: unknown, { folder, name }: FolderAndName): RecordedRow {
  const [itemId, run, command, manifest, line, startedAt, ...outcome] = parseRow(rowSchema, row);
  const [action, reason, status, error, settled] = outcome;
  const attempts = Array.from(database.iterateJson(ATTEMPTS, [itemId]), toAttempt);
  const where = { folder, name, run, command, manifest, line, startedAt };
  return { ...where, action, reason, status, error, settled, attempts };
}

function toAttempt(row: unknown): RecordedAttempt {
  const [attempt, startedAt, finishedAt, result, httpStatus, ...told] = parseRow(
    attemptSchema,
    row,
  );
  const [errorCode, message, requestId, graphicId] = told;
  const times = { attempt, startedAt, finishedAt };
  return { ...times, result, httpStatus, errorCode, message, requestId, graphicId };
}
