import { escapeText } from "../../render/escape.ts";
import type { RunSummary } from "../../report/run-summary.ts";
import { formatDuration, plural } from "../../report/units.ts";
import { formatNotice } from "../account/service-notice.ts";
import { displayPath } from "../paths.ts";
import type { ApplyContext } from "./apply-job.ts";
import type { RunEnd } from "./run-plan.ts";

/** A run's last words: what stopped it, what the service noted, the counts, where the results are. */
export function showRunEnd(context: ApplyContext, end: RunEnd): void {
  const { terminal, job, process, options } = context;
  const { stopped, notices } = end.execution;
  if (stopped) terminal.alarm(`stopped: ${escapeText(stopped.message)}${hintLine(stopped.hint)}`);
  for (const notice of notices) terminal.note(formatNotice(notice));
  if (options.json || options.quiet) return;
  const written = escapeText(displayPath(job.paths.results, process.cwd));
  const results = end.areResultsWritten ? `results in ${written}` : "no results written";
  const took = formatDuration(end.durationMs);
  terminal.product(`${formatSummary(end.summary)} in ${took}; ${results}`);
  if (end.rowsToRetry > 0) {
    const sheet = escapeText(displayPath(job.paths.retry, process.cwd));
    terminal.note(`${plural(end.rowsToRetry, "row")} to try again in ${sheet}`);
  }
  if (end.summary.unknown > 0) terminal.note(unknownHint(end.summary.unknown));
}

function hintLine(hint: string | undefined): string {
  return hint ? `\n    ${escapeText(hint)}` : "";
}

/** How many rows ended each way, in words. */
export function formatSummary(summary: RunSummary): string {
  const parts = [`${summary.uploaded} uploaded`, `${summary.unchanged} unchanged`];
  if (summary.failed > 0) parts.push(`${summary.failed} failed`);
  if (summary.unknown > 0) parts.push(`${summary.unknown} unknown`);
  if (summary.notRun > 0) parts.push(`${summary.notRun} not run`);
  return parts.join(", ");
}

function unknownHint(count: number): string {
  return `${plural(count, "upload")} got no answer: look in the library, or send again with --unknown retry (which may make duplicates)`;
}
