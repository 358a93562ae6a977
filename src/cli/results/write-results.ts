import { replaceFile } from "../../files/replace-file.ts";
import type { Manifest, ManifestRow } from "../../manifest/manifest.ts";
import { isWorkbookName } from "../../manifest/workbook-name.ts";
import { encodeParts, formatResults } from "../../report/results-csv.ts";
import { formatResultsWorkbook } from "../../report/results-workbook.ts";
import type { RowRecord } from "../../report/row-record.ts";
import { withFolders } from "../../report/with-folders.ts";

/**
 * Replaces the results as a whole: a reader sees the old ones or the new ones, never half of them. A workbook
 * where the file's name says so, a CSV otherwise.
 */
export async function writeResults(
  file: string,
  given: Manifest,
  recordOf: (row: ManifestRow) => RowRecord,
): Promise<void> {
  // A YAML manifest's defaults do not go along. The columns of a sheet stay as its owner filled them.
  const manifest = given.format === "yaml" ? withFolders(given) : given;
  if (isWorkbookName(file)) {
    await replaceFile(file, await formatResultsWorkbook(manifest, recordOf));
    return;
  }
  const parts = formatResults(manifest, recordOf);
  await replaceFile(file, encodeParts(parts, manifest.dialect));
}
