import { z } from "zod";
import type { Manifest } from "../manifest/manifest.ts";
import { type ExportedRow, type ExportFormat, exportedGraphics } from "./exported-row.ts";
import { groupColumn } from "./group-column.ts";
import { groupRows } from "./group-rows.ts";
import { formatIdsJson } from "./ids-json.ts";
import { formatImageTags } from "./image-tags.ts";
import { formatLoopMerge } from "./loop-merge.ts";
import { formatQuestions } from "./question-text.ts";
import { formatUrls } from "./urls-table.ts";

const version = z.literal(1).describe("Version of this format");

/** What `qgfx results --json` prints for the results file. */
export const resultsWrittenSchema = z
  .strictObject({
    version,
    results: z.string().describe("The results file"),
  })
  .describe("`qgfx results --json` for the results file.");

/** What `qgfx results --json` prints for a format that is made to be pasted. */
export const exportDocumentSchema = z
  .strictObject({
    version,
    format: z.string().describe("The format"),
    out: z.string().nullable().describe("Where it was written; `null` where `text` holds it"),
    text: z.string().nullable().describe("What would be printed"),
    withoutGraphic: z
      .array(z.int().positive())
      .describe("Lines of the rows without a graphic in the library"),
  })
  .describe("`qgfx results --format … --json`: the ids in a format made to be pasted.");

export type ResultsWritten = z.infer<typeof resultsWrittenSchema>;
export type ExportDocument = z.infer<typeof exportDocumentSchema>;

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
