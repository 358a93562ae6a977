import type { Action, ActionName, Reason } from "../plan/action.ts";
import { isSent } from "../plan/build-plan.ts";
import type { PlanDocument } from "../plan/plan-document.ts";
import { escapeText } from "./escape.ts";
import type { Style } from "./style.ts";
import { formatBytes, formatDuration, plural } from "./units.ts";

const MARK: Record<ActionName, string> = {
  create: "+",
  unchanged: "=",
  replace: "~",
  orphan: "-",
  unknown: "?",
};

const COLOUR = {
  create: "green",
  unchanged: "gray",
  replace: "yellow",
  orphan: "magenta",
  unknown: "red",
} as const;

const REASON: Record<Reason, string> = {
  new: "new",
  "same-bytes": "same bytes",
  adopted: "id taken from the manifest",
  "bytes-changed": "bytes changed",
  renamed: "renamed",
  moved: "moved",
  "moved-and-renamed": "moved and renamed",
  "bytes-and-address-changed": "bytes and name or folder changed",
  "not-in-manifest": "recorded, no longer in the manifest; apply leaves it",
  held: "an earlier upload got no answer; not sent again (--unknown retry sends it)",
  "will-retry": "an earlier upload got no answer; sent again, which may make a duplicate",
};

/** How a plan is shown: `ratePerMinute` gives the shortest time; `brief` folds unchanged rows into a count. */
export interface PlanView {
  style: Style;
  ratePerMinute: number;
  brief: boolean;
}

/** The plan for a person: a heading, the actions by folder, the warnings, the summary. */
export function formatPlan(plan: PlanDocument, view: PlanView): string {
  const { host, library } = plan.target;
  const heading = escapeText(`${plan.manifest} → library ${library} on ${host}`);
  const folders = [...groupByFolder(plan.actions)].map(([folder, actions]) =>
    formatFolder(folder, actions, view),
  );
  return [heading, ...folders, formatPlanSummary(plan, view.ratePerMinute)].join("\n\n");
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

function formatFolder(folder: string, actions: readonly Action[], view: PlanView): string {
  const shown = view.brief ? actions.filter(({ action }) => action !== "unchanged") : actions;
  const lines = shown.map((action) => formatAction(action, view.style));
  const folded = actions.length - shown.length;
  if (folded > 0) lines.push(`  ${view.style(COLOUR.unchanged, `= ${folded} unchanged`)}`);
  return [view.style("bold", escapeText(`${folder}/`)), ...lines].join("\n");
}

function formatAction(action: Action, style: Style): string {
  const facts = [formatBytes(action.bytes), action.contentType, REASON[action.reason]].join(", ");
  const mark = style(COLOUR[action.action], `${MARK[action.action]} ${escapeText(action.name)}`);
  const line = `  ${mark}  (${facts})${idNote(action)}`;
  if (action.action !== "replace") return line;
  return `${line}\n      surveys that use ${action.graphicId} keep the old picture`;
}

function idNote({ action, graphicId }: Action): string {
  if (graphicId === null) return "";
  return action === "replace" ? `, replaces ${graphicId}` : `  ${graphicId}`;
}

/** Counts, bytes, requests, and the shortest time the rate allows. */
export function formatPlanSummary(
  { summary, actions }: PlanDocument,
  ratePerMinute: number,
): string {
  const { create, replace, unchanged, orphan, unknown, bytes } = summary;
  const requests = actions.filter(isSent).length;
  const counts = [
    `${create} to create`,
    `${replace} to replace`,
    `${unchanged} unchanged`,
    plural(orphan, "orphan"),
    `${unknown} unknown`,
  ].join(", ");
  if (requests === 0) return `${counts}\nnothing to upload`;
  const shortest = formatDuration((requests / ratePerMinute) * 60_000);
  return `${counts}\n${plural(requests, "request")}, ${formatBytes(bytes)}, at least ${shortest} at ${plural(ratePerMinute, "request")} a minute`;
}
