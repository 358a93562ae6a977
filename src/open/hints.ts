import type { Stopped } from "../execute/outcome.ts";
import type { JobMessage, ReplacedGraphic } from "../jobs/watcher.ts";
import { formatMessage, type Said } from "../render/job-text.ts";
import { escapeText, PLAIN } from "../render/terminal-text.ts";
import { plural } from "../report/units.ts";
import type { UserError } from "../user-error.ts";
import type { Refusal } from "./sheet-api.ts";

/** A part of a hint that names a command or an option; `qgfx open` is what the reader has before them. */
const FOR_TERMINALS =
  /(?:^|[;,:] )[^;,]*(?:['`]qgfx (?!open\b)|QUALTRICS_[A-Z]|(?<=\s|\()--[a-z])[^;,]*/;

const CHOOSE_TARGET = "choose where to upload at the top of the page; the sandbox needs no account";
const CHOOSE_LIBRARY = "choose that library at the top of the page";
const CHECK_SERVICE = "check the address, and that this computer is online";

/** What the page offers where the hint of a code names commands or options. */
const HERE: Readonly<Record<string, string>> = {
  HOST_MISSING: CHOOSE_TARGET,
  LIBRARY_MISSING: CHOOSE_TARGET,
  TOKEN_MISSING: CHOOSE_TARGET,
  HOST_INVALID: "copy the address from the browser, such as https://fra1.qualtrics.com",
  LIBRARY_INVALID: "choose one of the libraries that the token reaches, at the top of the page",
  TOKEN_INVALID: "copy the token again from Account Settings, Qualtrics IDs, API",
  SERVICE_UNREACHABLE: CHECK_SERVICE,
  EMBEDDED_TWICE: "choose another column, or let the order of the rows decide",
  LOOP_GROUPS_UNEVEN: "give each group one row for each field, or choose other columns",
  MANIFEST_INVALID: "the spreadsheet shows where; F8 leads from one problem to the next",
  SHEET_HAS_ERRORS: "the spreadsheet shows where; F8 leads from one problem to the next",
  NOTHING_RECORDED: "upload first",
  RESULTS_ELSEWHERE: `${CHOOSE_LIBRARY}; to begin anew in this one, move the results file to another folder`,
  RUN_ELSEWHERE: CHOOSE_LIBRARY,
  RUN_UNKNOWN: "History lists the runs",
  SHEET_AMBIGUOUS: "choose the one that lists your images",
  SHEET_CHOSEN: "to read another sheet, choose it above the table",
  SHEET_HIDDEN: "to read another sheet, choose it above the table",
  SHEET_NOT_FOUND: "choose one of its sheets",
  STOPPED_SERVICE:
    "check the address, the token and the library at the top of the page, then try again; nothing is done twice",
  STOPPED_NETWORK: `${CHECK_SERVICE}, then try again; nothing is done twice`,
  TEMPLATE_NO_GRAPHICS: "upload first",
  TOO_MANY_DELETIONS: "look at the list again",
  WORKBOOK_UNREADABLE: "choose another sheet",
  RESOLVE_INVALID: "copy the ID from the library; it starts with IM_",
  RESOLVE_PICTURE_UNKNOWN: "put the image back where it was, then settle it again",
};

/**
 * A hint without what only a terminal can follow: in its stead what the page offers for that code. Null: nothing is
 * left of it.
 */
export function hintHere(code: string, hint: string): string | null {
  const own = Object.hasOwn(HERE, code) ? HERE[code] : undefined;
  if (own !== undefined && FOR_TERMINALS.test(hint)) return own;
  return withoutCommands(hint) || null;
}

function withoutCommands(text: string): string {
  return text
    .replaceAll(new RegExp(FOR_TERMINALS, "g"), "")
    .replace(/^[;,:] /, "")
    .replace(/run (it|the same command) again/, "try again");
}

/** An error as the page is told of it. */
export function refusalOf({ code, message, hint }: UserError): Refusal["error"] {
  // Where the page has no way of its own, a command is better than nothing.
  const here = hint === undefined ? null : (hintHere(code, hint) ?? hint);
  // A command line would have named its option.
  return { code, message: message.replace(/^--[a-z-]+: /, ""), hint: here };
}

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
      // Where no part is left, as it is.
      return [
        {
          text: escapeText(withoutCommands(message.text) || message.text),
          isWarning: message.kind === "warning",
        },
      ];
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
