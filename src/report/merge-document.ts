import { z } from "zod";
import { runSummarySchema } from "../execute/events.ts";
import { count, PRINTED } from "../plan/printed-fields.ts";

/** A folder and name with two current graphics, and the ledger that says so of each. */
const conflictSchema = z
  .strictObject({
    line: PRINTED.line
      .nullable()
      .describe("Line of the manifest; `null` where no row has this folder and name"),
    library: z.string().describe("The library"),
    folder: PRINTED.folder,
    name: PRINTED.name,
    graphics: z
      .array(
        z.strictObject({
          graphicId: PRINTED.graphicId,
          uploadedAt: z.string().describe("When it was uploaded"),
          ledger: z.string().describe("The ledger that says so"),
        }),
      )
      .describe("The two graphics"),
  })
  .describe("A folder and name with two current graphics");

/** What `qgfx merge --json` prints. */
export const mergeDocumentSchema = z
  .strictObject({
    version: PRINTED.version,
    merged: z.boolean().describe("False: there are conflicts, and nothing was written"),
    ledger: z.string().describe("The ledger that took the others in"),
    ledgers: z.array(z.string()).describe("The ledgers that were taken in"),
    added: z
      .strictObject({
        runs: count("Runs"),
        rows: count("Rows, each once for every run that meant to send it"),
        attempts: count("Uploads tried"),
        graphics: count("Graphics"),
        deletions: count("Deletions tried"),
      })
      .describe("What was new to it"),
    conflicts: z.array(conflictSchema).describe("Folders and names with two current graphics"),
    summary: runSummarySchema
      .nullable()
      .describe("How the manifest's rows stand; `null` where nothing was written"),
    results: z.string().nullable().describe("The results CSV; `null` where nothing was written"),
  })
  .describe(
    "`qgfx merge --json`: what the shards' ledgers brought, or what stands in the way ([sharding](sharding.md)).",
  );

export type MergeDocument = z.infer<typeof mergeDocumentSchema>;
export type MergeConflict = z.infer<typeof conflictSchema>;
