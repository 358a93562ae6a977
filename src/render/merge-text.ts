import type { MergeConflict, MergeDocument } from "../report/merge-document.ts";
import { formatRunSummary } from "../report/summary.ts";
import { plural } from "../report/units.ts";
import { escapeText } from "./terminal-text.ts";

/** What stands, or stood, in a merge's way. */
export function formatConflicts(conflicts: readonly MergeConflict[], isMerged: boolean): string[] {
  const told = conflicts.map(formatConflict);
  return isMerged ? told : [...told, REFUSED];
}

const REFUSED = `error LEDGER_CONFLICT: nothing was merged, for a folder and name has one current graphic
    give --latest to keep the one uploaded last at each of these; the other id stays recorded as replaced`;

function formatConflict({ line, folder, name, graphics }: MergeConflict): string {
  const place = escapeText(`${folder}/${name}`);
  const row = line === null ? place : `line ${line}, ${place}`;
  const each = graphics.map(
    ({ graphicId, uploadedAt, ledger }) =>
      `    ${escapeText(`${graphicId}, uploaded ${uploadedAt}, in ${ledger}`)}`,
  );
  return [`two current graphics at ${row}:`, ...each].join("\n");
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
