import type { Stopped } from "../execute/outcome.ts";
import type { JobMessage, ReplacedGraphic } from "../jobs/watcher.ts";
import { formatMessage, type Said } from "../render/job-text.ts";
import { escapeText, PLAIN } from "../render/terminal-text.ts";
import { plural } from "../report/units.ts";
import { hintHere, refusalOf, textHere } from "./hints.ts";

/** What has a place of its own in the page, or is about a terminal. */
const NOT_SAID: readonly JobMessage["kind"][] = [
  "diagnostics",
  "plan",
  "deletions",
  "deletion-ended",
  "interrupted",
  "unconfirmed",
  "declined",
  "run-ended",
];

/**
 * What a job tells, as a page says it: the first line says what is, each that follows what to do, or is indented as one of a
 * list. Nothing where the page shows it in another way.
 */
export function sayHere(message: JobMessage): Said[] {
  if (NOT_SAID.includes(message.kind)) return [];
  switch (message.kind) {
    case "note":
    case "warning":
      return [{ text: escapeText(textHere(message.text)), isWarning: message.kind === "warning" }];
    case "stopped":
      return [{ text: stoppedHere(message.stopped), isWarning: message.stopped.by !== "user" }];
    case "troubles":
      return troublesHere(message).map((text) => ({ text, isWarning: true }));
    case "notice":
      return [{ text: noticeHere(message), isWarning: false }];
    case "replaced":
      return [{ text: replacedHere(message.graphics), isWarning: false }];
    default:
      return formatMessage(message, PLAIN);
  }
}

function stoppedHere({ by, message, hint }: Stopped): string {
  if (by === "user") return "stopped as you asked\nwhat is done stays done, and is not done again";
  const here = hintHere(`STOPPED_${by.toUpperCase()}`, hint) ?? hint;
  return `stopped: ${escapeText(message)}\n${escapeText(here)}`;
}

function troublesHere({
  errors,
  resultsCommand,
}: Extract<JobMessage, { kind: "troubles" }>): string[] {
  const told = errors.map((error) => {
    const { message, hint } = refusalOf(error);
    return [message, hint ?? ""].filter(Boolean).map(escapeText).join("\n");
  });
  if (resultsCommand === undefined) return told;
  return [...told, "no results file was written\nthe IDs are kept, and the next upload writes it"];
}

function noticeHere({ notice, host }: Extract<JobMessage, { kind: "notice" }>): string {
  const said = `note from Qualtrics: ${escapeText(notice)}`;
  if (host === null) return said;
  return `${said}\nenter ${host} as the data center at the top of the page; nothing is uploaded again for that`;
}

const MOST_REPLACED = 20;

function replacedHere(graphics: readonly ReplacedGraphic[]): string {
  const list = graphics
    .slice(0, MOST_REPLACED)
    .map(
      ({ folder, name, oldId, newId }) =>
        `  ${escapeText(`${folder}/${name}`)}: ${oldId} → ${newId}`,
    );
  const more = graphics.length - list.length;
  return [
    `${plural(graphics.length, "image")} replaced`,
    "put the new IDs into your surveys, which still show the old images",
    ...list,
    ...(more > 0 ? [`  and ${more} more`] : []),
  ].join("\n");
}
