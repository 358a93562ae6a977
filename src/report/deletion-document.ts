import { z } from "zod";
import type { DeletionEnd } from "../execute/execute-deletions.ts";
import { type Deletion, deletionSchema } from "../plan/build-deletions.ts";
import { count, PRINTED, targetSchema } from "../plan/printed-fields.ts";

/** What `qgfx prune --json` and `qgfx undo --json` print: the plan, and what became of it. */
export const deletionDocumentSchema = z
  .strictObject({
    version: PRINTED.version,
    command: z.enum(["prune", "undo"]).describe("The command"),
    manifest: PRINTED.manifest,
    target: targetSchema,
    run: z
      .int()
      .positive()
      .nullable()
      .describe("The run that `undo` takes back; `null` for `prune`"),
    summary: z
      .strictObject({
        delete: count("Graphics to delete"),
        release: count("Graphics to take from the record alone"),
        bytes: count("Size of those to delete"),
        deleted: count("Graphics deleted"),
        failed: count("Graphics whose deletion failed"),
        notRun: count("Graphics not tried; 0 where nothing was done"),
      })
      .describe("Counts"),
    actions: z
      .array(
        deletionSchema.extend({
          status: z
            .enum(["planned", "deleted", "released", "failed", "not-run"])
            .describe(
              "What became of it; `planned`: nothing was done, because it was not confirmed",
            ),
          error: PRINTED.error,
        }),
      )
      .describe("One for each graphic"),
  })
  .describe("`qgfx prune --json` and `qgfx undo --json`: what was, or would be, deleted.");

export type DeletionDocument = z.infer<typeof deletionDocumentSchema>;

/** The document; `ends` is undefined where nothing was done. */
export function buildDeletionDocument(
  head: Pick<DeletionDocument, "command" | "manifest" | "target" | "run">,
  deletions: readonly Deletion[],
  ends: readonly DeletionEnd[] | undefined,
): DeletionDocument {
  const endOf = new Map(ends?.map((end) => [end.graphicId, end]));
  const actions = deletions.map((deletion) => {
    if (ends === undefined) return { ...deletion, status: "planned", error: null } as const;
    if (deletion.action === "release") {
      return { ...deletion, status: "released", error: null } as const;
    }
    const end = endOf.get(deletion.graphicId);
    return { ...deletion, status: end?.status ?? "not-run", error: end?.error ?? null } as const;
  });
  return { version: 1, ...head, summary: summarize(actions), actions };
}

function summarize(actions: DeletionDocument["actions"]): DeletionDocument["summary"] {
  const summary = { delete: 0, release: 0, bytes: 0, deleted: 0, failed: 0, notRun: 0 };
  for (const { action, status, bytes } of actions) {
    summary[action] += 1;
    if (action === "delete") summary.bytes += bytes;
    if (status === "deleted" || status === "failed") summary[status] += 1;
    if (status === "not-run") summary.notRun += 1;
  }
  return summary;
}
