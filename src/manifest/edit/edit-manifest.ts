import { UserError } from "../../user-error.ts";
import { showValue } from "../diagnostic.ts";
import type { Manifest } from "../manifest.ts";
import {
  type DecodedText,
  decodeText,
  encodeText,
  windows1252Character,
} from "../text-encoding.ts";
import { editCsv } from "./edit-csv.ts";
import { editWorkbook } from "./edit-workbook.ts";
import { editYaml } from "./edit-yaml.ts";
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

/** Each encoding's bytes of a character, once they were needed. */
const TABLES = new Map<string, ReadonlyMap<string, string>>();

/**
 * Text in an old encoding, by the name that `DecodedText.legacy` gives it. `before` is what the file holds: where its bytes
 * would not come out as they are, or a character is not in the encoding, a `UserError` says so.
 */
function encodeLegacy(
  text: string,
  encoding: string,
  before: { text: string; bytes: Uint8Array },
): Uint8Array {
  const table = TABLES.get(encoding) ?? tableOf(encoding);
  TABLES.set(encoding, table);
  const hint =
    "save the sheet as UTF-8 first: `qgfx validate --fix` with the same --encoding does it";
  const encode = (one: string) => {
    const bytes = table.get(one);
    if (bytes !== undefined) return bytes;
    const message = `the sheet is ${encoding}, which has no ${showValue(one)}`;
    throw new UserError("EDIT_CHARACTER", message, { hint });
  };
  const encoded = (whole: string) => Buffer.from(Array.from(whole, encode).join(""), "latin1");
  if (!isSame(encoded, before)) {
    const message = `the sheet is ${encoding}, which cannot be written back as it is`;
    throw new UserError("EDIT_ENCODING", message, { hint });
  }
  return encoded(text);
}

function isSame(
  encoded: (text: string) => Buffer,
  { text, bytes }: { text: string; bytes: Uint8Array },
): boolean {
  try {
    return encoded(text).equals(bytes);
  } catch {
    // A character of four bytes, or one that only an escape can say.
    return false;
  }
}

/** What each byte, and each pair of bytes, means: `TextEncoder` knows UTF-8 alone. Bytes as Latin-1. */
function tableOf(encoding: string): Map<string, string> {
  const table = new Map<string, string>();
  const decoder = new TextDecoder(encoding);
  const take = (bytes: string) => {
    const character =
      encoding === "windows-1252" && bytes.length === 1
        ? windows1252Character(bytes.charCodeAt(0))
        : decoder.decode(Buffer.from(bytes, "latin1"));
    const isOne = [...character].length === 1 && character !== "\uFFFD";
    if (isOne && !table.has(character)) table.set(character, bytes);
  };
  for (let byte = 0; byte < 256; byte += 1) take(String.fromCharCode(byte));
  if (table.size > 200) return table;
  for (let lead = 0x81; lead < 0xff; lead += 1) {
    for (let trail = 0x30; trail < 0xff; trail += 1) take(String.fromCharCode(lead, trail));
  }
  return table;
}
