import { fieldOfHeader } from "../manifest/field-names.ts";
import { DEFAULT_FOLDER, type Manifest, type ManifestRow } from "../manifest/manifest.ts";
import type { RowRecord } from "./row-record.ts";

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
  const retry = { ...manifest, format: "csv", rows } as const;
  return rows.some(isFolderFromElsewhere) ? withFolders(retry) : retry;
}

function isToRetry({ status }: RowRecord): boolean {
  return status === "failed" || status === "not-run";
}

function isFolderFromElsewhere({ columnOf, folder }: ManifestRow): boolean {
  return columnOf.folder === undefined && folder !== DEFAULT_FOLDER;
}

function withFolders(manifest: Manifest): Manifest {
  const { columns, rows } = manifest;
  const found = columns.findIndex((header) => fieldOfHeader(header) === "folder");
  if (found === -1) {
    return {
      ...manifest,
      columns: [...columns, "folder"],
      rows: rows.map((row) => ({ ...row, cells: [...row.cells, row.folder] })),
    };
  }
  const filled = rows.map((row) => ({ ...row, cells: row.cells.with(found, row.folder) }));
  return { ...manifest, rows: filled };
}
