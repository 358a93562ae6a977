import { escapeHtml } from "../escape-html.ts";
import { formatCount } from "../units.ts";
import { type ReportPage, type RowState, stateOf } from "./report-page.ts";

/** What each state is called, in the order of the bar. */
export const STATE_LABEL: Readonly<Record<RowState, string>> = {
  uploaded: "uploaded",
  create: "create",
  replace: "replace",
  unchanged: "unchanged",
  orphan: "orphan",
  unknown: "unknown",
  failed: "failed",
  "not-run": "not run",
};

/** The states' marks, so that nothing is told by colour alone. */
export const STATE_MARK: Readonly<Record<RowState, string>> = {
  uploaded: "✓",
  create: "+",
  replace: "~",
  unchanged: "=",
  orphan: "-",
  unknown: "?",
  failed: "✗",
  "not-run": "…",
};

const BAR_UNITS = 1000;

/** The bar of totals and its key, which are the buttons that filter by state. */
export function formatTotals({ rows }: ReportPage): string {
  const counts = countStates(rows.map(stateOf));
  const total = Math.max(rows.length, 1);
  return `<svg class="bar" viewBox="0 0 ${BAR_UNITS} 12" preserveAspectRatio="none" aria-hidden="true">${formatSegments(counts, total)}</svg>
<div class="key" role="group" aria-label="Show only">
${counts.map(formatKey).join("\n")}
</div>`;
}

type Counts = readonly (readonly [RowState, number])[];

function countStates(states: readonly RowState[]): Counts {
  const counts = new Map<RowState, number>();
  for (const state of states) counts.set(state, (counts.get(state) ?? 0) + 1);
  const order = Object.keys(STATE_LABEL) as RowState[];
  return order.flatMap((state) => {
    const count = counts.get(state);
    return count === undefined ? [] : [[state, count] as const];
  });
}

function formatSegments(counts: Counts, total: number): string {
  let before = 0;
  return counts
    .map(([state, count]) => {
      const x = Math.round((before / total) * BAR_UNITS);
      before += count;
      const width = Math.round((before / total) * BAR_UNITS) - x;
      return `<rect class="fill-${state}" x="${x}" y="0" width="${width}" height="12"/>`;
    })
    .join("");
}

function formatKey([state, count]: readonly [RowState, number]): string {
  const label = escapeHtml(STATE_LABEL[state]);
  return `<button type="button" class="chip ${state}" data-state="${state}" aria-pressed="false"><span class="mark" aria-hidden="true">${STATE_MARK[state]}</span> ${formatCount(count)} ${label}</button>`;
}
