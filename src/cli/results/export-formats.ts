import type { Manifest } from "../../manifest/manifest.ts";
import { type ExportedRow, exportedGraphics } from "../../report/exported-row.ts";
import { groupColumn } from "../../report/group-column.ts";
import { groupRows } from "../../report/group-rows.ts";
import { formatIdsJson } from "../../report/ids-json.ts";
import { formatImageTags } from "../../report/image-tags.ts";
import { formatLoopMerge } from "../../report/loop-merge.ts";
import { formatQuestions } from "../../report/question-text.ts";
import { formatUrls } from "../../report/urls-table.ts";

/** The formats that are made to be pasted. */
export const EXPORT_FORMATS = ["json", "urls", "html", "loop-merge", "question"] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** The rows as text of that format; `groupBy` is the column that makes a Loop & Merge row. */
export function exportAs(
  format: ExportFormat,
  rows: readonly ExportedRow[],
  manifest: Manifest,
  groupBy: string | undefined,
): string {
  switch (format) {
    case "json":
      return formatIdsJson(rows);
    case "urls":
      return formatUrls(rows);
    case "html":
      return formatImageTags(exportedGraphics(rows));
    case "question":
      return formatQuestions(exportedGraphics(rows));
    case "loop-merge":
      return formatLoopMerge(loopGroups(rows, manifest, groupBy));
  }
}

/** Without a column every row is a group of its own, under its name. */
function loopGroups(rows: readonly ExportedRow[], manifest: Manifest, groupBy: string | undefined) {
  if (groupBy === undefined) return rows.map((row) => ({ label: row.name, members: [row] }));
  const labelOf = groupColumn(manifest, groupBy);
  return groupRows(rows, ({ row }) => labelOf(row));
}
