import type { CsvDialect } from "./manifest.ts";
import { windows1252Character } from "./windows-1252.ts";

/** A manifest's text, as UTF-8 without byte order mark whatever the file's own encoding was. */
export interface DecodedText {
  utf8: Buffer;
  encoding: CsvDialect["encoding"];
  bom: boolean;
}

/** The first place where the bytes are not text. */
export interface BadText {
  /** What is wrong there, e.g. `byte 0xE4 is not UTF-8`. */
  message: string;
  /** 1-based. */
  line: number;
  /** 1-based position in the line. */
  character: number;
  /** The line from its start up to the bad byte, which is shown as windows-1252 would. */
  lineStart: string;
}

const NEWLINE = 0x0a;
const PIECE_BYTES = 65_536;

function startsWith(bytes: Buffer, ...mark: number[]): boolean {
  return mark.every((byte, index) => bytes[index] === byte);
}

/** Decodes a manifest: UTF-8 with or without byte order mark, UTF-16 with one (contract: Manifest). */
export function decodeText(bytes: Uint8Array): DecodedText | BadText {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (startsWith(buffer, 0xff, 0xfe)) return decodeUtf16(buffer.subarray(2), "utf-16le");
  if (startsWith(buffer, 0xfe, 0xff)) return decodeUtf16(swapped(buffer.subarray(2)), "utf-16be");
  const bom = startsWith(buffer, 0xef, 0xbb, 0xbf);
  const utf8 = bom ? buffer.subarray(3) : buffer;
  if (!bom && utf8.length > 1 && utf8.subarray(0, 2).includes(0)) return unmarkedUtf16();
  return isUtf8(utf8) ? { utf8, encoding: "utf-8", bom } : firstBadByte(utf8);
}

function swapped(bigEndian: Buffer): Buffer {
  const evenLength = bigEndian.length - (bigEndian.length % 2);
  const littleEndian = Buffer.from(bigEndian);
  littleEndian.subarray(0, evenLength).swap16();
  return littleEndian;
}

function decodeUtf16(bytes: Buffer, encoding: "utf-16le" | "utf-16be"): DecodedText | BadText {
  const text = bytes.toString("utf16le");
  const bad = bytes.length % 2 === 1 ? text.length : text.search(/\p{Cs}/u);
  if (bad === -1) return { utf8: Buffer.from(text), encoding, bom: true };
  const before = text.slice(0, bad);
  const lineStart = before.slice(before.lastIndexOf("\n") + 1);
  return {
    message: bad === text.length ? "half a UTF-16 character" : "half a UTF-16 surrogate pair",
    line: before.split("\n").length,
    character: lineStart.length + 1,
    lineStart,
  };
}

function unmarkedUtf16(): BadText {
  const message = "a zero byte: this looks like UTF-16 without a byte order mark";
  return { message, line: 1, character: 1, lineStart: "" };
}

/** Whether the bytes are whole UTF-8 characters; decoded piece by piece, the text is not kept. */
function isUtf8(bytes: Buffer): boolean {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  try {
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      decoder.decode(bytes.subarray(at, at + PIECE_BYTES), { stream: true });
    }
    decoder.decode();
    return true;
  } catch {
    return false;
  }
}

function firstBadByte(utf8: Buffer): BadText {
  const bad = validLength(utf8);
  const lineStart = utf8.lastIndexOf(NEWLINE, bad) + 1;
  const before = utf8.toString("utf8", lineStart, bad);
  const byte = utf8[bad] ?? 0;
  const windows = windows1252Character(byte);
  return {
    message: `byte 0x${byte.toString(16).toUpperCase()} ('${windows}' in windows-1252) is not UTF-8`,
    line: countNewlines(utf8, bad) + 1,
    character: before.length + 1,
    lineStart: before + windows,
  };
}

function countNewlines(bytes: Buffer, end: number): number {
  let count = 0;
  for (
    let at = bytes.indexOf(NEWLINE);
    at !== -1 && at < end;
    at = bytes.indexOf(NEWLINE, at + 1)
  ) {
    count += 1;
  }
  return count;
}

/** How many bytes are whole UTF-8 characters before the first that is not. */
function validLength(bytes: Buffer): number {
  let at = 0;
  let end = characterStart(bytes, PIECE_BYTES);
  while (end < bytes.length && isUtf8(bytes.subarray(at, end))) {
    at = end;
    end = characterStart(bytes, at + PIECE_BYTES);
  }
  while (at < bytes.length) {
    const length = characterLength(bytes[at] ?? 0);
    if (length === 0 || !isUtf8(bytes.subarray(at, at + length))) return at;
    at += length;
  }
  return at;
}

/** The start of the character that `at` lies in; characters have at most four bytes. */
function characterStart(bytes: Buffer, at: number): number {
  let start = at;
  while (start > at - 3 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start -= 1;
  return start;
}

/** Bytes of the UTF-8 character that begins with `lead`; 0: no character does (RFC 3629 section 4). */
function characterLength(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  if (lead < 0xe0) return 2;
  return lead < 0xf0 ? 3 : 4;
}
