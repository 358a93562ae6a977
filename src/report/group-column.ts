import { fieldOfHeader, plainName } from "../manifest/field-names.ts";
import type { Manifest, ManifestRow } from "../manifest/manifest.ts";
import { nearest } from "../manifest/nearest.ts";
import { UserError } from "../user-error.ts";

/**
 * What `--group-by` names: a column of the manifest, spelt exactly or but for case, spaces, `_` and `-`; else
 * the field `folder` or `name`, whether the manifest has a column for it or not. A UserError lists the columns.
 */
export function groupColumn(manifest: Manifest, wanted: string): (row: ManifestRow) => string {
  const field = fieldOfHeader(wanted);
  if (field === "folder" || field === "name") return (row) => row[field];
  const exact = manifest.columns.indexOf(wanted);
  const plain = plainName(wanted);
  const index =
    exact === -1 ? manifest.columns.findIndex((header) => plainName(header) === plain) : exact;
  if (index === -1) throw noSuchColumn(manifest, wanted);
  return ({ cells }) => cells[index] ?? "";
}

function noSuchColumn({ file, columns }: Manifest, wanted: string): UserError {
  const near = nearest(wanted, columns);
  const list = `the columns are ${columns.map((header) => `'${header}'`).join(", ")}`;
  return new UserError("GROUP_COLUMN_UNKNOWN", `${file} has no column '${wanted}': ${list}`, {
    hint: near === undefined ? "name one of them with --group-by" : `say --group-by '${near}'`,
  });
}
