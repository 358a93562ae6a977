import { type ReportRow, type RowState, stateOf } from "../../report/report-page.ts";
import { formatCount } from "../../report/units.ts";

type Counts = readonly (readonly [RowState, number])[];

const BAR_UNITS = 1000;

/** The bar of totals and its key, which are the buttons that filter by state. */
export function Totals({ rows }: { rows: readonly ReportRow[] }) {
  const counts = countStates(rows);
  return (
    <>
      <svg
        class="bar"
        viewBox={`0 0 ${BAR_UNITS} 12`}
        preserveAspectRatio="none"
        aria-hidden="true"
      >
        {segments(counts, Math.max(rows.length, 1))}
      </svg>
      <fieldset class="key" aria-label="Show only">
        {counts.map(([state, count]) => (
          <button
            key={state}
            type="button"
            class={`chip ${state}`}
            data-state={state}
            aria-pressed="false"
          >
            <span class="mark" aria-hidden="true">
              {STATE_MARK[state]}
            </span>{" "}
            {formatCount(count)} {STATE_LABEL[state]}
          </button>
        ))}
      </fieldset>
    </>
  );
}

function countStates(rows: readonly ReportRow[]): Counts {
  const counts = new Map<RowState, number>();
  for (const state of rows.map(stateOf)) counts.set(state, (counts.get(state) ?? 0) + 1);
  const order = Object.keys(STATE_LABEL) as RowState[];
  return order.flatMap((state) => {
    const count = counts.get(state);
    return count === undefined ? [] : [[state, count] as const];
  });
}

function segments(counts: Counts, total: number) {
  let before = 0;
  return counts.map(([state, count]) => {
    const x = Math.round((before / total) * BAR_UNITS);
    before += count;
    const width = Math.round((before / total) * BAR_UNITS) - x;
    return <rect key={state} class={`fill-${state}`} x={x} y={0} width={width} height={12} />;
  });
}

/** What each state is called, in the order of the page: what needs a look first, what is as it was last. */
export const STATE_LABEL: Readonly<Record<RowState, string>> = {
  faulty: "to fix",
  failed: "failed",
  unknown: "unknown",
  "not-run": "not run",
  replace: "replace",
  create: "create",
  uploaded: "uploaded",
  orphan: "orphan",
  unchanged: "unchanged",
  fine: "no errors",
};

/** States that need nobody's attention. */
export const QUIET: ReadonlySet<RowState> = new Set(["unchanged", "fine"]);

/** The states' marks, so that nothing is told by color alone. */
export const STATE_MARK: Readonly<Record<RowState, string>> = {
  uploaded: "✓",
  create: "+",
  replace: "~",
  unchanged: "=",
  orphan: "-",
  unknown: "?",
  failed: "✗",
  "not-run": "…",
  faulty: "✗",
  fine: "·",
};
