import type { SheetProblem } from "../../../open/sheet-api.ts";
import type { ActionName } from "../../../plan/planned-row.ts";
import { ACTION_MARK } from "../../../report/units.ts";

/** Words for what an upload does with a row; the marks are those of the command line. */
export const ACTION_WORD: Readonly<Record<ActionName, string>> = {
  create: "new",
  replace: "replace",
  unchanged: "unchanged",
  unknown: "unknown",
  orphan: "orphan",
};

/** The mark of an action, with its word for those who listen; `withWord` shows the word, too. */
export function ActionMark({ action, withWord }: { action: ActionName; withWord?: boolean }) {
  return (
    <span class={`mark ${action}`} title={ACTION_WORD[action]}>
      <span aria-hidden="true">{ACTION_MARK[action]}</span>
      <span class={withWord ? "word" : "hidden"}> {ACTION_WORD[action]}</span>
    </span>
  );
}

/** The sign of a problem, so that its color is not all there is. Its words stand elsewhere. */
export function Sign({ severity }: { severity: SheetProblem["severity"] }) {
  return (
    <span class={`sign ${severity}`} aria-hidden="true">
      {severity === "error" ? "✗" : "!"}
    </span>
  );
}

const STATUS_MARK: Readonly<Record<string, string>> = {
  uploaded: "✓",
  unchanged: "✓",
  deleted: "✓",
  failed: "✗",
  unknown: "?",
  "not-run": "…",
  retrying: "↻",
};

/** How a row stands, or what became of it in a run. */
export function StatusMark({ status }: { status: string }) {
  return (
    <span class={`mark ${status}`}>
      <span aria-hidden="true">{STATUS_MARK[status]}</span>{" "}
      <span class="word">{status.replace("-", " ")}</span>
    </span>
  );
}
