import { basename } from "node:path";
import { formatFailure } from "../execute/outcome.ts";
import type { JobMessage } from "../jobs/watcher.ts";
import { groupBy } from "../manifest/group-by.ts";
import type { Action, Reason } from "../plan/planned-row.ts";
import type { Attempt, Graphic, PastRow } from "../plan/recorded.ts";
import type { Explanation } from "../report/ledger-documents.ts";
import { formatPlanSummary } from "../report/summary.ts";
import { ACTION_MARK, formatBytes, formatCount, REASON_TEXT } from "../report/units.ts";
import { escapeText, type Style } from "./terminal-text.ts";

const ACTION_COLOR = {
  create: "green",
  unchanged: "gray",
  replace: "yellow",
  orphan: "magenta",
  unknown: "red",
} as const;

/**
 * What is shown of a plan: to look at it, all; to agree to it, all but unchanged rows, which are counted; in a run, which
 * reports each upload anyway, what is not a plain one.
 */
const SHOWN: Record<PlanMessage["purpose"], (action: Action) => boolean> = {
  look: () => true,
  agree: ({ action }) => action !== "unchanged",
  run: ({ action, reason }) =>
    reason === "possible-duplicate" ||
    reason === "will-repeat" ||
    (action !== "unchanged" && action !== "create"),
};

type PlanMessage = Extract<JobMessage, { kind: "plan" }>;

/** The plan for a person: a heading, the actions by folder, the summary; `rate` gives the shortest time it can take. */
export function formatPlan(
  { document, purpose, rate }: Pick<PlanMessage, "document" | "purpose" | "rate">,
  style: Style,
): string {
  const { host, library } = document.target;
  const heading = escapeText(`${document.manifest} → library ${library} on ${host}`);
  const folders = [...groupBy(document.actions, ({ folder }) => folder)].flatMap(
    ([folder, actions]) => formatFolder(folder, actions, purpose, style),
  );
  const summary = formatPlanSummary(document, rate);
  return folders.length === 0
    ? `${heading}\n${summary}`
    : [heading, ...folders, summary].join("\n\n");
}

/** Nothing where nothing of the folder is shown. */
function formatFolder(
  folder: string,
  actions: readonly Action[],
  purpose: PlanMessage["purpose"],
  style: Style,
): string[] {
  const shown = actions.filter(SHOWN[purpose]);
  const lines = shown.map((action) => formatAction(action, style));
  const folded = actions.length - shown.length;
  if (folded > 0 && purpose === "agree") {
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

const WHY: Record<Reason, string> = {
  new: "nothing is recorded at this folder and name, and no recorded graphic looks like an earlier version of it",
  "id-deleted":
    "the graphic of the manifest's own graphicId was deleted, or a deletion of it got no answer, and nothing else is recorded at this folder and name",
  "id-replaced":
    "the graphic of the manifest's own graphicId was replaced, and was never this image at this folder and name",
  "possible-duplicate":
    "nothing is recorded at this folder and name; an upload of the same bytes to another one, which no row has any more, got no answer: it may be in the library or not",
  shared: "another row has the same bytes, and --share gives both rows one graphic",
  "same-bytes": "the file's bytes are those of the recorded graphic",
  adopted: "the graphicId and sha256 in the results fit the file: the id is taken over",
  "bytes-changed": "the file's bytes are not those of the recorded graphic",
  renamed:
    "the recorded graphic has the same bytes and folder under another name, which no row has any more",
  moved:
    "the recorded graphic has the same bytes and name in another folder, where no row wants it any more",
  "moved-and-renamed":
    "the recorded graphic has the same bytes under another name and folder, which no row has any more",
  "bytes-and-address-changed":
    "a graphic was recorded for the same file under another name or folder, which no row has any more; its bytes changed too",
  "not-in-manifest": "no row names it",
  held: "an earlier upload to this folder and name got no answer: it may be in the library or not",
  "will-retry":
    "an earlier upload to this folder and name got no answer, and --unknown retry sends it again",
  "will-repeat":
    "an earlier upload to this folder and name got no answer; it was sent with a key, and is asked for again with the same one",
  "held-not-in-manifest": "no row names it, and it got no answer",
};

const MEANS: Record<string, string> = {
  create: "apply uploads it; it gets a new id",
  unchanged: "apply sends nothing",
  replace: "apply uploads it; it gets a new id, and surveys that use the old id keep the old image",
  unknown: "apply does not send it; see `qgfx resolve`, or give --unknown retry",
};

/** Why a row is what the plan says it is, and all that is recorded of it, for a person. */
export function formatExplanation(explanation: Explanation): string {
  const { action, manifest, line, recorded, runs } = explanation;
  const place = escapeText(`${manifest} line ${line}: ${action.folder}/${action.name}`);
  const means = action.reason === "will-retry" ? MEANS.create : MEANS[action.action];
  const facts = [
    `${place} → ${action.action}`,
    `  because   ${WHY[action.reason]}`,
    `  then      ${means}`,
    `  the file  ${escapeText(action.path)}, ${image(action)}`,
    `  recorded  ${recorded ? formatVersion(recorded) : "nothing"}`,
  ];
  const former = explanation.versions.filter((version) => version !== recorded);
  for (const version of former) facts.push(`  earlier   ${formatVersion(version)}`);
  const told =
    runs.length === 0 ? ["", "no run has dealt with it yet"] : ["", ...runs.map(formatRun)];
  return [...facts, ...told].join("\n");
}

function image({ bytes, contentType, sha256 }: Pick<Graphic, "bytes" | "contentType" | "sha256">) {
  const known = contentType === "" ? "" : `${formatBytes(bytes)}, ${contentType}, `;
  return `${known}sha256 ${sha256.slice(0, 12)}…`;
}

function formatVersion(version: Explanation["versions"][number]): string {
  const { graphicId, folder, name, path, uploadedAt, state, source } = version;
  const how = source === "upload" ? "uploaded" : source;
  const where = `${folder}/${name} from ${path}`;
  return escapeText(`${graphicId}, ${where}, ${image(version)}, ${how} ${uploadedAt}, ${state}`);
}

function formatRun(row: PastRow): string {
  const { run, command, manifest, startedAt, folder, name, action, reason, status, error } = row;
  const what = `${command} of ${basename(manifest)}: ${folder}/${name}`;
  const settled = row.settled === null ? "" : `, since then ${row.settled}`;
  const head = `run ${run}, ${startedAt}, ${what}, ${action} (${reason})${sentAs(row)} → ${status}${settled}`;
  const untold = row.attempts.length === 0 && error !== null ? [`    ${escapeText(error)}`] : [];
  return [escapeText(head), ...untold, ...row.attempts.map(formatAttempt)].join("\n");
}

const SENT_AS = {
  percent: ", sent with quotes as %22 and backslashes as they are",
  backslash: ", sent with a backslash before quotes and backslashes",
};

function sentAs({ nameQuotes, key }: PastRow): string {
  const keyed = key === undefined ? "" : `, sent with key ${key}`;
  return `${nameQuotes === undefined ? "" : SENT_AS[nameQuotes]}${keyed}`;
}

function formatAttempt(attempt: Attempt): string {
  const { startedAt, finishedAt, result, graphicId, message } = attempt;
  const took = finishedAt === null ? "" : `, ${Date.parse(finishedAt) - Date.parse(startedAt)} ms`;
  const outcome = result ?? "no answer was recorded";
  const said = message === null ? "" : formatFailure({ ...attempt, message });
  const warned = said && `; Qualtrics warns: ${said}`;
  const answer = graphicId === null ? said : `${graphicId}${warned}`;
  const line = `attempt ${attempt.attempt}, ${startedAt}${took}: ${outcome}${answer && `, ${answer}`}`;
  return `    ${escapeText(line)}`;
}
