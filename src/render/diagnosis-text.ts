import type { Check, Diagnosis } from "../report/diagnosis.ts";
import { escapeText } from "./escape.ts";
import type { Style } from "./style.ts";

const COLOUR = { ok: "green", warning: "yellow", failed: "red", skipped: "gray" } as const;

/** A diagnosis for a person: a line for each check, and below it what to do. */
export function formatDiagnosis({ checks }: Diagnosis, style: Style): string {
  return checks.map((check) => formatCheck(check, style)).join("\n");
}

function formatCheck({ check, status, message, hint }: Check, style: Style): string {
  const line = `${style(COLOUR[status], status.padEnd(7))} ${check.padEnd(7)} ${escapeText(message)}`;
  return hint === null ? line : `${line}\n    ${escapeText(hint)}`;
}
