import { z } from "zod";
import { runSummarySchema } from "../execute/events.ts";
import { type Action, actionSchema } from "../plan/planned-row.ts";
import { count, PRINTED, targetSchema, text, textOrNull } from "../plan/printed-fields.ts";
import {
  type FolderAndName,
  type Graphic,
  graphicSchema,
  type PastRow,
  pastRowSchema,
} from "../plan/recorded.ts";

const rows = (of: string) => z.int().nonnegative().nullable().describe(of);

/** One run; counts are null where it died before it could note them. */
const pastRunSchema = z.strictObject({
  run: z.int().positive().describe("The run's number in the ledger"),
  command: z.enum(["apply", "adopt", "prune", "undo"]).describe("The command"),
  manifest: PRINTED.manifest,
  host: targetSchema.shape.host,
  library: targetSchema.shape.library,
  user: text("Who ran it"),
  machine: text("Where"),
  startedAt: text("When it began"),
  finishedAt: textOrNull("When it ended; `null`: it never did"),
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

/** One run as it is recorded. */
export const recordedRunSchema = pastRunSchema.extend({
  /** Tells it from the runs of every other ledger. */
  uid: z.string(),
  service: z.string(),
  /** The hash of the saved plan that it carried out. */
  plan: z.string().nullable(),
  /** The results file that it wrote or read, named as manifests are, and its bytes' hash then. */
  results: z.string().nullable(),
  resultsSha256: z.string().nullable(),
});

export type PastRun = z.infer<typeof recordedRunSchema>;

/** The last of a manifest's runs; but for those that took over ids and ended, which say nothing of its results. */
export function lastOwnRun(runs: readonly PastRun[]): PastRun | undefined {
  return runs.findLast(({ command, finishedAt }) => command !== "adopt" || finishedAt === null);
}

/** Runs as they are printed. */
export function printRuns(runs: readonly PastRun[]): HistoryDocument["runs"] {
  return runs.map(
    ({ uid: _, service: __, plan: ___, results: ____, resultsSha256: _____, ...run }) => run,
  );
}

/** What `qgfx explain --json` prints: the row, what apply would do, and all that is recorded of it. */
export const explanationSchema = z
  .strictObject({
    version: PRINTED.version,
    manifest: PRINTED.manifest,
    line: PRINTED.line,
    target: targetSchema,
    action: actionSchema.describe("The row's action in the plan, as in `plan`"),
    recorded: graphicSchema
      .nullable()
      .describe("The graphic that apply would replace or leave; `null` where there is none"),
    versions: z
      .array(graphicSchema)
      .describe("Every graphic ever recorded at the address, and at the one the row comes from"),
    runs: z.array(pastRowSchema).describe("Every run that meant to send the row"),
  })
  .describe("`qgfx explain --json`: why one row is what the plan says, and what was tried.");

export type Explanation = z.infer<typeof explanationSchema>;

/**
 * Puts a row's explanation together. `graphics` are all of its library that are or were at the row's address or at
 * the one it comes from, `rows` what the runs did about them.
 */
export function buildExplanation(
  {
    manifest,
    target,
    action,
  }: Pick<Explanation, "manifest" | "target"> & {
    action: Action & { line: number };
  },
  graphics: readonly Graphic[],
  rows: readonly PastRow[],
): Explanation {
  const versions = graphics.map(printGraphic);
  const runs = rows.toSorted((a, b) => a.run - b.run);
  const recorded = versions.findLast(({ graphicId }) => graphicId === action.graphicId) ?? null;
  return { version: 1, manifest, line: action.line, target, action, recorded, versions, runs };
}

function printGraphic(graphic: Graphic): z.infer<typeof graphicSchema> {
  const { run: _, recordedBy: __, ownedByManifest: ___, isInDoubt: ____, ...printed } = graphic;
  return printed;
}

/** Of a library's graphics those that are or were at one address. */
export function graphicsAt(graphics: readonly Graphic[], place: FolderAndName): Graphic[] {
  return graphics.filter(({ folder, name }) => folder === place.folder && name === place.name);
}

/** The addresses whose histories explain a row: its own, then the one it was renamed or moved from. */
export function explainedAddresses(
  { folder, name }: FolderAndName,
  former: FolderAndName | undefined,
): FolderAndName[] {
  const isSame = former === undefined || (former.folder === folder && former.name === name);
  return isSame ? [{ folder, name }] : [{ folder, name }, former];
}

/** A folder and name with two current graphics, and the ledger that says so of each. */
const conflictSchema = z
  .strictObject({
    line: PRINTED.line
      .nullable()
      .describe("Line of the manifest; `null` where no row has this folder and name"),
    library: text("The library"),
    folder: PRINTED.folder,
    name: PRINTED.name,
    graphics: z
      .array(
        z.strictObject({
          graphicId: PRINTED.graphicId,
          uploadedAt: text("When it was uploaded"),
          ledger: text("The ledger that says so"),
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
    ledger: text("The ledger that took the others in"),
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
    results: textOrNull("The results CSV; `null` where nothing was written"),
  })
  .describe(
    "`qgfx merge --json`: what the shards' ledgers brought, or what stands in the way ([sharding](sharding.md)).",
  );

export type MergeDocument = z.infer<typeof mergeDocumentSchema>;
export type MergeConflict = z.infer<typeof conflictSchema>;
