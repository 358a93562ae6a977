import type { Action } from "../plan/action.ts";
import type { Deletion, DeletionReason } from "../plan/build-deletions.ts";
import type { PlanDocument } from "../plan/plan-document.ts";
import { ACTION_MARK, REASON_TEXT } from "../report/action-text.ts";
import type { DeletionDocument } from "../report/deletion-document.ts";
import { formatPlanSummary } from "../report/summary.ts";
import { formatBytes, formatCount, plural } from "../report/units.ts";
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
interface PlanView {
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

/** The plan for a person: a heading, the actions by folder, the summary. */
export function formatPlan(plan: PlanDocument, view: PlanView): string {
  const { host, library } = plan.target;
  const heading = escapeText(`${plan.manifest} → library ${library} on ${host}`);
  const folders = [...groupByFolder(plan.actions)].flatMap(([folder, actions]) =>
    formatFolder(folder, actions, view),
  );
  const summary = formatPlanSummary(plan, view.ratePerMinute);
  return folders.length === 0
    ? `${heading}\n${summary}`
    : [heading, ...folders, summary].join("\n\n");
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
function formatFolder(
  folder: string,
  actions: readonly Action[],
  { detail, style }: PlanView,
): string[] {
  const shown = actions.filter(SHOWN[detail]);
  const lines = shown.map((action) => formatAction(action, style));
  const folded = actions.length - shown.length;
  if (folded > 0 && detail === "changes") {
    lines.push(`  ${style(COLOUR.unchanged, `= ${formatCount(folded)} unchanged`)}`);
  }
  return lines.length === 0 ? [] : [[style("bold", escapeText(`${folder}/`)), ...lines].join("\n")];
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

const REASON: Record<DeletionReason, string> = {
  orphan: "no longer in the manifest",
  replaced: "replaced by a later upload",
  "made-by-run": "made by this run",
  "in-doubt": "an earlier deletion got no answer",
};

const PLACES_LISTED = 3;

/** What would be deleted, for a person who has to agree to it. */
export function formatDeletions(document: DeletionDocument, style: Style): string {
  const { command, manifest, target, run, summary, actions } = document;
  const what = run === null ? command : `${command} run ${run}`;
  const heading = `${what}: ${manifest} → library ${target.library} on ${target.host}`;
  const lines = actions.map((action) => formatDeletion(action, style));
  return [escapeText(heading), "", ...lines, "", formatCounts(summary)].join("\n");
}

function formatDeletion(deletion: Deletion, style: Style): string {
  const { action, reason, graphicId, folder, name, bytes, alsoAt } = deletion;
  const place = escapeText(`${folder}/${name}`);
  const places = formatPlaces(alsoAt);
  if (action === "release") {
    return `  ${style("gray", `= ${place}`)}  ${graphicId} stays: ${places} has it too`;
  }
  const line = `  ${style("red", `- ${place}`)}  (${formatBytes(bytes)}, ${REASON[reason]})  ${graphicId}`;
  return alsoAt.length === 0 ? line : `${line}\n      ${places} loses it too`;
}

function formatPlaces(places: Deletion["alsoAt"]): string {
  const listed = places.slice(0, PLACES_LISTED).map(({ folder, name }) => `${folder}/${name}`);
  const more = places.length > PLACES_LISTED ? ` and ${places.length - PLACES_LISTED} more` : "";
  return escapeText(`${listed.join(", ")}${more}`);
}

function formatCounts({ delete: count, release, bytes }: DeletionDocument["summary"]): string {
  const kept = release === 0 ? "" : `, ${plural(release, "record")} to let go`;
  return `${plural(count, "graphic")} to delete, ${formatBytes(bytes)}${kept}; surveys that use them lose the picture`;
}

/** What was done, on one line; nothing where it was only planned. */
export function formatDeletionEnd({ summary, actions }: DeletionDocument): string | undefined {
  if (actions.length === 0) return "nothing to delete";
  if (actions.some(({ status }) => status === "planned")) return undefined;
  const parts = [`${summary.deleted} deleted`];
  if (summary.release > 0) parts.push(`${summary.release} let go`);
  if (summary.failed > 0) parts.push(`${summary.failed} failed`);
  if (summary.notRun > 0) parts.push(`${summary.notRun} not run`);
  return parts.join(", ");
}
