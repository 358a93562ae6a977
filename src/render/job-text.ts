import type { DeletionEnd } from "../execute/execute-deletions.ts";
import type { JobMessage, JobQuestion, UnderWay } from "../jobs/watcher.ts";
import type { Diagnostic } from "../manifest/diagnostic.ts";
import { plural } from "../report/units.ts";
import { formatDiagnosticCounts, tellProblems } from "./manifest-text.ts";
import { formatPlan } from "./plan-text.ts";
import { formatNext, formatReplaced } from "./progress.ts";
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
      return [note(formatPlan(message, style))];
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

/** A question as it is asked, to be answered with yes or no. */
export function formatQuestion(question: JobQuestion): string {
  if (question.kind === "delete" || question.kind === "delete-others") {
    return `${whatIsAsked(question)}? This cannot be undone`;
  }
  if (question.kind === "probe") return `${question.title}\n    send ${question.sends}?`;
  if (question.kind === "keys") return KEYS;
  if (question.kind !== "send-again") return `${whatIsAsked(question)}?`;
  return `${plural(question.count, "earlier upload")} got no answer and may be in the library already. Send again, which may make duplicates?`;
}

const KEYS =
  "Qualtrics makes one graphic of two requests with the same key. Shall qgfx send a key with each upload to this library, so that a lost answer can be asked for again?";

function whatIsAsked(question: JobQuestion): string {
  const { kind, count } = question;
  switch (kind) {
    case "upload":
      return `upload ${plural(count, "image")} to library ${question.target.library} on ${question.target.host}`;
    case "delete":
      return `delete ${plural(count, "graphic")} from library ${question.target.library} on ${question.target.host}`;
    case "delete-others":
      return `delete ${plural(count, "graphic")} ${escapeText(question.who)}`;
    case "repair":
      return `write ${plural(count, "repair")} to ${question.manifest}`;
    case "adopt":
      return `record ${plural(count, "ID")} for ${escapeText(question.manifest)}`;
    case "settle":
      return `settle ${plural(count, "upload")} of ${escapeText(question.manifest)}`;
    case "fill":
      return `write ${plural(count, "change")} to ${escapeText(question.files.join(", "))}`;
    case "send-again":
      return `send ${plural(count, "earlier upload")} again`;
    case "keys":
      return `send a key with each upload to library ${question.library}`;
    case "probe":
      return `probe the service: ${question.sends}`;
    case "probe-folder":
      return `look into the library: is there a folder "${escapeText(question.folder)}" of that very name`;
  }
}

/** The question for the account's own list, and what stands before the answer. */
export const PROBE_LIST = {
  text: `Only the library shows what became of names. In Qualtrics, open Account Settings, Qualtrics IDs, copy the list of graphics
and save it in a file. Enter alone leaves the names open.
`,
  prompt: "file with the list: ",
};

/** What is said where nobody could be asked. */
function formatUnconfirmed(question: JobQuestion): string {
  if (question.kind === "delete-others") {
    return `confirmation needed to ${whatIsAsked(question)}\n    run it in a terminal: --yes does not count for these`;
  }
  return `confirmation needed to ${whatIsAsked(question)}\n    give --yes to go ahead without a question`;
}

/** What is said where the answer was no. */
function formatDeclined({ kind }: JobQuestion): string[] {
  if (kind === "upload") return ["nothing was sent"];
  if (kind === "adopt" || kind === "settle") return ["nothing was recorded"];
  return kind === "delete" || kind === "delete-others" ? ["nothing was deleted"] : [];
}
