import type { DeletionEnd } from "../execute/execute-deletions.ts";
import type {
  JobMessage,
  JobQuestion,
  ReplacedGraphic,
  RunEnd,
  Sentence,
} from "../jobs/watcher.ts";
import type { Diagnostic } from "../manifest/diagnostic.ts";
import { formatRunSummary } from "../report/summary.ts";
import { formatDuration, plural } from "../report/units.ts";
import { formatDiagnostic, formatDiagnosticCounts } from "./manifest-text.ts";
import { formatDeletions, formatPlan } from "./plan-text.ts";
import { formatConflicts } from "./record-text.ts";
import { escapeText, formatUserError, type Style } from "./terminal-text.ts";

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
      return [note(formatSentence(message))];
    case "warning":
      return [warning(formatSentence(message))];
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
      return [warning(message.isSending ? FINISHING : NOTHING_SENT)];
    case "deletion-ended":
      return [note(escapeText(formatDeleted(message.end)))];
    case "rescued-ids":
      return [warning(RESCUED), ...message.ids.map((id) => warning(JSON.stringify(id)))];
    case "troubles":
      return formatTroubles(message).map(warning);
    case "stopped":
      return [
        warning(
          formatSentence({
            text: `stopped: ${message.stopped.message}`,
            hint: message.stopped.hint,
          }),
        ),
      ];
    case "conflicts":
      return formatConflicts(message.conflicts, message.isMerged).map(warning);
    case "notice":
      return [note(formatNotice(message))];
    case "replaced":
      return [note(formatReplaced(message.graphics))];
    case "run-ended":
      return formatNext(message.end).map(note);
    case "event":
    case "repairs":
      return [];
  }
}

const FINISHING = "\nstopping: uploads in flight finish first; once more to quit at once";
const NOTHING_SENT = "\ninterrupted: nothing was sent";
const RESCUED =
  'the ledger failed; keep the ids of this run, those with "recorded":false are nowhere else:';

function formatSentence({ text, hint }: Sentence): string {
  return hint ? `${escapeText(text)}\n    ${escapeText(hint)}` : escapeText(text);
}

/** Errors must be seen. */
function formatFound(found: readonly Diagnostic[], style: Style): Said[] {
  if (found.length === 0) return [];
  const said = found.map((one) => ({
    text: formatDiagnostic(one, style),
    isWarning: one.severity === "error",
  }));
  return [...said, note(formatDiagnosticCounts(found))];
}

const DETAIL = { look: "all", agree: "changes", run: "risks" } as const;

/** How a plan is shown: a run reports each upload anyway. */
export function planView(
  { purpose, rate }: Extract<JobMessage, { kind: "plan" }>,
  style: Style,
): Parameters<typeof formatPlan>[1] {
  return { style, ratePerMinute: rate, detail: DETAIL[purpose] };
}

/** A question as it is asked, to be answered with yes or no. */
export function formatQuestion(question: JobQuestion): string {
  if (question.kind === "delete") return `${whatIsAsked(question)}? This cannot be undone`;
  if (question.kind !== "send-again") return `${whatIsAsked(question)}?`;
  return `${plural(question.count, "earlier upload")} got no answer and may be in the library already. Send again, which may make duplicates?`;
}

function whatIsAsked(question: JobQuestion): string {
  const { kind, count } = question;
  switch (kind) {
    case "upload":
      return `upload ${plural(count, "picture")} to library ${question.target.library} on ${question.target.host}`;
    case "delete":
      return `delete ${plural(count, "graphic")} from library ${question.target.library} on ${question.target.host}`;
    case "repair":
      return `write ${plural(count, "repair")} to ${question.manifest}`;
    case "send-again":
      return `send ${plural(count, "earlier upload")} again`;
  }
}

function formatUnconfirmed(question: JobQuestion): string {
  return `confirmation needed to ${whatIsAsked(question)}\n    give --yes to go ahead without a question`;
}

function formatDeclined({ kind }: JobQuestion): string[] {
  if (kind === "upload") return ["nothing was sent"];
  return kind === "delete" ? ["nothing was deleted"] : [];
}

function formatDeleted({ graphicId, status, error }: DeletionEnd): string {
  return error === null ? `${status} ${graphicId}` : `${status} ${graphicId}: ${error}`;
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
  if (host === null) return formatSentence({ text });
  const hint = `give --host ${host}, or set QUALTRICS_BASE_URL to it; nothing is uploaded again for that`;
  return formatSentence({ text, hint });
}

/** Old ids and new: surveys still use the old ones. */
function formatReplaced(graphics: readonly ReplacedGraphic[]): string {
  const lines = graphics.map(
    ({ folder, name, oldId, newId }) => `  ${escapeText(`${folder}/${name}`)} ${oldId} → ${newId}`,
  );
  const hint = "change them in your surveys; `qgfx prune --replaced` deletes the old ones";
  return [`${plural(lines.length, "graphic")} replaced; ${hint}`, ...lines].join("\n");
}

/** A run's counts, how long it took, and where the results are. */
export function formatRunEnd({ summary, durationMs, areResultsWritten, results }: RunEnd): string {
  const where = areResultsWritten ? `results in ${escapeText(results)}` : "no results written";
  return `${formatRunSummary(summary)} in ${formatDuration(durationMs)}; ${where}`;
}

/** What is left to be done after a run. */
function formatNext({ summary, rowsToRetry, retry }: RunEnd): string[] {
  const next: string[] = [];
  if (rowsToRetry > 0) {
    next.push(`${plural(rowsToRetry, "row")} to try again in ${escapeText(retry)}`);
  }
  if (summary.unknown > 0) {
    next.push(
      `${plural(summary.unknown, "upload")} got no answer: look in the library, or send again with --unknown retry (which may make duplicates)`,
    );
  }
  return next;
}
