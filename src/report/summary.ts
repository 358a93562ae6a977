import type { z } from "zod";
import type { runSummarySchema } from "../execute/events.ts";
import type { Status } from "../execute/outcome.ts";
import type { PlanDocument } from "../plan/plan-document.ts";
import { isSent } from "../plan/planned-row.ts";
import type { FolderAndName } from "../plan/recorded.ts";
import type { RecordOf } from "./row-record.ts";
import { formatBytes, formatCount, formatCounts, formatDuration, plural } from "./units.ts";

/** How many rows ended each way. */
export type RunSummary = z.infer<typeof runSummarySchema>;

const COUNTED_AS: Record<Status, keyof RunSummary> = {
  uploaded: "uploaded",
  unchanged: "unchanged",
  failed: "failed",
  unknown: "unknown",
  "not-run": "notRun",
};

/** Counts how rows ended, as their records say. */
export function summarizeRun(rows: readonly FolderAndName[], recordOf: RecordOf): RunSummary {
  const summary = { uploaded: 0, unchanged: 0, failed: 0, unknown: 0, notRun: 0 };
  for (const row of rows) summary[COUNTED_AS[recordOf(row).status]] += 1;
  return summary;
}

/** How many rows ended each way, in words. */
export function formatRunSummary(summary: RunSummary): string {
  const { uploaded, unchanged, failed, unknown, notRun } = summary;
  return formatCounts(
    [
      [uploaded, "uploaded"],
      [unchanged, "unchanged"],
      [failed, "failed"],
      [unknown, "unknown"],
      [notRun, "not run"],
    ],
    2,
  );
}

/** Counts, requests, bytes, and the shortest time the rate allows, on one line. */
export function formatPlanSummary(
  { summary, actions }: PlanDocument,
  ratePerMinute: number,
): string {
  const counts = [
    [summary.create, "to create"],
    [summary.replace, "to replace"],
    [summary.unchanged, "unchanged"],
    [summary.orphan, summary.orphan === 1 ? "orphan" : "orphans"],
    [summary.unknown, "unknown"],
  ] as const;
  const what = formatCounts(counts, 0, formatCount) || "no rows";
  const requests = actions.filter(isSent).length;
  if (requests === 0) return `${what}; nothing to upload`;
  const shortest = formatDuration((requests / ratePerMinute) * 60_000);
  const sent = `${plural(requests, "request")}, ${formatBytes(summary.bytes)}`;
  return `${what}; ${sent}, at least ${shortest} at ${formatCount(ratePerMinute)} requests a minute`;
}
