import { z } from "zod";
import { count, PRINTED } from "../plan/printed-fields.ts";
import { targetSchema } from "../plan/target.ts";

const rows = (of: string) => z.int().nonnegative().nullable().describe(of);

/** One run; counts are null where it died before it could note them. */
export const pastRunSchema = z.strictObject({
  run: z.int().positive().describe("The run's number in the ledger"),
  command: z.enum(["apply", "adopt", "prune", "undo"]).describe("The command"),
  manifest: PRINTED.manifest,
  host: targetSchema.shape.host,
  library: targetSchema.shape.library,
  user: z.string().describe("Who ran it"),
  machine: z.string().describe("Where"),
  startedAt: z.string().describe("When it began"),
  finishedAt: z.string().nullable().describe("When it ended; `null`: it never did"),
  exitCode: z.int().nullable().describe("Exit code of the run"),
  uploaded: rows("Rows that were uploaded"),
  unchanged: rows("Rows that need nothing"),
  failed: rows("Rows that failed"),
  unknown: rows("Uploads that got no answer"),
  notRun: rows("Rows that were not tried"),
  deleted: count("Graphics it deleted"),
});

/** What `qgfx history --json` prints. */
export const historySchema = z
  .strictObject({
    version: PRINTED.version,
    runs: z.array(pastRunSchema).describe("Runs of the manifest"),
  })
  .describe("`qgfx history --json`: the runs of a manifest, the earliest first.");

export type HistoryDocument = z.infer<typeof historySchema>;
export type PastRun = z.infer<typeof pastRunSchema> & { service: string };
