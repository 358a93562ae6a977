import { decodeText } from "../manifest/decode-text.ts";
import { editCsv } from "../manifest/edit/edit-csv.ts";
import { editWorkbook } from "../manifest/edit/edit-workbook.ts";
import { editYaml } from "../manifest/edit/edit-yaml.ts";
import type { ManifestEdit } from "../manifest/edit/manifest-edit.ts";
import type { Manifest } from "../manifest/manifest.ts";
import { encodeText } from "../report/results-csv.ts";

/**
 * A manifest's bytes with changes made where they stand: encoding, delimiters, formats and all else are kept.
 * Undefined where the file is written in a way that does not let us.
 */
export function editManifest(
  manifest: Manifest,
  bytes: Uint8Array,
  edit: ManifestEdit,
): Uint8Array | undefined {
  const { format, workbook, dialect } = manifest;
  if (workbook) return editWorkbook(bytes, workbook.sheet, workbook.header, edit);
  const text = decodeText(bytes);
  if ("message" in text) return undefined;
  const editText = format === "yaml" ? editYaml : editCsv;
  const edited = editText(text.utf8.toString("utf8"), edit);
  if (edited === undefined) return undefined;
  return encodeText(edited, { ...dialect, encoding: text.encoding, bom: text.bom });
}
