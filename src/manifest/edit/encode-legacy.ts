import { UserError } from "../../user-error.ts";
import { showValue } from "../diagnostic.ts";
import { windows1252Character } from "../text-encoding.ts";

/** Each encoding's bytes of a character, once they were needed. */
const TABLES = new Map<string, ReadonlyMap<string, string>>();

/**
 * Text in an old encoding, by the name that `DecodedText.legacy` gives it. `before` is what the file holds: where its bytes
 * would not come out as they are, or a character is not in the encoding, a `UserError` says so.
 */
export function encodeLegacy(
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
