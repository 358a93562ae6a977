import type { ExportedRow } from "./exported-row.ts";
import type { Group } from "./group-rows.ts";
import { tabSeparated } from "./tab-separated.ts";

/**
 * Rows for a block's Loop & Merge table: field 1 is the group, fields 2 and on are the ids of its pictures, in
 * manifest order. A picture without an id leaves its cell empty, so that the others keep their fields.
 */
export function formatLoopMerge(groups: readonly Group<ExportedRow>[]): string {
  const width = widestGroup(groups);
  const lines = groups.map(({ label, members }) => {
    const ids = members.map(({ graphicId }) => graphicId ?? "");
    const padding = Array.from({ length: width - ids.length }, () => "");
    return tabSeparated([label, ...ids, ...padding]);
  });
  return lines.join("");
}

/** How many pictures the largest group has. */
export function widestGroup(groups: readonly Group<ExportedRow>[]): number {
  return groups.reduce((widest, { members }) => Math.max(widest, members.length), 0);
}
