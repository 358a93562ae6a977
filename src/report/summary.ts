import type { z } from "zod";
import type { runSummarySchema } from "../execute/events.ts";
import type { Status, Stopped } from "../execute/outcome.ts";
import { isSent } from "../plan/decide-action.ts";
import type { PlanDocument } from "../plan/plan-document.ts";
import type { FolderAndName } from "../plan/recorded.ts";
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

/** Counts how rows ended, or stand. */
export function summarizeRun(
  rows: readonly FolderAndName[],
  recordOf: (row: FolderAndName) => { status: Status },
): RunSummary {
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

/** The contract's exit codes. */
export const EXIT = {
  done: 0,
  bug: 1,
  usage: 2,
  incomplete: 3,
  declined: 4,
  unknown: 5,
  changesPending: 6,
  locked: 7,
  stoppedByService: 8,
  interrupted: 130,
} as const;

/** What makes a run incomplete even where every row has its graphic. */
const INCOMPLETE: readonly (Stopped["by"] | undefined)[] = ["ledger", "canary"];

/**
 * The exit code of an apply run:
 *
 * | first that fits | code |
 * |---|---|
 * | the user interrupted it | 130 |
 * | the service stopped it (token, permission) | 8 |
 * | a row's outcome is unknown | 5 |
 * | a row failed or was not run, the ledger was lost, the canary failed | 3 |
 * | otherwise | 0 |
 */
export function exitCodeOf(summary: RunSummary, stoppedBy: Stopped["by"] | undefined): number {
  if (stoppedBy === "user") return EXIT.interrupted;
  if (stoppedBy === "service") return EXIT.stoppedByService;
  if (summary.unknown > 0) return EXIT.unknown;
  if (summary.failed > 0 || summary.notRun > 0) return EXIT.incomplete;
  if (INCOMPLETE.includes(stoppedBy)) return EXIT.incomplete;
  return EXIT.done;
}
