import { replaceFile } from "../files/replace-file.ts";
import type { Manifest, ManifestRow } from "../manifest/manifest.ts";
import { encodeText, formatResults } from "../report/results-csv.ts";
import type { RowRecord } from "../report/row-record.ts";

/** Replaces the results CSV as a whole: a reader sees the old one or the new one, never half of one. */
export async function writeResults(
  file: string,
  manifest: Manifest,
  recordOf: (row: ManifestRow) => RowRecord,
): Promise<void> {
  const text = formatResults(manifest, recordOf);
  await replaceFile(file, encodeText(text, manifest.dialect));
}
