import type { Action } from "../plan/action.ts";
import type { PlanDocument } from "../plan/plan-document.ts";
import { ACTION_MARK, REASON_TEXT } from "../report/action-text.ts";
import { formatPlanSummary } from "../report/summary.ts";
import { formatBytes, formatCount } from "../report/units.ts";
import { escapeText, type Style } from "./terminal-text.ts";

const COLOUR = {
  create: "green",
  unchanged: "gray",
  replace: "yellow",
  orphan: "magenta",
  unknown: "red",
} as const;

/**
 * How a plan is shown. `all`: every action. `changes`: unchanged rows are folded into a count. `risks`: only
 * what is not a plain upload (replacements, orphans, unknowns, possible duplicates), for a run that reports each
 * upload anyway.
 */
export interface PlanView {
  style: Style;
  /** Gives the shortest time the uploads can take. */
  ratePerMinute: number;
  detail: "all" | "changes" | "risks";
}

const SHOWN: Record<PlanView["detail"], (action: Action) => boolean> = {
  all: () => true,
  changes: ({ action }) => action !== "unchanged",
  risks: ({ action, reason }) =>
    reason === "possible-duplicate" || (action !== "unchanged" && action !== "create"),
};

/** The plan for a person: a heading, the actions by folder, the warnings, the summary. */
export function formatPlan(plan: PlanDocument, view: PlanView): string {
  return [...planParts(plan, view)].join("");
}

/** The same in parts: a million rows are more than a string should hold. */
export function* planParts(plan: PlanDocument, view: PlanView): Generator<string> {
  const { host, library } = plan.target;
  yield escapeText(`${plan.manifest} → library ${library} on ${host}`);
  let isEmpty = true;
  for (const [folder, actions] of groupByFolder(plan.actions)) {
    for (const part of folderParts(folder, actions, view)) {
      isEmpty = false;
      yield part;
    }
  }
  yield `${isEmpty ? "\n" : "\n\n"}${formatPlanSummary(plan, view.ratePerMinute)}`;
}

function groupByFolder(actions: readonly Action[]): Map<string, Action[]> {
  const groups = new Map<string, Action[]>();
  for (const action of actions) {
    const group = groups.get(action.folder);
    if (group) group.push(action);
    else groups.set(action.folder, [action]);
  }
  return groups;
}

/** Nothing where nothing of the folder is shown. */
function* folderParts(
  folder: string,
  actions: readonly Action[],
  { detail, style }: PlanView,
): Generator<string> {
  const shown = actions.filter(SHOWN[detail]);
  const folded = actions.length - shown.length;
  const isFoldedShown = folded > 0 && detail === "changes";
  if (shown.length === 0 && !isFoldedShown) return;
  yield `\n\n${style("bold", escapeText(`${folder}/`))}`;
  for (const action of shown) yield `\n${formatAction(action, style)}`;
  if (isFoldedShown) {
    yield `\n  ${style(COLOUR.unchanged, `= ${formatCount(folded)} unchanged`)}`;
  }
}

function formatAction(action: Action, style: Style): string {
  const facts = [formatBytes(action.bytes), action.contentType, REASON_TEXT[action.reason]].join(
    ", ",
  );
  const mark = style(
    COLOUR[action.action],
    `${ACTION_MARK[action.action]} ${escapeText(action.name)}`,
  );
  const line = `  ${mark}  (${facts})${idNote(action)}`;
  if (action.action !== "replace") return line;
  return `${line}\n      surveys that use ${action.graphicId} keep the old picture`;
}

function idNote({ action, graphicId }: Action): string {
  if (graphicId === null) return "";
  return action === "replace" ? `, replaces ${graphicId}` : `  ${graphicId}`;
}
