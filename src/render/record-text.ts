import type { ResultsWritten } from "../jobs/results.ts";
import type { Deletion, DeletionReason } from "../plan/build-deletions.ts";
import type { Adoption } from "../report/adoption.ts";
import type { DeletionDocument } from "../report/deletion-document.ts";
import type { ExportDocument } from "../report/export-formats.ts";
import type { HistoryDocument, MergeConflict, MergeDocument } from "../report/ledger-documents.ts";
import type { Finding, ListedUnknown, Resolved } from "../report/resolution.ts";
import { formatRunSummary } from "../report/summary.ts";
import { formatBytes, formatCount, formatCounts, plural } from "../report/units.ts";
import type { Verdict, Verification } from "../report/verification.ts";
import { escapeText, type Style } from "./terminal-text.ts";

const COLOR = {
  exact: "green",
  "re-encoded": "yellow",
  different: "red",
  missing: "red",
  unreachable: "red",
} as const satisfies Record<Verdict, Parameters<Style>[0]>;

/** A verification for a person: each graphic that is not exact, then the counts. */
export function formatVerification({ summary, graphics }: Verification, style: Style): string {
  const lines = graphics
    .filter(({ verdict }) => verdict !== "exact")
    .map(({ verdict, folder, name, graphicId, message }) => {
      const place = escapeText(`${folder}/${name}`);
      return `${style(COLOR[verdict], verdict)} ${place} ${graphicId}: ${escapeText(message ?? "")}`;
    });
  const counts = [
    [summary.exact, "exact"],
    [summary.reEncoded, "re-encoded in the same size"],
    [summary.different, "different"],
    [summary.missing, "missing"],
    [summary.unreachable, "unreachable"],
  ] as const;
  return [...lines, formatCounts(counts, 1, formatCount)].join("\n");
}

/** What would become of the ids, for a person who has to agree to it: `adopt line 2, Weather/Sun IM_…`. */
export function formatAdopting(rows: readonly Adoption["rows"][number][]): string[] {
  return rows
    .filter(({ status }) => status !== "already-recorded")
    .map((row) => formatRow(row, row.status === "adopted" ? "adopt" : "refuse"));
}

function formatRow(row: Adoption["rows"][number], what: string): string {
  const { line, folder, name, graphicId, message } = row;
  const why = message === null ? "" : `: ${message}`;
  return escapeText(`${what} line ${line}, ${folder}/${name} ${graphicId}${why}`);
}

/** What became of each id that is not simply adopted, and the counts. */
export function formatAdoption({ rows, summary }: Adoption): string {
  const lines = rows
    .filter(({ message }) => message !== null)
    .map((row) => formatRow(row, row.status));
  const counts = [
    [summary.adopted, "adopted"],
    [summary.alreadyRecorded, "recorded already"],
    [summary.refused, "refused (--force records them)"],
  ] as const;
  return [...lines, formatCounts(counts, 1)].join("\n");
}

/** How unknown uploads were settled, and which are left, with what to do about them. */
export function formatResolution({ findings, left }: Resolved): string {
  const done = findings.map(formatFinding);
  if (left.length === 0) return [...done, "no unknown uploads left"].join("\n");
  const open = left.map((unknown) => `? ${nameOf(unknown)}: ${escapeText(unknown.error)}`);
  const how = left.some(({ line }) => line === null) ? `; ${WITHOUT_LINE}` : "";
  const count = `${plural(left.length, "upload")} got no answer; look in the library, then say --landed LINE=IM_… or --absent LINE${how}`;
  return [...done, ...open, count].join("\n");
}

/** How one unknown upload is, or would be, settled. */
export function formatFinding(finding: Finding): string {
  return `${nameOf(finding.unknown)}: ${endOf(finding)}`;
}

const WITHOUT_LINE = "say FOLDER/NAME where no row is any more";

function endOf({ unknown, graphicId }: Finding): string {
  if (graphicId !== undefined) return graphicId;
  return unknown.line === null ? "absent" : "absent, the next apply uploads it";
}

function nameOf({ line, folder, name }: Pick<ListedUnknown, "line" | "folder" | "name">): string {
  const place = escapeText(`${folder}/${name}`);
  return line === null ? place : `line ${line}, ${place}`;
}

/** What was written where. */
export function formatResultsWritten({ results, rows }: ResultsWritten): string {
  return `${plural(rows.length, "row")} written to ${escapeText(results)}`;
}

/** The text to be pasted, or where it was written. */
export function formatExport({ format, out, text }: ExportDocument): string {
  return out === null ? (text ?? "").replace(/\n$/, "") : `${format} written to ${escapeText(out)}`;
}

/** What stands, or stood, in a merge's way. */
export function formatConflicts(conflicts: readonly MergeConflict[], isMerged: boolean): string[] {
  const told = conflicts.map(formatConflict);
  return isMerged ? told : [...told, REFUSED];
}

const REFUSED = `error LEDGER_CONFLICT: nothing was merged, for a folder and name has one current graphic
    give --latest to keep the one uploaded last at each of these; the other id stays recorded as replaced`;

function formatConflict(conflict: MergeConflict): string {
  const each = conflict.graphics.map(
    ({ graphicId, uploadedAt, ledger }) =>
      `    ${escapeText(`${graphicId}, uploaded ${uploadedAt}, in ${ledger}`)}`,
  );
  return [`two current graphics at ${nameOf(conflict)}:`, ...each].join("\n");
}

/** What a merge did; nothing where it was refused. */
export function formatMerge(document: MergeDocument): string | undefined {
  const { merged: isMerged, ledgers, ledger, added, summary, results } = document;
  if (!isMerged) return undefined;
  const { runs, attempts, graphics } = added;
  const news = [plural(runs, "run"), plural(attempts, "attempt"), plural(graphics, "graphic")];
  const merged = `${plural(ledgers.length, "ledger")} merged into ${ledger}: ${news.join(", ")} new`;
  if (!summary) return escapeText(merged);
  const where = results === null ? "no results written" : `results in ${escapeText(results)}`;
  return `${escapeText(merged)}\n${formatRunSummary(summary)}; ${where}`;
}

const COLUMNS = ["run", "command", "started", "by", "library", "did", "exit"] as const;

/** A manifest's runs as a table, oldest first. */
export function formatHistory({ runs }: HistoryDocument): string {
  const table = [[...COLUMNS], ...runs.map(formatRun)];
  const widths = COLUMNS.map((_column, index) =>
    table.reduce((widest, cells) => Math.max(widest, cells[index]?.length ?? 0), 0),
  );
  const lines = table.map((cells) => cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)));
  return lines.map((cells) => cells.join("  ").trimEnd()).join("\n");
}

function formatRun(past: HistoryDocument["runs"][number]): string[] {
  const { run, command, startedAt, user, machine, library, host, exitCode } = past;
  return [
    String(run),
    command,
    startedAt.replace("T", " ").replace(/\.\d+Z$/, "Z"),
    `${user}@${machine}`,
    `${library} on ${host}`,
    formatRunCounts(past),
    exitCode === null ? "-" : String(exitCode),
  ].map(escapeText);
}

/** What a run did: `37 uploaded, 1 failed`. */
export function formatRunCounts(past: HistoryDocument["runs"][number]): string {
  if (past.finishedAt === null) return "did not end";
  const counts = [
    [past.uploaded, "uploaded"],
    [past.unchanged, "unchanged"],
    [past.deleted, "deleted"],
    [past.failed, "failed"],
    [past.unknown, "unknown"],
    [past.notRun, "not run"],
  ] as const;
  return formatCounts(counts, 0, formatCount) || "nothing";
}

const REASON: Record<DeletionReason, string> = {
  orphan: "no longer in the manifest",
  replaced: "replaced by a later upload",
  "made-by-run": "made by this run",
  "in-doubt": "an earlier deletion got no answer",
};

const PLACES_LISTED = 3;

/** What would be deleted, for a person who has to agree to it. */
export function formatDeletions(document: DeletionDocument, style: Style): string {
  const { command, manifest, target, run, summary, actions } = document;
  const what = run === null ? command : `${command} run ${run}`;
  const heading = `${what}: ${manifest} → library ${target.library} on ${target.host}`;
  const lines = actions.map((action) => formatDeletion(action, style));
  return [escapeText(heading), "", ...lines, "", formatDeletionCounts(summary)].join("\n");
}

function formatDeletion(deletion: Deletion, style: Style): string {
  const { action, reason, graphicId, folder, name, bytes, alsoAt } = deletion;
  const place = escapeText(`${folder}/${name}`);
  const places = formatPlaces(alsoAt);
  if (action === "release") {
    return `  ${style("gray", `= ${place}`)}  ${graphicId} stays: ${places} has it too`;
  }
  const line = `  ${style("red", `- ${place}`)}  (${formatBytes(bytes)}, ${REASON[reason]})  ${graphicId}`;
  return alsoAt.length === 0 ? line : `${line}\n      ${places} loses it too`;
}

function formatPlaces(places: Deletion["alsoAt"]): string {
  const listed = places.slice(0, PLACES_LISTED).map(({ folder, name }) => `${folder}/${name}`);
  const more = places.length > PLACES_LISTED ? ` and ${places.length - PLACES_LISTED} more` : "";
  return escapeText(`${listed.join(", ")}${more}`);
}

function formatDeletionCounts({
  delete: count,
  release,
  bytes,
}: DeletionDocument["summary"]): string {
  const kept = release === 0 ? "" : `, ${plural(release, "record")} to let go`;
  return `${plural(count, "graphic")} to delete, ${formatBytes(bytes)}${kept}; surveys that use them lose the image`;
}

/** What was done, on one line; nothing where it was only planned. */
export function formatDeletionEnd({ summary, actions }: DeletionDocument): string | undefined {
  if (actions.length === 0) return "nothing to delete";
  if (actions.some(({ status }) => status === "planned")) return undefined;
  const counts = [
    [summary.deleted, "deleted"],
    [summary.release, "let go"],
    [summary.failed, "failed"],
    [summary.notRun, "not run"],
  ] as const;
  return formatCounts(counts, 1);
}
