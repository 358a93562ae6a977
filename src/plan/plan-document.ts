import { z } from "zod";
import { isSent } from "./decide-action.ts";
import { type Action, actionSchema } from "./planned-row.ts";
import { count, PRINTED } from "./printed-fields.ts";
import { savedPlanSchema } from "./saved-plan.ts";
import { type PrintedTarget, printTarget, targetSchema } from "./target.ts";

/** How many rows of each kind, and how many bytes the uploads hold together. */
export const planSummarySchema = z
  .strictObject({
    create: count("Rows to upload for the first time"),
    unchanged: count("Rows that need nothing"),
    replace: count("Rows to upload again, under a new id"),
    orphan: count("Recorded graphics that no row names"),
    unknown: count("Uploads that got no answer"),
    bytes: count("Bytes to send"),
  })
  .describe("Counts");

/** What `qgfx plan --json` prints, and with `saved` what `qgfx plan --out` writes. */
export const planDocumentSchema = z
  .strictObject({
    version: PRINTED.version,
    manifest: PRINTED.manifest,
    target: targetSchema,
    summary: planSummarySchema,
    actions: z
      .array(actionSchema)
      .describe(
        "The rows in manifest order, then the orphans, then uploads that got no answer and whose row is gone",
      ),
    saved: savedPlanSchema.optional(),
  })
  .describe("`qgfx plan --json` and `qgfx show --json`; `qgfx plan --out` writes it with `saved`.");

export type PlanSummary = z.infer<typeof planSummarySchema>;
export type PlanDocument = z.infer<typeof planDocumentSchema>;

/** Counts a plan's actions; `bytes` are those to be sent. */
export function summarizePlan(actions: readonly Action[]): PlanSummary {
  const summary = { create: 0, unchanged: 0, replace: 0, orphan: 0, unknown: 0, bytes: 0 };
  for (const action of actions) {
    summary[action.action] += 1;
    if (isSent(action)) summary.bytes += action.bytes;
  }
  return summary;
}

/** The plan as its JSON document. */
export function buildPlanDocument(
  manifest: string,
  target: PrintedTarget,
  actions: Action[],
): PlanDocument {
  const summary = summarizePlan(actions);
  return { version: 1, manifest, target: printTarget(target), summary, actions };
}
