import { z } from "zod";
import { planSummarySchema } from "../plan/plan-document.ts";
import { targetSchema } from "../plan/target.ts";

const head = {
  version: z.literal(1),
  /** ISO 8601. */
  time: z.iso.datetime(),
};

const item = {
  ...head,
  /** Line of the manifest where the row starts. */
  line: z.int().positive(),
  path: z.string(),
  name: z.string(),
  folder: z.string(),
};

const attempt = z.int().positive();

const count = z.int().nonnegative();

/** How many rows ended each way. */
export const runSummarySchema = z.strictObject({
  uploaded: count,
  unchanged: count,
  failed: count,
  unknown: count,
  notRun: count,
});

/** The run begins; the counts are the plan's. */
export const runStartedSchema = z.strictObject({
  event: z.literal("run.started"),
  ...head,
  manifest: z.string(),
  target: targetSchema,
  summary: planSummarySchema.describe("`run.started`: the plan's counts"),
});

/** A row's request is about to be sent, its intent being durable. */
export const itemStartedSchema = z.strictObject({
  event: z.literal("item.started"),
  ...item,
  attempt,
});

/** An attempt was refused, or nothing of it was sent; the row will be tried again. */
export const itemRetryingSchema = z.strictObject({
  event: z.literal("item.retrying"),
  ...item,
  /** The attempt that failed. */
  attempt,
  /** Not before this long from now. */
  delayMs: z.int().nonnegative(),
  reason: z.string(),
  /** Null where nothing was sent. */
  httpStatus: z.int().nullable(),
});

/** The row's outcome, durable in the ledger unless `error` says otherwise. */
export const itemFinishedSchema = z.strictObject({
  event: z.literal("item.finished"),
  ...item,
  status: z.enum(["uploaded", "unchanged", "failed", "unknown", "not-run"]),
  graphicId: z.string().nullable(),
  url: z.string().nullable(),
  /** Lower-case hex. */
  sha256: z.string().nullable(),
  error: z.string().nullable(),
});

/** The run is over and the results CSV is written. */
export const runFinishedSchema = z.strictObject({
  event: z.literal("run.finished"),
  ...head,
  summary: runSummarySchema.describe("`run.finished`: how rows ended"),
  exitCode: z.int().nonnegative(),
  durationMs: z.int().nonnegative(),
  /** Path of the results CSV. */
  results: z.string(),
});

/**
 * What `qgfx apply --json` prints, one a line. A run's events spell
 *
 *     run.started item* run.finished
 *
 * where every row of the manifest spells, interleaved with the others,
 *
 *     ( item.started ( item.retrying item.started )* item.retrying? )? item.finished
 *
 * A row that is not sent has `item.finished` alone. `item.retrying` stands last where the run stops before
 * the next attempt; the row's status is then `not-run`.
 */
export const runEventSchema = z.discriminatedUnion("event", [
  runStartedSchema,
  itemStartedSchema,
  itemRetryingSchema,
  itemFinishedSchema,
  runFinishedSchema,
]);

export type RunStarted = z.infer<typeof runStartedSchema>;
export type ItemStarted = z.infer<typeof itemStartedSchema>;
export type ItemRetrying = z.infer<typeof itemRetryingSchema>;
export type ItemFinished = z.infer<typeof itemFinishedSchema>;
export type RunFinished = z.infer<typeof runFinishedSchema>;
export type ItemEvent = ItemStarted | ItemRetrying | ItemFinished;
export type RunEvent = z.infer<typeof runEventSchema>;
