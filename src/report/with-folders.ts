import { fieldOfHeader } from "../manifest/field-names.ts";
import { DEFAULT_FOLDER, type Manifest, type ManifestRow } from "../manifest/manifest.ts";

/**
 * The manifest with every row's folder in the row, where one came from elsewhere (`--folder`, the defaults of a YAML
 * manifest): as a file of its own it then means the same.
 */
export function withFolders(manifest: Manifest): Manifest {
  const { columns, rows } = manifest;
  if (!rows.some(isFolderFromElsewhere)) return manifest;
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

function isFolderFromElsewhere({ columnOf, folder }: ManifestRow): boolean {
  return columnOf.folder === undefined && folder !== DEFAULT_FOLDER;
}
