import type { RowState } from "../../report/report-page.ts";

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
