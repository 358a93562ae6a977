import { z } from "zod";
import { runSummarySchema } from "../execute/events.ts";

const count = z.int().nonnegative();

/** A folder and name with two current graphics, and the ledger that says so of each. */
const conflictSchema = z.strictObject({
  /** Line of the manifest; null where no row has this folder and name. */
  line: z.int().positive().nullable(),
  library: z.string(),
  folder: z.string(),
  name: z.string(),
  graphics: z.array(
    z.strictObject({
      graphicId: z.string(),
      /** ISO 8601. */
      uploadedAt: z.string(),
      ledger: z.string(),
    }),
  ),
});

/** What `qgfx merge --json` prints. */
export const mergeDocumentSchema = z.strictObject({
  version: z.literal(1),
  /** False: there are conflicts, and nothing was written. */
  merged: z.boolean(),
  ledger: z.string(),
  /** The ledgers that were taken in. */
  ledgers: z.array(z.string()),
  /** What was new; `rows` counts a row once for every run that meant to send it. */
  added: z.strictObject({
    runs: count,
    rows: count,
    attempts: count,
    graphics: count,
    deletions: count,
  }),
  conflicts: z.array(conflictSchema),
  /** How the manifest's rows stand; null where nothing was written. */
  summary: runSummarySchema.nullable(),
  results: z.string().nullable(),
});

export type MergeDocument = z.infer<typeof mergeDocumentSchema>;
export type MergeConflict = z.infer<typeof conflictSchema>;
