import type { Diagnostic, Severity } from "../manifest/diagnostic.ts";
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
