import { replaceFile } from "../../files/replace-file.ts";
import type { Manifest, ManifestRow } from "../../manifest/manifest.ts";
import { isWorkbookName } from "../../manifest/workbook-name.ts";
import { encodeParts, formatResults } from "../../report/results-csv.ts";
import { formatResultsWorkbook } from "../../report/results-workbook.ts";
import type { RowRecord } from "../../report/row-record.ts";

/**
 * Replaces the results as a whole: a reader sees the old ones or the new ones, never half of them. A workbook
 * where the file's name says so, a CSV otherwise.
 */
export async function writeResults(
  file: string,
  manifest: Manifest,
  recordOf: (row: ManifestRow) => RowRecord,
): Promise<void> {
  if (isWorkbookName(file)) {
    await replaceFile(file, await formatResultsWorkbook(manifest, recordOf));
    return;
  }
  const parts = formatResults(manifest, recordOf);
  await replaceFile(file, encodeParts(parts, manifest.dialect));
}
