import { DEFAULT_MAX_BYTES } from "../jobs/options.ts";
import type { Repairs } from "../jobs/validate.ts";
import type { Diagnostic } from "../manifest/diagnostic.ts";
import type { Change } from "../manifest/edit/manifest-edit.ts";
import { isWorkbookName } from "../manifest/manifest.ts";
import type { InitDocument } from "../report/manifest-documents.ts";
import { formatBytes, plural } from "../report/units.ts";
import { formatDiagnosticCounts, formatPlace, tellProblems } from "./problem-text.ts";
import { escapeText, quoteArgument, type Style } from "./terminal-text.ts";

/** Files that are named one by one. */
const NAMED = 10;

/** What became of a sheet that was made of a directory, or to which its new images were added. */
export function formatInit(document: InitDocument): string {
  const { manifest, created, added, kept, vanished, leftOut, tooLarge } = document;
  const folders = new Set(added.map(({ folder }) => folder).filter((folder) => folder !== ""));
  const into = folders.size > 0 ? `, ${plural(folders.size, "folder")}` : "";
  const lines = [
    created
      ? `${manifest}: ${plural(added.length, "image")}${into}`
      : `${manifest}: ${plural(added.length, "image")} added, ${plural(kept, "row")} kept as they are`,
    ...(created ? [] : added.map(({ path }) => `  + ${path}`)),
    ...vanished.map(
      ({ line, path }) =>
        `  ${isWorkbookName(manifest) ? "row" : "line"} ${line}: ${path} is gone, its row is kept`,
    ),
    ...formatTooLarge(tooLarge),
    ...formatLeftOut(leftOut),
  ];
  return lines.map(escapeText).join("\n");
}

/** What is to be done with a sheet that got new rows: a command that runs as it is printed. */
export function nextAfterInit({ manifest, added, root }: InitDocument, sheet?: string): string[] {
  if (added.length === 0) return [];
  const where = root === null ? [] : ["--root", root];
  const which = sheet === undefined ? [] : ["--sheet", sheet];
  const command = ["qgfx", "validate", manifest, ...where, ...which].map(quoteArgument).join(" ");
  return [...(root === null ? [] : [OUTSIDE]), `next: ${command}`];
}

const OUTSIDE = "images lie outside the sheet's folder: every command needs the same --root";

function formatTooLarge(tooLarge: InitDocument["tooLarge"]): string[] {
  if (tooLarge.length === 0) return [];
  const most = `${DEFAULT_MAX_BYTES / 1024 ** 2} MB`;
  return [
    `too large: ${plural(tooLarge.length, "image")}, Qualtrics takes ${most} at most`,
    ...named(tooLarge.map(({ path, bytes }) => `${path}: ${formatBytes(bytes)}`)),
  ];
}

function formatLeftOut(leftOut: InitDocument["leftOut"]): string[] {
  if (leftOut.length === 0) return [];
  const lines = named(leftOut.map(({ path, why }) => `${path}: ${why}`));
  return [`left out: ${plural(leftOut.length, "file")}`, ...lines];
}

function named(items: readonly string[]): string[] {
  const rest = items.length - NAMED;
  const more = rest > 0 ? [`  and ${rest} more`] : [];
  return [...items.slice(0, NAMED).map((item) => `  ${item}`), ...more];
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
  const lines = tellProblems(shown, style).map(({ text }) => text);
  if (!isQuiet) lines.push(end);
  return lines.length === 0 ? undefined : lines.join("\n");
}

/** One change on two lines: the place and the old text, and the new one below it. */
export function formatChange(file: string, change: Change, style: Style): string {
  const { line, column, field, from, to } = change;
  const place = formatPlace({ file, line, column, field: field ?? "row" });
  const isOnlyForm = from.normalize() === to.normalize();
  const show = (text: string) => escapeText(isOnlyForm ? spellOut(text) : showBlanks(text));
  return [
    escapeText(place),
    `  ${style("red", `- ${show(from)}`)}`,
    `  ${style("green", `+ ${show(to)}`)}`,
  ].join("\n");
}

/** Blanks that nobody would see. */
function showBlanks(text: string): string {
  return text
    .replace(/[\u00a0\u2007\u202f\p{Cf}]/gu, (one) => `\\u{${one.codePointAt(0)?.toString(16)}}`)
    .replace(/^ +| +$/g, (blanks) => "␠".repeat(blanks.length));
}

/** Accents that look alike and are stored in two ways. */
function spellOut(text: string): string {
  return text.replace(/[^\x00-\x7f]/gu, (one) => `\\u{${one.codePointAt(0)?.toString(16)}}`);
}
