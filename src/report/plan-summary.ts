import type { PlanDocument } from "../plan/plan-document.ts";
import { isSent } from "../plan/planned-row.ts";
import { formatBytes, formatCount, formatDuration, plural } from "./units.ts";

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
  const said = counts.filter(([count]) => count > 0);
  const what = said.map(([count, noun]) => `${formatCount(count)} ${noun}`).join(", ") || "no rows";
  const requests = actions.filter(isSent).length;
  if (requests === 0) return `${what}; nothing to upload`;
  const shortest = formatDuration((requests / ratePerMinute) * 60_000);
  const sent = `${plural(requests, "request")}, ${formatBytes(summary.bytes)}`;
  return `${what}; ${sent}, at least ${shortest} at ${formatCount(ratePerMinute)} requests a minute`;
}
