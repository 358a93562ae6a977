import type { Repairs } from "../jobs/validate.ts";
import type { Diagnostic, Severity } from "../manifest/diagnostic.ts";
import type { Change, InitDocument } from "../manifest/documents.ts";
import { plural } from "../report/units.ts";
import { escapeText, type Style } from "./terminal-text.ts";

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

/** Files left out that are named one by one. */
const NAMED = 10;

/** What became of a sheet that was made of a directory, or to which its new images were added. */
export function formatInit(document: InitDocument): string {
  const { manifest, created, added, kept, vanished, leftOut } = document;
  const folders = new Set(added.map(({ folder }) => folder).filter((folder) => folder !== ""));
  const into = folders.size > 0 ? `, ${plural(folders.size, "folder")}` : "";
  const lines = [
    created
      ? `${manifest}: ${plural(added.length, "picture")}${into}`
      : `${manifest}: ${plural(added.length, "picture")} added, ${plural(kept, "row")} kept as they are`,
    ...(created ? [] : added.map(({ path }) => `  + ${path}`)),
    ...vanished.map(({ line, path }) => `  line ${line}: ${path} is gone, its row is kept`),
    ...formatLeftOut(leftOut),
  ];
  return lines.map(escapeText).join("\n");
}

/** What is to be done with a sheet that got new rows. */
export function nextAfterInit({ manifest, added }: InitDocument): string[] {
  if (added.length === 0) return [];
  const isOutside = added.some(({ path }) => path.startsWith("../"));
  return [...(isOutside ? [OUTSIDE] : []), `next: qgfx validate ${manifest}`];
}

const OUTSIDE =
  "pictures lie outside the sheet's folder: give the other commands --root with a folder above both";

function formatLeftOut(leftOut: InitDocument["leftOut"]): string[] {
  if (leftOut.length === 0) return [];
  const named = leftOut.slice(0, NAMED).map(({ path, why }) => `  ${path}: ${why}`);
  const rest = leftOut.length - named.length;
  const more = rest > 0 ? [`  and ${rest} more`] : [];
  return [`left out: ${plural(leftOut.length, "file")}`, ...named, ...more];
}

/** A manifest's problems and their counts; of a quiet one the errors alone, undefined where there are none. */
export function formatValidation(
  file: string,
  found: readonly Diagnostic[],
  { quiet = false }: { quiet?: boolean },
  style: Style,
): string | undefined {
  const counts = `${escapeText(file)}: ${formatDiagnosticCounts(found)}`;
  return formatFound(found, counts, quiet, style);
}

/** The end of repairs: what is left, and what was written. `backup` undefined: nothing was written. */
export function formatRepairsEnd(
  file: string,
  { changes, backup, diagnostics }: Repairs,
  { quiet = false }: { quiet?: boolean },
  style: Style,
): string | undefined {
  const repairs = plural(changes.length, "repair");
  const written =
    backup === undefined
      ? `${repairs} shown, nothing written`
      : `${repairs} written, the file as it was is ${backup}`;
  const done = changes.length === 0 ? "nothing to repair" : written;
  const end = `${escapeText(`${file}: ${done}`)}; ${formatDiagnosticCounts(diagnostics)}`;
  return formatFound(diagnostics, end, quiet, style);
}

function formatFound(
  found: readonly Diagnostic[],
  end: string,
  isQuiet: boolean,
  style: Style,
): string | undefined {
  const shown = isQuiet ? found.filter(({ severity }) => severity === "error") : found;
  const lines = shown.map((one) => formatDiagnostic(one, style));
  if (!isQuiet) lines.push(end);
  return lines.length === 0 ? undefined : lines.join("\n");
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
