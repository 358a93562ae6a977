import { z } from "zod";
import { planSummarySchema } from "../plan/plan-document.ts";
import { count, PRINTED, targetSchema, text, textOrNull } from "../plan/printed-fields.ts";

/** How many rows ended each way. */
export const runSummarySchema = z.strictObject({
  uploaded: count("Rows that were uploaded"),
  unchanged: count("Rows that need nothing"),
  failed: count("Rows that failed"),
  unknown: count("Uploads that got no answer"),
  notRun: count("Rows that were not tried"),
});

function eventSchema<Name extends string, Fields extends z.ZodRawShape>(
  name: Name,
  meaning: string,
  fields: Fields,
) {
  return z
    .strictObject({
      event: z.literal(name).describe("The kind of event"),
      version: PRINTED.version,
      time: z.iso.datetime().describe("When"),
      ...fields,
    })
    .describe(meaning);
}

const { line, path, name, folder, graphicId, url, sha256, error } = PRINTED;
const item = { line, path, name, folder };
const attempt = z.int().positive().describe("Number of the attempt, from 1");

const runStartedSchema = eventSchema(
  "run.started",
  "The run begins, after its plan was agreed to",
  {
    manifest: PRINTED.manifest,
    target: targetSchema,
    summary: planSummarySchema.describe("`run.started`: the plan's counts"),
  },
);

const itemStartedSchema = eventSchema(
  "item.started",
  "A row's request is about to be sent; the ledger has the intent",
  { ...item, attempt },
);

const itemRetryingSchema = eventSchema(
  "item.retrying",
  "An attempt was refused, or nothing of it was sent; the row is tried again",
  {
    ...item,
    attempt,
    delayMs: count("The next attempt comes no sooner, in ms"),
    reason: text("Why the attempt counts as failed"),
    httpStatus: z
      .int()
      .nullable()
      .describe("HTTP status of the answer; `null` where there was none"),
  },
);

const itemFinishedSchema = eventSchema(
  "item.finished",
  "How a row ended; the ledger has it, unless `error` says otherwise",
  {
    ...item,
    status: z
      .enum(["uploaded", "unchanged", "failed", "unknown", "not-run"])
      .describe("How the row ended"),
    graphicId: graphicId.nullable().describe("Id of the graphic; `null` where it got none"),
    url: url.nullable().describe("Where anyone can see the graphic"),
    sha256: sha256.nullable().describe("Hash of the graphic's bytes"),
    error,
    warning: textOrNull("What the service warned of when it took the image (`meta.warning`)"),
  },
);

const runFinishedSchema = eventSchema(
  "run.finished",
  "The run is over, and the results are written",
  {
    summary: runSummarySchema.describe("`run.finished`: how rows ended"),
    exitCode: count("Exit code of the run"),
    durationMs: count("How long the run took, in ms"),
    results: text("Path of the results CSV"),
  },
);

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
export const runEventSchema = z
  .discriminatedUnion("event", [
    runStartedSchema,
    itemStartedSchema,
    itemRetryingSchema,
    itemFinishedSchema,
    runFinishedSchema,
  ])
  .describe(
    "`qgfx apply --json`, one event a line. A run spells `run.started`, then the rows' events in any order, then `run.finished`. Each row spells `item.started`, any number of (`item.retrying`, `item.started`), then `item.finished`; a row that is not sent has `item.finished` alone. An id is in the ledger, flushed to the disk, before its `item.finished` is printed.",
  );

export type RunEvent = z.infer<typeof runEventSchema>;
export type ItemFinished = z.infer<typeof itemFinishedSchema>;
/** What is told of one row. */
export type ItemEvent = Exclude<RunEvent, { event: "run.started" | "run.finished" }>;
