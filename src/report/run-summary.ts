import type { z } from "zod";
import type { runSummarySchema } from "../execute/events.ts";
import type { Status } from "../execute/outcome.ts";

/** How many rows ended each way. */
export type RunSummary = z.infer<typeof runSummarySchema>;

const COUNTED_AS: Record<Status, keyof RunSummary> = {
  uploaded: "uploaded",
  unchanged: "unchanged",
  failed: "failed",
  unknown: "unknown",
  "not-run": "notRun",
};

/** Counts how a run's rows ended. */
export function summarizeRun(statuses: Iterable<Status>): RunSummary {
  const summary = { uploaded: 0, unchanged: 0, failed: 0, unknown: 0, notRun: 0 };
  for (const status of statuses) summary[COUNTED_AS[status]] += 1;
  return summary;
}

/** How many rows ended each way, in words. */
export function formatRunSummary(summary: RunSummary): string {
  const parts = [`${summary.uploaded} uploaded`, `${summary.unchanged} unchanged`];
  if (summary.failed > 0) parts.push(`${summary.failed} failed`);
  if (summary.unknown > 0) parts.push(`${summary.unknown} unknown`);
  if (summary.notRun > 0) parts.push(`${summary.notRun} not run`);
  return parts.join(", ");
}
