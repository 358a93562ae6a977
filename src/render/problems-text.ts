import type { Diagnostic, Severity } from "../manifest/diagnostic.ts";
import type { Change } from "../manifest/repair-document.ts";
import { plural } from "../report/units.ts";
import type { UserError } from "../user-error.ts";
import type { Style } from "./terminal-text.ts";
import { escapeText } from "./terminal-text.ts";

const COLOUR = { error: "red", warning: "yellow", note: "cyan" } as const;

/** One problem: place, severity, code and message on a line, the hint below it. */
export function formatDiagnostic(found: Diagnostic, style: Style): string {
  const place = [found.file, found.line, found.column].filter((part) => part !== null).join(":");
  const severity = style(COLOUR[found.severity], found.severity);
  const line = `${escapeText(place)} ${severity} ${found.code}: ${escapeText(found.message)}`;
  return found.hint === null ? line : `${line}\n    ${escapeText(found.hint)}`;
}

/** `2 errors, 1 warning`, or `no problems`. */
export function formatDiagnosticCounts(diagnostics: readonly Diagnostic[]): string {
  const severities: Severity[] = ["error", "warning", "note"];
  const counts = severities.flatMap((severity) => {
    const found = diagnostics.filter((one) => one.severity === severity);
    const count = found.reduce((sum, one) => sum + (one.count ?? 1), 0);
    return count === 0 ? [] : [plural(count, severity)];
  });
  return counts.length === 0 ? "no problems" : counts.join(", ");
}

/** A user's error as it is shown: code, message and hint. */
export function formatUserError({ code, message, hint }: UserError): string {
  const line = `error ${code}: ${escapeText(message)}\n`;
  return hint === undefined ? line : `${line}    ${escapeText(hint)}\n`;
}

/** One change on two lines: the place and the old text, and the new one below it. */
export function formatChange(file: string, change: Change, style: Style): string {
  const { line, column, field, from, to } = change;
  const place = [file, line, column].filter((part) => part !== null).join(":");
  const isOnlyForm = from.normalize() === to.normalize();
  const show = (text: string) => escapeText(isOnlyForm ? spellOut(text) : showBlanks(text));
  return [
    `${escapeText(place)} ${escapeText(field ?? "row")}`,
    `  ${style("red", `- ${show(from)}`)}`,
    `  ${style("green", `+ ${show(to)}`)}`,
  ].join("\n");
}

/** Blanks that nobody would see. */
function showBlanks(text: string): string {
  return text
    .replace(/[\u00a0\u2007\u202f]/g, (blank) => `\\u{${blank.charCodeAt(0).toString(16)}}`)
    .replace(/^ +| +$/g, (blanks) => "␠".repeat(blanks.length));
}

/** Accents that look alike and are stored in two ways. */
function spellOut(text: string): string {
  return text.replace(/[^\x00-\x7f]/gu, (one) => `\\u{${one.codePointAt(0)?.toString(16)}}`);
}
