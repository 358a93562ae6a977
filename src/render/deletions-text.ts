import type { Deletion, DeletionReason } from "../plan/build-deletions.ts";
import type { DeletionDocument } from "../report/deletion-document.ts";
import { formatBytes, plural } from "../report/units.ts";
import { escapeText, type Style } from "./terminal-text.ts";

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
  return [escapeText(heading), "", ...lines, "", formatCounts(summary)].join("\n");
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

function formatCounts({ delete: count, release, bytes }: DeletionDocument["summary"]): string {
  const kept = release === 0 ? "" : `, ${plural(release, "record")} to let go`;
  return `${plural(count, "graphic")} to delete, ${formatBytes(bytes)}${kept}; surveys that use them lose the picture`;
}

/** What was done, on one line; nothing where it was only planned. */
export function formatDeletionEnd({ summary, actions }: DeletionDocument): string | undefined {
  if (actions.length === 0) return "nothing to delete";
  if (actions.some(({ status }) => status === "planned")) return undefined;
  const parts = [`${summary.deleted} deleted`];
  if (summary.release > 0) parts.push(`${summary.release} let go`);
  if (summary.failed > 0) parts.push(`${summary.failed} failed`);
  if (summary.notRun > 0) parts.push(`${summary.notRun} not run`);
  return parts.join(", ");
}
