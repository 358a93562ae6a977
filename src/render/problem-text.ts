import { dirname } from "node:path";
import { formatAddress } from "../manifest/cell-address.ts";
import type { Diagnostic, Severity } from "../manifest/diagnostic.ts";
import { isWorkbookName } from "../manifest/manifest.ts";
import { formatCount, plural } from "../report/units.ts";
import { escapeText, type Style } from "./terminal-text.ts";

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
export interface ToldProblem {
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
  return kinds.flatMap((kind) => {
    if (kind.length <= TOLD_EACH) return kind.map((one) => [one]);
    const causes = groupBy(kind, causeOf);
    // What to do is told, however many folders are concerned.
    const told = causes.length > TOLD_EACH ? groupBy(kind, remedyOf) : causes;
    if (told.length > MOST_REMEDIES) return [kind];
    return told.flatMap((cause) =>
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

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return [...groups.values()];
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
export function formatPlace({
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
