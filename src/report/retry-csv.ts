import type { Manifest, ManifestRow } from "../manifest/manifest.ts";
import type { RowRecord } from "./row-record.ts";
import { withFolders } from "./with-folders.ts";

/**
 * The rows that failed or were not run, as a manifest of their own; undefined where there are none. Written as a
 * results CSV it can be run as it is: a folder that came from elsewhere (`--folder`, the defaults of a YAML
 * manifest) stands in its rows. Unknown uploads are not in it: nothing sends those again without leave.
 */
export function retryManifest(
  manifest: Manifest,
  recordOf: (row: ManifestRow) => RowRecord,
): Manifest | undefined {
  const rows = manifest.rows.filter((row) => isToRetry(recordOf(row)));
  if (rows.length === 0) return undefined;
  return withFolders({ ...manifest, format: "csv", rows });
}

function isToRetry({ status }: RowRecord): boolean {
  return status === "failed" || status === "not-run";
}
