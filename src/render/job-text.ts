import type { DeletionEnd } from "../execute/execute-deletions.ts";
import type { JobMessage, UnderWay } from "../jobs/watcher.ts";
import type { Diagnostic } from "../manifest/diagnostic.ts";
import type { PlanDocument } from "../plan/plan-document.ts";
import type { Action } from "../plan/planned-row.ts";
import { formatPlanSummary } from "../report/summary.ts";
import { ACTION_MARK, formatBytes, formatCount, plural, REASON_TEXT } from "../report/units.ts";
import { formatDiagnosticCounts, tellProblems } from "./problem-text.ts";
import { formatNext, formatReplaced } from "./progress.ts";
import { formatDeclined, formatUnconfirmed } from "./question-text.ts";
import { formatAdopting, formatConflicts, formatDeletions, formatFinding } from "./record-text.ts";
import { escapeText, formatUserError, printJson, type Style } from "./terminal-text.ts";

/** Lines of text, and whether they must be seen whatever else is silenced. */
export interface Said {
  text: string;
  isWarning: boolean;
}

const note = (text: string): Said => ({ text, isWarning: false });
const warning = (text: string): Said => ({ text, isWarning: true });

/** What a job's message says to a person, beside the progress of a run. */
export function formatMessage(message: JobMessage, style: Style): Said[] {
  switch (message.kind) {
    case "note":
      return [note(escapeText(message.text))];
    case "warning":
      return [warning(escapeText(message.text))];
    case "diagnostics":
      return formatFound(message.found, style);
    case "plan":
      return [note(formatPlan(message.document, planView(message, style)))];
    case "deletions":
      return [note(formatDeletions(message.document, style))];
    case "unconfirmed":
      return [warning(formatUnconfirmed(message.question))];
    case "declined":
      return formatDeclined(message.question).map(note);
    case "interrupted":
      return [warning(`\n${formatInterrupted(message.sending, message)}`)];
    case "deletion-ended":
      return [note(escapeText(formatDeleted(message.end)))];
    case "rescued-ids":
      return [warning(RESCUED), ...message.ids.map((id) => warning(printJson(id)))];
    case "troubles":
      return formatTroubles(message).map(warning);
    case "stopped":
      return [warning(withHint(`stopped: ${message.stopped.message}`, message.stopped.hint))];
    case "conflicts":
      return formatConflicts(message.conflicts, message.isMerged).map(warning);
    case "notice":
      return [note(formatNotice(message))];
    case "replaced":
      return [note(formatReplaced(message.graphics))];
    case "run-ended":
      return formatNext(message.end).map(note);
    case "adopting":
      return formatAdopting(message.rows).map(note);
    case "settling":
      return message.findings.map((finding) => note(formatFinding(finding)));
    case "event":
    case "repairs":
    case "filling":
      return [];
  }
}

function formatInterrupted(
  sending: UnderWay | undefined,
  { isGivingUp }: { isGivingUp: boolean },
): string {
  if (!sending) return "interrupted: nothing was sent";
  const { what, count } = sending;
  const underWay = plural(count, what);
  if (isGivingUp) {
    const unknown = count === 0 ? "" : `: ${underWay} without an answer`;
    return `stopped at once${unknown}; writing the results\n    press Ctrl-C again to quit without them`;
  }
  if (count === 0) return "stopping: writing the results";
  const [finish, become] = count === 1 ? ["finishes", "it becomes"] : ["finish", "they become"];
  return `stopping: ${underWay} ${finish} first\n    press Ctrl-C again to stop at once: ${become} unknown`;
}

const RESCUED =
  'the ledger failed; keep the ids of this run, those with "recorded":false are nowhere else:';

function withHint(text: string, hint: string): string {
  return `${escapeText(text)}\n    ${escapeText(hint)}`;
}

/** Errors must be seen. */
function formatFound(found: readonly Diagnostic[], style: Style): Said[] {
  if (found.length === 0) return [];
  const said = tellProblems(found, style).map(({ text, severity }) => ({
    text,
    isWarning: severity === "error",
  }));
  return [...said, note(formatDiagnosticCounts(found))];
}

const DETAIL = { look: "all", agree: "changes", run: "risks" } as const;

/** How a plan is shown: a run reports each upload anyway. */
export function planView(
  { purpose, rate }: Extract<JobMessage, { kind: "plan" }>,
  style: Style,
): PlanView {
  return { style, ratePerMinute: rate, detail: DETAIL[purpose] };
}

function formatDeleted({ graphicId, status, error, warning = null }: DeletionEnd): string {
  if (error !== null) return `${status} ${graphicId}: ${error}`;
  return `${status} ${graphicId}${warning === null ? "" : `; Qualtrics warns: ${warning}`}`;
}

function formatTroubles({
  errors,
  resultsCommand,
}: Extract<JobMessage, { kind: "troubles" }>): string[] {
  const told = errors.map((error) => formatUserError(error).trimEnd());
  if (resultsCommand === undefined) return told;
  const again = escapeText(resultsCommand);
  return [...told, `    no results were written; \`${again}\` writes them from the ledger`];
}

/** What the service noted; its "use this host instead" becomes a hint (qualtrics-api: Hosts). */
function formatNotice({ notice, host }: Extract<JobMessage, { kind: "notice" }>): string {
  const text = `note from the service: ${notice}`;
  if (host === null) return escapeText(text);
  const hint = `give --host ${host}, or set QUALTRICS_BASE_URL to it; nothing is uploaded again for that`;
  return withHint(text, hint);
}

const ACTION_COLOR = {
  create: "green",
  unchanged: "gray",
  replace: "yellow",
  orphan: "magenta",
  unknown: "red",
} as const;

/**
 * How a plan is shown. `all`: every action. `changes`: unchanged rows are folded into a count. `risks`: only
 * what is not a plain upload (replacements, orphans, unknowns, repeats, possible duplicates), for a run that reports each
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
    reason === "possible-duplicate" ||
    reason === "will-repeat" ||
    (action !== "unchanged" && action !== "create"),
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
    lines.push(`  ${style(ACTION_COLOR.unchanged, `= ${formatCount(folded)} unchanged`)}`);
  }
  return lines.length === 0 ? [] : [[style("bold", escapeText(`${folder}/`)), ...lines].join("\n")];
}

function formatAction(action: Action, style: Style): string {
  // Of a graphic that only a results file tells of, neither size nor type is known.
  const known = action.contentType === "" ? [] : [formatBytes(action.bytes), action.contentType];
  const facts = [...known, REASON_TEXT[action.reason]].join(", ");
  const mark = style(
    ACTION_COLOR[action.action],
    `${ACTION_MARK[action.action]} ${escapeText(action.name)}`,
  );
  const line = `  ${mark}  (${facts})${idNote(action)}`;
  if (action.action !== "replace") return line;
  return `${line}\n      surveys that use ${action.graphicId} keep the old image`;
}

function idNote({ action, graphicId }: Action): string {
  if (graphicId === null) return "";
  return action === "replace" ? `, replaces ${graphicId}` : `  ${graphicId}`;
}
