import { editManifest } from "../manifest/edit/edit-manifest.ts";
import { editWorkbookRows } from "../manifest/edit/edit-workbook-rows.ts";
import { editYamlRows } from "../manifest/edit/edit-yaml-rows.ts";
import type { ManifestEdit } from "../manifest/edit/manifest-edit.ts";
import type { Manifest, ManifestOptions } from "../manifest/manifest.ts";
import { notKept } from "./draft-edit.ts";
import { isSameRow } from "./draft-rows.ts";
import { type ParsedSheet, parseSheetAgain } from "./parse-sheet.ts";

/**
 * Makes an edit and reads what comes of it: of a long sheet the rows that the edit touches alone, where its format lets us;
 * of others all. `UserError`s as `editManifest`, or where the file cannot be edited at all.
 */
export function applyEdit(
  manifest: Manifest,
  bytes: Uint8Array,
  edit: ManifestEdit,
  options: ManifestOptions,
): ParsedSheet {
  const editRows = manifest.workbook ? editWorkbookRows : editYamlRows;
  const few = editRows(manifest, bytes, edit, options);
  if (few) return { ...few, problem: null };
  const edited = editManifest(manifest, bytes, edit);
  if (!edited) throw notKept();
  const read = parseSheetAgain(manifest.file, edited, options);
  return read.manifest ? { ...read, manifest: withKnownRows(read.manifest, manifest) } : read;
}

/** The rows that are as they were are the same objects: states that undo keeps share them. */
function withKnownRows(manifest: Manifest, before: Manifest): Manifest {
  const known = new Map(before.rows.map((row) => [row.line, row]));
  const rows = manifest.rows.map((row) => {
    const was = known.get(row.line);
    return was && isSameRow(was, row) ? was : row;
  });
  return { ...manifest, rows };
}
