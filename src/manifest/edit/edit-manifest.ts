import { UserError } from "../../user-error.ts";
import type { Manifest } from "../manifest.ts";
import { type DecodedText, decodeText, encodeText } from "../text-encoding.ts";
import { editCsv } from "./edit-csv.ts";
import { editWorkbook } from "./edit-workbook.ts";
import { editYaml } from "./edit-yaml.ts";
import { encodeLegacy } from "./encode-legacy.ts";
import type { ManifestEdit } from "./manifest-edit.ts";

/**
 * A manifest's bytes with changes made where they stand: encoding, delimiters, formats and all else are kept. A
 * `UserError` where a change cannot be made: a cell with a formula, a character that the encoding lacks. Undefined where
 * the file is written in a way that does not let us.
 */
export function editManifest(
  manifest: Manifest,
  bytes: Uint8Array,
  edit: ManifestEdit,
): Uint8Array | undefined {
  const { format, workbook, encoding } = manifest;
  if (workbook) return editWorkbook(bytes, workbook, edit);
  const text = decodeText(bytes, encoding);
  if ("message" in text) return undefined;
  const editText = format === "yaml" ? editYaml : editCsv;
  const before = text.utf8.toString("utf8");
  const edited = editText(before, edit);
  if (edited === undefined) return undefined;
  return encodeEdited(edited, { text: before, bytes }, text, manifest);
}

/** The bytes of a text that was edited, in the encoding of the manifest; a `UserError` where that lacks a character. */
export function encodeEdited(
  edited: string,
  before: { text: string; bytes: Uint8Array },
  { encoding, bom, legacy }: DecodedText,
  { dialect, encoding: named }: Manifest,
): Uint8Array {
  const other = legacy ?? (bom || encoding !== "utf-8" || !named ? undefined : nameOf(named));
  if (other !== undefined) return encodeLegacy(edited, other, before);
  const half = /\p{Cs}/u.exec(edited)?.[0];
  if (half === undefined) return encodeText(edited, { ...dialect, encoding, bom });
  const number = half.charCodeAt(0).toString(16).toUpperCase();
  throw new UserError("EDIT_CHARACTER", `half a character (U+${number}) cannot be written`, {
    hint: "type the text again instead of pasting it",
  });
}

/** What a text of plain letters is in, where the user has named it; undefined: UTF-8. */
function nameOf(named: string): string | undefined {
  const { encoding } = new TextDecoder(named);
  return encoding === "utf-8" ? undefined : encoding;
}
