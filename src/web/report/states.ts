import type { RowState } from "../../report/report-page.ts";

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
