import { isAscii, isUtf8 } from "node:buffer";
import type { CsvDialect } from "./manifest.ts";

/** A manifest's text, as UTF-8 without byte order mark whatever the file's own encoding was. */
export interface DecodedText {
  utf8: Buffer;
  encoding: CsvDialect["encoding"];
  bom: boolean;
  /** The encoding that was named and read; what is written of such a text is UTF-8 with a mark. */
  legacy?: string;
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

export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function startsWith(bytes: Buffer, ...mark: number[]): boolean {
  return mark.every((byte, index) => bytes[index] === byte);
}

/**
 * Decodes a manifest: UTF-8 with or without byte order mark, UTF-16 with one, or else the encoding that is named
 * (contract: Manifest), which `isEncoding` knows.
 */
export function decodeText(bytes: Uint8Array, encoding?: string): DecodedText | BadText {
  const buffer = asBuffer(bytes);
  const isUtf32 = startsWith(buffer, 0xff, 0xfe, 0, 0) || startsWith(buffer, 0, 0, 0xfe, 0xff);
  if (isUtf32) return { message: "the text is UTF-32", line: 1, character: 1, lineStart: "" };
  if (startsWith(buffer, 0xff, 0xfe)) return decodeUtf16(buffer.subarray(2), "utf-16le");
  if (startsWith(buffer, 0xfe, 0xff)) return decodeUtf16(swapped(buffer.subarray(2)), "utf-16be");
  const bom = startsWith(buffer, 0xef, 0xbb, 0xbf);
  const utf8 = bom ? buffer.subarray(3) : buffer;
  const isPlain = isAscii(buffer) && !buffer.includes(0);
  if (!bom && encoding !== undefined && !isPlain) return decodeAs(buffer, encoding);
  if (!bom && utf8.length > 1 && utf8.subarray(0, 2).includes(0)) return unmarkedUtf16();
  return isUtf8(utf8) ? { utf8, encoding: "utf-8", bom } : firstBadByte(utf8);
}

/** Whether an encoding of that name can be read (encoding.spec.whatwg.org, Names and labels). */
export function isEncoding(name: string): boolean {
  try {
    return new TextDecoder(name).encoding !== "";
  } catch {
    return false;
  }
}

function decodeAs(bytes: Buffer, name: string): DecodedText | BadText {
  const { encoding } = new TextDecoder(name);
  const isWindows1252 = encoding === "windows-1252";
  const text = isWindows1252
    ? bytes
        .toString("latin1")
        .replace(/[\x80-\x9f]/g, (one) => windows1252Character(one.charCodeAt(0)))
    : new TextDecoder(name).decode(bytes);
  const bad = text.indexOf("\uFFFD");
  if (bad !== -1) return badTextAt(text, bad, `bytes that ${encoding} does not have`);
  const legacy = encoding === "utf-8" ? {} : { legacy: encoding };
  return { utf8: Buffer.from(text), encoding: "utf-8", bom: encoding !== "utf-8", ...legacy };
}

function badTextAt(text: string, at: number, message: string): BadText {
  const before = text.slice(0, at);
  const lineStart = before.slice(before.lastIndexOf("\n") + 1);
  const line = before.split("\n").length;
  return { message, line, character: lineStart.length + 1, lineStart };
}

function swapped(bigEndian: Buffer): Buffer {
  const littleEndian = Buffer.from(bigEndian);
  littleEndian.subarray(0, bigEndian.length - (bigEndian.length % 2)).swap16();
  return littleEndian;
}

function decodeUtf16(bytes: Buffer, encoding: "utf-16le" | "utf-16be"): DecodedText | BadText {
  const text = bytes.toString("utf16le");
  const bad = bytes.length % 2 === 1 ? text.length : text.search(/\p{Cs}/u);
  if (bad === -1) return { utf8: Buffer.from(text), encoding, bom: true };
  const half = bad === text.length ? "character" : "surrogate pair";
  return badTextAt(text, bad, `half a UTF-16 ${half}`);
}

function unmarkedUtf16(): BadText {
  const message = "a zero byte: this looks like UTF-16 without a byte order mark";
  return { message, line: 1, character: 1, lineStart: "" };
}

function firstBadByte(utf8: Buffer): BadText {
  const bad = findBadByte(utf8);
  const lineStart = utf8.lastIndexOf(NEWLINE, bad) + 1;
  const before = utf8.toString("utf8", lineStart, bad);
  const byte = utf8[bad] ?? 0;
  const windows = windows1252Character(byte);
  return {
    message: `byte 0x${byte.toString(16).toUpperCase()} is not UTF-8`,
    line: countNewlines(utf8, 0, bad) + 1,
    character: before.length + 1,
    lineStart: before + windows,
  };
}

/** Line feeds from `start` up to `end`. */
export function countNewlines(text: Buffer, start: number, end: number): number {
  let count = 0;
  let at = text.indexOf(NEWLINE, start);
  for (; at !== -1 && at < end; at = text.indexOf(NEWLINE, at + 1)) count += 1;
  return count;
}

/** In bytes read as Latin-1: what is laid out as a character of UTF-8 beyond ASCII, or else one byte. */
export const BEYOND_ASCII =
  /[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}|[\x80-\xff]/g;

function findBadByte(utf8: Buffer): number {
  for (const { 0: found, index } of utf8.toString("latin1").matchAll(BEYOND_ASCII)) {
    if (!isUtf8(Buffer.from(found, "latin1"))) return index;
  }
  return utf8.length;
}

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

/** Encodes text as the manifest was: UTF-8 or UTF-16, with the byte order mark it had. */
export function encodeText(text: string, { encoding, bom }: CsvDialect): Buffer {
  const marked = bom ? `\uFEFF${text}` : text;
  if (encoding === "utf-8") return Buffer.from(marked, "utf8");
  const bytes = Buffer.from(marked, "utf16le");
  return encoding === "utf-16be" ? bytes.swap16() : bytes;
}

// Full-width signs are signs to some spreadsheets, and blanks before one are no matter to others.
const FORMULA = /^'*(?:[\t\r\n]|\s*[=+\-@＝＋－＠])/;

/**
 * A cell of a results CSV that no spreadsheet takes for a formula (reliability: Security): one `'` before a
 * cell that begins with `= + - @` (full-width ones and after blanks, too), TAB, CR or LF, or with such a cell's own
 * quotes, so that `unguardFormula` undoes it.
 */
export function guardFormula(cell: string): string {
  return FORMULA.test(cell) ? `'${cell}` : cell;
}

/** The cell that `guardFormula` was given. */
export function unguardFormula(cell: string): string {
  return cell.startsWith("'") && FORMULA.test(cell) ? cell.slice(1) : cell;
}
