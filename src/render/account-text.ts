import type { SetupQuestion } from "../jobs/setup.ts";
import type {
  Account,
  Diagnosis,
  Libraries,
  ProbeDocument,
  SetupDocument,
} from "../report/account.ts";
import { escapeText, type Style } from "./terminal-text.ts";

const LABELS: readonly (readonly [Exclude<keyof Account, "version">, string])[] = [
  ["userName", "user"],
  ["email", "e-mail"],
  ["accountType", "type"],
  ["brandId", "brand"],
  ["datacenter", "data center"],
  ["userId", "your library"],
];

/** The account, one fact a line; the user's id is also the id of their own library. */
export function formatAccount(account: Account): string {
  const name = [account.firstName, account.lastName].filter(Boolean).join(" ");
  const facts: [string, string][] = name === "" ? [] : [["name", name]];
  for (const [key, label] of LABELS) if (account[key]) facts.push([label, account[key]]);
  return facts.map(([label, value]) => `${label.padEnd(14)}${escapeText(value)}`).join("\n");
}

/** Libraries, id first so that it can be copied. */
export function formatLibraries({ libraries }: Libraries): string {
  if (libraries.length === 0) return "no libraries";
  return libraries
    .map(({ libraryId, libraryName }) => `${escapeText(libraryId)}  ${escapeText(libraryName)}`)
    .join("\n");
}

/** What a question of `qgfx setup` says first, and what stands before the answer. */
export function formatSetupQuestion(question: SetupQuestion): { text: string; prompt: string } {
  switch (question.kind) {
    case "address":
      return { text: ADDRESS, prompt: "address: " };
    case "token":
      return { text: `${TOKEN} ${question.host}.\n`, prompt: "API token (not shown): " };
    case "other-host":
      return {
        text: `${question.host} is not an address of Qualtrics.\n`,
        prompt: "send your token there? [y/N] ",
      };
    case "library":
      return { text: listLibraries(question.libraries), prompt: "library (number): " };
  }
}

const ADDRESS = `Where do you log in to Qualtrics?
Paste any address of your account from the browser, or the link of a survey.
Account Settings, Qualtrics IDs names the data center, too.
`;
const TOKEN =
  "In Qualtrics: Account Settings, Qualtrics IDs, API, Generate Token. It is sent only to";

function listLibraries(libraries: Libraries["libraries"]): string {
  const width = String(libraries.length).length;
  const lines = libraries.map(({ libraryId, libraryName }, index) => {
    const number = String(index + 1).padStart(width + 2);
    return `${number}  ${escapeText(libraryName)}  ${escapeText(libraryId)}`;
  });
  return `Upload to which library?\n${lines.join("\n")}\n`;
}

/** What is kept, without the token. */
export function formatSetup(document: SetupDocument): string {
  const { file, host, library, hasToken, keyedLibraries = [] } = document;
  const keys = keyedLibraries.map((one) => [
    "keys",
    `sent with each upload to library ${one.library} on ${one.host}, as a probe of ${one.foundAt.slice(0, 10)} found that they work`,
  ]);
  if (host === null && keys.length === 0) return `nothing is kept in ${escapeText(file)}`;
  const account = [
    ["address", host ?? "none"],
    ["library", library ?? "none: give --library to each command"],
    ["token", hasToken ? "kept, not shown" : "none"],
  ];
  const facts = [...(host === null ? [] : account), ...keys, ["kept in", file]];
  return facts
    .map(([label = "", value = ""]) => `${label.padEnd(9)}${escapeText(value)}`)
    .join("\n");
}

const COLOR = { ok: "green", warning: "yellow", failed: "red", skipped: "gray" } as const;

/** A diagnosis for a person: a line for each check, and below it what to do. */
export function formatDiagnosis({ checks }: Diagnosis, style: Style): string {
  const lines = checks.flatMap(({ check, status, message, hint }) => [
    `${style(COLOR[status], status.padEnd(7))} ${check.padEnd(7)} ${escapeText(message)}`,
    ...(hint === null ? [] : [`    ${escapeText(hint)}`]),
  ]);
  return lines.join("\n");
}

/** Where a probe's report is, and what follows from it. */
export function formatProbe({ lines, settings, report }: ProbeDocument): string {
  const tried = lines.filter(({ status }) => status !== "skipped").length;
  const follow = settings.map(({ option, reason }) => `use ${option}: ${reason}`);
  return [
    `${tried} of ${lines.length} lines tried; report in ${escapeText(report)}`,
    ...follow,
  ].join("\n");
}
