import { z } from "zod";
import type { Database } from "./database.ts";
import { parseRow } from "./read-recorded.ts";

const text = z.string();
const orNull = text.nullable();
const id = z.int().positive();

/** Another graphic whose place an upload takes: where it was, and its id. */
const formerSchema = z.object({ folder: text, name: text, graphicId: text });

const intentSchema = z.object({
  kind: z.literal("intent"),
  attemptId: id,
  itemId: id,
  /** 1 for a row's first. */
  number: id,
  /** ISO 8601. */
  startedAt: text,
});

const outcomeSchema = z.object({
  kind: z.literal("outcome"),
  attemptId: id,
  itemId: id,
  outcome: z.object({
    result: z.enum(["uploaded", "deleted", "refused", "not-sent", "failed", "unknown"]),
    graphicId: orNull,
    url: orNull,
    httpStatus: z.int().nullable(),
    errorCode: orNull,
    message: orNull,
    requestId: orNull,
    /** ISO 8601. */
    finishedAt: text,
  }),
  former: formerSchema.optional(),
  /** `--share`: the rows that take the upload's id, and the line of the upload. */
  sharers: z
    .object({
      line: id,
      rows: z.array(z.object({ folder: text, name: text, former: formerSchema.optional() })),
    })
    .optional(),
});

/** A row that ended without an attempt, or why it was not run. */
const unsentSchema = z.object({
  kind: z.literal("unsent"),
  itemId: id,
  status: z.enum(["failed", "not-run"]),
  error: text,
});

const recordsSchema = z.array(
  z.discriminatedUnion("kind", [intentSchema, outcomeSchema, unsentSchema]),
);

/**
 * One thing that happened in a run. Those of one commit become durable as one row at the end of one table, whatever
 * they mean for the other tables and their indexes; many together are then brought into those (see `takeIn`).
 */
export type ProgressRecord = z.infer<typeof recordsSchema>[number];
export type IntentRecord = z.infer<typeof intentSchema>;
export type OutcomeRecord = z.infer<typeof outcomeSchema>;

const APPEND = "INSERT INTO progress (records) VALUES (?)";

/** Adds records, a JSON array of them, in their order. Part of the caller's transaction. */
export function appendProgress(database: Database, recordsJson: string): void {
  database.run(APPEND, [recordsJson]);
}

const HAS_PROGRESS = "SELECT CAST(json_array(EXISTS (SELECT 1 FROM progress)) AS BLOB)";
const hasSchema = z.tuple([z.int()]);

/** Whether a run, live or dead, did something that stands in no other table yet. */
export function hasProgress(database: Database): boolean {
  return parseRow(hasSchema, database.getJson(HAS_PROGRESS, []))[0] === 1;
}

const READ = `
SELECT CAST(json_group_array(json(value)) AS BLOB) FROM (
  SELECT each.value FROM progress, json_each(records) AS each ORDER BY progress.id, each.key)`;

/** What stands in `progress`, in order. */
export function readProgress(database: Database): ProgressRecord[] {
  return parseRow(recordsSchema, database.getJson(READ, []));
}

/** Empties `progress`, after its records were taken in. Part of the caller's transaction. */
export function clearProgress(database: Database): void {
  database.run("DELETE FROM progress", []);
}
