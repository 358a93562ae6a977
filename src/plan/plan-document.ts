import { z } from "zod";
import { type Action, actionSchema } from "./action.ts";
import { isSent } from "./planned-row.ts";
import { savedPlanSchema } from "./saved-plan.ts";
import { type PrintedTarget, targetSchema } from "./target.ts";

const count = z.int().nonnegative();

/** How many rows of each kind, and how many bytes the uploads hold together. */
export const planSummarySchema = z.strictObject({
  create: count,
  unchanged: count,
  replace: count,
  orphan: count,
  unknown: count,
  bytes: count,
});

/** What `qgfx plan --json` prints, and with `saved` what `qgfx plan --out` writes. */
export const planDocumentSchema = z.strictObject({
  version: z.literal(1),
  manifest: z.string(),
  target: targetSchema,
  summary: planSummarySchema,
  actions: z.array(actionSchema),
  saved: savedPlanSchema.optional(),
});

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

/** The document as `JSON.stringify` with two blanks gives it, in parts: a million actions fit in no string. */
export function* planJsonParts({ actions, ...rest }: PlanDocument): Generator<string> {
  const { saved, ...head } = rest;
  yield `${JSON.stringify(head, null, 2).slice(0, -2)},\n  "actions": [`;
  for (const [index, action] of actions.entries()) {
    yield `${index === 0 ? "" : ","}\n${indent(action, "    ")}`;
  }
  yield actions.length === 0 ? "]" : "\n  ]";
  if (saved !== undefined) yield `,\n  "saved": ${indent(saved, "  ").trimStart()}`;
  yield "\n}";
}

function indent(value: unknown, blanks: string): string {
  return blanks + JSON.stringify(value, null, 2).replaceAll("\n", `\n${blanks}`);
}

/** The plan as its JSON document. */
export function buildPlanDocument(
  manifest: string,
  target: PrintedTarget,
  actions: readonly Action[],
): PlanDocument {
  return {
    version: 1,
    manifest,
    target,
    summary: summarizePlan(actions),
    actions: [...actions],
  };
}
