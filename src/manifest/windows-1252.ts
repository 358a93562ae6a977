/**
 * What windows-1252 has for the bytes 0x80 to 0x9F, U+FFFD where it has nothing (encoding.spec.whatwg.org, index
 * windows-1252). Written out: TextDecoder gives control characters there on some versions of Node.
 */
const HIGH =
  "\u20ac\ufffd\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\ufffd\u017d\ufffd" +
  "\ufffd\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\ufffd\u017e\u0178";

/** The character of a byte; U+FFFD: there is none. */
export function windows1252Character(byte: number): string {
  return byte >= 0x80 && byte <= 0x9f ? (HIGH[byte - 0x80] ?? "") : String.fromCharCode(byte);
}

/**
 * A text of which some bytes are not UTF-8, read as Windows-1252 where they are not: Excel's plain "CSV" is
 * written so. Undefined where that gives no text either.
 */
export function decodeWindows1252(bytes: Uint8Array): string | undefined {
  if (bytes.includes(0)) return undefined;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let read = "";
  for (const match of text.toString("latin1").matchAll(PIECES)) {
    const utf8 = match.groups?.utf8;
    if (utf8 !== undefined) read += Buffer.from(utf8, "latin1").toString("utf8");
    else read += windows1252Character(match[0].charCodeAt(0));
  }
  return read.includes("\uFFFD") ? undefined : read;
}

/** Runs of whole UTF-8 characters (RFC 3629 section 4), and single bytes that belong to none. */
const PIECES =
  /(?<utf8>(?:[\x00-\x7f]|[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2})+)|[\s\S]/g;
