import { isUtf8 } from "node:buffer";
import { MultipartParseError, parseMultipart } from "@remix-run/multipart-parser";

/** One part of a form as its own headers describe it; absent headers stay undefined. */
export interface Part {
  name: string | undefined;
  filename: string | undefined;
  contentType: string | undefined;
  bytes: Buffer;
}

/** How a sender wrote `"` in a filename, as the service undoes it: `%22`, or `\"` (and `\\` for a backslash). */
export type NameQuotes = "percent" | "backslash";

const MAX_PARTS = 32;
const MAX_HEADER_BYTES = 64 * 1024;

/**
 * The parts of a multipart/form-data body (RFC 7578); undefined where the body is malformed.
 * Text before the first boundary is skipped (RFC 2046 §5.1.1).
 */
export function readParts(
  body: Buffer,
  boundary: string,
  quotes: NameQuotes = "percent",
): Part[] | undefined {
  const start = body.indexOf(`--${boundary}`, 0, "latin1");
  if (start < 0) return undefined;
  try {
    return splitParts(body.subarray(start), boundary, quotes);
  } catch (error) {
    if (error instanceof MultipartParseError) return undefined;
    throw error;
  }
}

/**
 * The parser finds the parts; their headers are read from the bytes before each content, because the
 * parser's own header reader loses what `readParameters` tells of, and throws at names in Latin-1.
 */
function splitParts(body: Buffer, boundary: string, quotes: NameQuotes): Part[] {
  const delimiterBytes = boundary.length + "--\r\n".length;
  const parts: Part[] = [];
  let headerStart = delimiterBytes;
  for (const found of parseMultipart(body, {
    boundary,
    maxHeaderSize: MAX_HEADER_BYTES,
    maxFileSize: body.length,
    maxParts: MAX_PARTS,
  })) {
    const headerEnd = body.indexOf("\r\n\r\n", headerStart);
    const contentStart = headerEnd + 4;
    const contentEnd = contentStart + found.size;
    const header = body.subarray(headerStart, headerEnd);
    parts.push(describePart(header, body.subarray(contentStart, contentEnd), quotes));
    headerStart = contentEnd + "\r\n".length + delimiterBytes;
  }
  return parts;
}

function describePart(header: Buffer, bytes: Buffer, quotes: NameQuotes): Part {
  const headers = readHeaders(decodeText(header));
  const parameters = readParameters(headers.get("content-disposition") ?? "", quotes);
  const extended = parameters.get("filename*");
  return {
    name: parameters.get("name"),
    filename: parameters.get("filename") ?? (extended && decodeExtendedValue(extended)),
    contentType: headers.get("content-type"),
    bytes,
  };
}

/** Lower-case names; a folded line belongs to the one before (RFC 822 §3.1.1); of several the first counts. */
function readHeaders(text: string): Map<string, string> {
  const headers = new Map<string, string>();
  for (const line of text.replace(/\r\n[ \t]+/g, " ").split("\r\n")) {
    const colon = line.indexOf(":");
    if (colon < 1) continue;
    const name = line.slice(0, colon).trim().toLowerCase();
    if (!headers.has(name)) headers.set(name, line.slice(colon + 1).trim());
  }
  return headers;
}

/** UTF-8 (RFC 7578 §5.1.2) with a byte order mark kept; anything else is taken for Latin-1 (assumed). */
export function decodeText(bytes: Buffer): string {
  return bytes.toString(isUtf8(bytes) ? "utf8" : "latin1");
}

/**
 * One parameter: its value quoted (with escapes still in it) or plain. Where a backslash means nothing, the quote that
 * ends the value is the one before the next parameter: a name may end in a backslash.
 */
const PARAMETER: Record<NameQuotes, RegExp> = {
  percent: /;[ \t]*([^=;\s"]+)[ \t]*(?:=[ \t]*(?:"([\s\S]*?)"(?=[ \t]*(?:;|$))|([^;]*)))?/g,
  backslash: /;[ \t]*([^=;\s"]+)[ \t]*(?:=[ \t]*(?:"((?:[^"\\]|\\[\s\S])*)"|([^;]*)))?/g,
};

/**
 * The parameters of a `Content-Type` or `Content-Disposition` value, by lower-case name; of several of
 * one name the last counts, as the service takes the last of two boundaries (qualtrics-api: seed thread, 4).
 *
 * Own code rather than the multipart parser's: that one trims quoted values and cuts a header at
 * U+2028, so a name of spaces or from a word processor would arrive changed without anyone noticing.
 */
export function readParameters(
  value: string,
  quotes: NameQuotes = "backslash",
): Map<string, string> {
  const parameters = new Map<string, string>();
  const undo = quotes === "percent" ? undoPercents : dropEscapes;
  for (const [, name = "", quoted, plain = ""] of value.matchAll(PARAMETER[quotes])) {
    parameters.set(name.toLowerCase(), quoted === undefined ? plain.trim() : undo(quoted));
  }
  return parameters;
}

/** What browsers write for the three characters that would end a value (WHATWG: multipart/form-data encoding). */
function undoPercents(quoted: string): string {
  return quoted.replace(/%22|%0D|%0A/g, decodeURIComponent);
}

/**
 * RFC 822 §3.3 quoted pairs, but only those a sender must write (`\"` and `\\`): browsers of old
 * send `C:\pictures\a.png` with its backslashes bare.
 */
function dropEscapes(quoted: string): string {
  return quoted.replace(/\\(["\\])/g, "$1");
}

/** `UTF-8''%e2%82%ac.png` (RFC 8187 §3.2) decoded; undefined where it is not UTF-8 or not well formed. */
function decodeExtendedValue(value: string): string | undefined {
  const encoded = /^utf-8'[^']*'(.*)$/i.exec(value)?.[1];
  if (encoded === undefined) return undefined;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}
