import type { Action } from "../plan/action.ts";
import { isSent } from "../plan/build-plan.ts";
import type { PlanDocument } from "../plan/plan-document.ts";
import { ACTION_MARK, REASON_TEXT } from "../report/action-text.ts";
import { formatBytes, formatCount, formatDuration, plural } from "../report/units.ts";
import { escapeText } from "./escape.ts";
import type { Style } from "./style.ts";

const COLOUR = {
  create: "green",
  unchanged: "gray",
  replace: "yellow",
  orphan: "magenta",
  unknown: "red",
} as const;

/**
 * How a plan is shown. `all`: every action. `changes`: unchanged rows are folded into a count. `risks`: only
 * what is not a plain upload (replacements, orphans, unknowns), for a run that reports each upload anyway.
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
  risks: ({ action }) => action !== "unchanged" && action !== "create",
};

/** The plan for a person: a heading, the actions by folder, the warnings, the summary. */
export function formatPlan(plan: PlanDocument, view: PlanView): string {
  const { host, library } = plan.target;
  const heading = escapeText(`${plan.manifest} → library ${library} on ${host}`);
  const summary = formatPlanSummary(plan, view.ratePerMinute);
  const folders = [...groupByFolder(plan.actions)].flatMap(
    ([folder, actions]) => formatFolder(folder, actions, view) ?? [],
  );
  if (folders.length === 0) return `${heading}\n${summary}`;
  return [heading, ...folders, summary].join("\n\n");
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

/** Undefined where nothing of the folder is shown. */
function formatFolder(
  folder: string,
  actions: readonly Action[],
  { detail, style }: PlanView,
): string | undefined {
  const shown = actions.filter(SHOWN[detail]);
  const lines = shown.map((action) => formatAction(action, style));
  const folded = actions.length - shown.length;
  if (folded > 0 && detail === "changes") {
    lines.push(`  ${style(COLOUR.unchanged, `= ${formatCount(folded)} unchanged`)}`);
  }
  if (lines.length === 0) return undefined;
  return [style("bold", escapeText(`${folder}/`)), ...lines].join("\n");
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
  const what = said.map(([count, noun]) => `${formatCount(count)} ${noun}`).join(", ");
  const requests = actions.filter(isSent).length;
  if (requests === 0) return `${what}; nothing to upload`;
  const shortest = formatDuration((requests / ratePerMinute) * 60_000);
  const sent = `${plural(requests, "request")}, ${formatBytes(summary.bytes)}`;
  return `${what}; ${sent}, at least ${shortest} at ${formatCount(ratePerMinute)} requests a minute`;
}
