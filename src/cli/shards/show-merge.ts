import { escapeText } from "../../render/escape.ts";
import { plural } from "../../report/units.ts";
import { formatSummary } from "../apply/show-run-end.ts";
import type { MergeCommandOptions } from "../commands/merge.ts";
import type { Terminal } from "../terminal.ts";
import type { MergeConflict, MergeDocument } from "./merge-document.ts";

/** Shows what a merge did, or what stands in its way. */
export function showMerge(
  document: MergeDocument,
  options: MergeCommandOptions,
  terminal: Terminal,
): void {
  for (const conflict of document.conflicts) terminal.alarm(formatConflict(conflict));
  if (!document.merged) terminal.alarm(REFUSED);
  if (options.json) terminal.product(JSON.stringify(document, null, 2));
  else if (document.merged) terminal.product(formatMerge(document));
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

function formatMerge({ ledgers, ledger, added, summary, results }: MergeDocument): string {
  const { runs, attempts, graphics } = added;
  const news = [plural(runs, "run"), plural(attempts, "attempt"), plural(graphics, "graphic")];
  const merged = `${plural(ledgers.length, "ledger")} merged into ${ledger}: ${news.join(", ")} new`;
  if (!summary) return escapeText(merged);
  const where = results === null ? "no results written" : `results in ${escapeText(results)}`;
  return `${escapeText(merged)}\n${formatSummary(summary)}; ${where}`;
}
