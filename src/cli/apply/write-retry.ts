import { removeFile } from "../../files/replace-file.ts";
import type { Manifest, ManifestRow } from "../../manifest/manifest.ts";
import { retryManifest } from "../../report/retry-csv.ts";
import type { RowRecord } from "../../report/row-record.ts";
import { writeResults } from "../results/write-results.ts";

/** Writes the sheet of rows that failed or were not run, or removes it where there are none; gives their count. */
export async function writeRetry(
  file: string,
  manifest: Manifest,
  recordOf: (row: ManifestRow) => RowRecord,
): Promise<number> {
  const retry = retryManifest(manifest, recordOf);
  if (!retry) {
    await removeFile(file);
    return 0;
  }
  await writeResults(file, retry, recordOf);
  return retry.rows.length;
}
