import { dirname } from "node:path";
import { DEFAULT_MAX_BYTES } from "../jobs/options.ts";
import type { Repairs } from "../jobs/validate.ts";
import { formatAddress } from "../manifest/cell-address.ts";
import type { Diagnostic, Severity } from "../manifest/diagnostic.ts";
import type { Change } from "../manifest/edit/manifest-edit.ts";
import { groupBy } from "../manifest/group-by.ts";
import { isWorkbookName } from "../manifest/manifest.ts";
import type { InitDocument } from "../report/manifest-documents.ts";
import { formatBytes, formatCount, plural } from "../report/units.ts";
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

const COLOR = { error: "red", warning: "yellow", note: "cyan" } as const;

/** What must be seen stands at the end, where the eye is. */
const ORDER: readonly Severity[] = ["note", "warning", "error"];

/** So many problems of one cause are told one by one, and so many causes of one kind. */
const TOLD_EACH = 3;

/** So many things to do are told of one kind of problem. */
const MOST_REMEDIES = 8;

/** Places that are named of those that are told together. */
const PLACES_NAMED = 8;

/** One problem, or one for several of the same cause, as a person reads it. */
interface ToldProblem {
  severity: Severity;
  text: string;
}

/** Problems as a person reads them: notes first, errors last, the same cause over many rows told once. */
export function tellProblems(found: readonly Diagnostic[], style: Style): ToldProblem[] {
  return ORDER.flatMap((severity) =>
    causesOf(found.filter((one) => one.severity === severity)).map((alike) => ({
      severity,
      text: formatAlike(alike, style),
    })),
  );
}

/** Problems in groups of one cause, each in its order. */
function causesOf(found: readonly Diagnostic[]): Diagnostic[][] {
  const kinds = groupBy(found, ({ code }) => code);
  return [...kinds.values()].flatMap((kind) => {
    if (kind.length <= TOLD_EACH) return kind.map((one) => [one]);
    const causes = groupBy(kind, causeOf);
    // What to do is told, however many folders are concerned.
    const told = causes.size > TOLD_EACH ? groupBy(kind, remedyOf) : causes;
    if (told.size > MOST_REMEDIES) return [kind];
    return [...told.values()].flatMap((cause) =>
      cause.length <= TOLD_EACH ? cause.map((one) => [one]) : [cause],
    );
  });
}

/** The same for problems that are mended at one stroke: values aside, and paths by their folders. */
function causeOf({ hint, field, value }: Diagnostic): string {
  const folder = field === "path" && value !== null ? dirname(value.replaceAll("\\", "/")) : "";
  return `${folder} ${remedyOf({ hint, field })}`;
}

function remedyOf({ hint, field }: Pick<Diagnostic, "hint" | "field">): string {
  // Questions of a survey differ in their number alone.
  return `${field?.replace(/\d+/g, "")} ${hint?.replace(/'[^']*'|\d+/g, "")}`;
}

/** Place, severity, code and message on a line, the hint below it, and where else the same is found. */
function formatAlike(alike: readonly Diagnostic[], style: Style): string {
  const [first, ...others] = alike;
  if (!first) return "";
  const { severity, code, message, hint } = first;
  const lines = [
    `${escapeText(formatPlace(first))} ${style(COLOR[severity], severity)} ${code}: ${escapeText(message)}`,
  ];
  if (hint !== null) lines.push(`    ${escapeText(hint)}`);
  if (others.length > 0) lines.push(`    the same in ${formatOthers(first, others)}`);
  return lines.join("\n");
}

function formatOthers(first: Diagnostic, others: readonly Diagnostic[]): string {
  const places = placesOf(first, others);
  const named = places.slice(0, PLACES_NAMED).map(escapeText);
  const more = places.length > named.length ? ", …" : "";
  const where = named.length === 0 ? "" : `: ${named.join(", ")}${more}`;
  return `${formatCount(others.length)} more${where}`;
}

/** Where others are than the first, each place once: cells, questions of a survey on one line, or lines. */
function placesOf(first: Diagnostic, others: readonly Diagnostic[]): string[] {
  if (others.some(({ file }) => isWorkbookName(file))) {
    return others.map(({ line, column }) =>
      line !== null && column !== null ? formatAddress(line, column) : `${line}`,
    );
  }
  const lines = new Set(others.map(({ line }) => line));
  if (lines.size === 1 && lines.has(first.line)) {
    const fields = new Set(others.flatMap(({ field }) => field ?? []));
    fields.delete(first.field ?? "");
    return [...fields];
  }
  const [one, ...rest] = [...lines].map(String);
  return one === undefined ? [] : [`lines ${one}`, ...rest];
}

/** `m.csv:2:1 path`; in a workbook `m.xlsx A2`, as it is written there. */
function formatPlace({
  file,
  line,
  column,
  field,
}: Pick<Diagnostic, "file" | "line" | "column" | "field">): string {
  if (line === null) return file;
  if (isWorkbookName(file)) {
    return column === null ? `${file} row ${line}` : `${file} ${formatAddress(line, column)}`;
  }
  const place = [file, line, column].filter((part) => part !== null).join(":");
  return field === null ? place : `${place} ${field}`;
}

/** `2 errors, 1 warning`, or `no problems`. */
export function formatDiagnosticCounts(diagnostics: readonly Diagnostic[]): string {
  const counts = ORDER.toReversed().flatMap((severity) => {
    const { length } = diagnostics.filter((one) => one.severity === severity);
    return length === 0 ? [] : [plural(length, severity)];
  });
  return counts.length === 0 ? "no problems" : counts.join(", ");
}
