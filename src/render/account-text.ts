import type { Account, Check, Diagnosis, Libraries } from "../report/account.ts";
import type { Style } from "./terminal-text.ts";
import { escapeText } from "./terminal-text.ts";

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

const COLOUR = { ok: "green", warning: "yellow", failed: "red", skipped: "gray" } as const;

/** A diagnosis for a person: a line for each check, and below it what to do. */
export function formatDiagnosis({ checks }: Diagnosis, style: Style): string {
  return checks.map((check) => formatCheck(check, style)).join("\n");
}

function formatCheck({ check, status, message, hint }: Check, style: Style): string {
  const line = `${style(COLOUR[status], status.padEnd(7))} ${check.padEnd(7)} ${escapeText(message)}`;
  return hint === null ? line : `${line}\n    ${escapeText(hint)}`;
}
