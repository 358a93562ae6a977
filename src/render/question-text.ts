import type { JobQuestion } from "../jobs/watcher.ts";
import { plural } from "../report/units.ts";
import { escapeText } from "./terminal-text.ts";

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
export function formatUnconfirmed(question: JobQuestion): string {
  if (question.kind === "delete-others") {
    return `confirmation needed to ${whatIsAsked(question)}\n    run it in a terminal: --yes does not count for these`;
  }
  return `confirmation needed to ${whatIsAsked(question)}\n    give --yes to go ahead without a question`;
}

/** What is said where the answer was no. */
export function formatDeclined({ kind }: JobQuestion): string[] {
  if (kind === "upload") return ["nothing was sent"];
  if (kind === "adopt" || kind === "settle") return ["nothing was recorded"];
  return kind === "delete" || kind === "delete-others" ? ["nothing was deleted"] : [];
}
