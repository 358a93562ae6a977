import type { ContentType } from "../manifest/image.ts";

/** How much of an image the bytes hold; what follows its end does not count. */
export type Wholeness = "whole" | "truncated" | "damaged";

/** What the structure of an image says, its pixels not decoded. Sizes are 0 where the bytes end before them. */
export interface ImageShape {
  widthPx: number;
  heightPx: number;
  wholeness: Wholeness;
}

const PNG_SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const JPEG_SIGNATURE = [0xff, 0xd8, 0xff];
const GIF_SIGNATURES = ["GIF87a", "GIF89a"].map((text) => [...Buffer.from(text, "latin1")]);

/** The content type by the first bytes; undefined: none that the service takes (qualtrics-api: Upload). */
export function contentTypeOf(bytes: Buffer): ContentType | undefined {
  const begins = (signature: readonly number[]) =>
    signature.every((byte, at) => bytes[at] === byte);
  if (begins(PNG_SIGNATURE)) return "image/png";
  if (begins(JPEG_SIGNATURE)) return "image/jpeg";
  return GIF_SIGNATURES.some(begins) ? "image/gif" : undefined;
}

/** Walks through an image of a known type, from its header to its end. */
export function readShape(contentType: ContentType, bytes: Buffer): ImageShape {
  switch (contentType) {
    case "image/png":
      return readPng(bytes);
    case "image/jpeg":
      return readJpeg(bytes);
    case "image/gif":
      return readGif(bytes);
  }
}

/** Length and type before a chunk's data, check sum after it (PNG 3rd edition, 5.3). */
const CHUNK_FRAME_BYTES = 12;
const IHDR = 0x49484452;
const IDAT = 0x49444154;
const IEND = 0x49454e44;

/** A PNG, animated or not, chunk by chunk up to IEND (PNG 3rd edition, 5.2 to 5.6). */
function readPng(bytes: Buffer): ImageShape {
  const shapeless = { widthPx: 0, heightPx: 0 };
  const headerBytes = PNG_SIGNATURE.length + CHUNK_FRAME_BYTES + 13;
  if (bytes.length < headerBytes) return { ...shapeless, wholeness: "truncated" };
  if (bytes.readUInt32BE(12) !== IHDR) return { ...shapeless, wholeness: "damaged" };
  const size = { widthPx: bytes.readUInt32BE(16), heightPx: bytes.readUInt32BE(20) };
  return { ...size, wholeness: walkChunks(bytes) };
}

function walkChunks(bytes: Buffer): Wholeness {
  let hasData = false;
  let at = PNG_SIGNATURE.length;
  while (at + CHUNK_FRAME_BYTES <= bytes.length) {
    const end = at + CHUNK_FRAME_BYTES + bytes.readUInt32BE(at);
    const type = bytes.readUInt32BE(at + 4);
    // Four ASCII letters (PNG 3rd edition, 5.3).
    if (!/^[A-Za-z]{4}$/.test(bytes.toString("latin1", at + 4, at + 8))) return "damaged";
    if (end > bytes.length) return "truncated";
    if (type === IEND) return hasData ? "whole" : "damaged";
    hasData ||= type === IDAT;
    at = end;
  }
  return "truncated";
}

const MARKER = 0xff;
const TEM = 0x01;
const RST0 = 0xd0;
const RST7 = 0xd7;
const EOI = 0xd9;
const SOS = 0xda;
/** C4, C8 and CC lie between the frame headers SOF0 to SOF15 and are none. */
const NOT_FRAME_HEADERS = [0xc4, 0xc8, 0xcc];

/** A JPEG segment by segment, and over its scans, up to EOI (ITU-T T.81, B.1 and B.2). */
function readJpeg(bytes: Buffer): ImageShape {
  const shape: ImageShape = { widthPx: 0, heightPx: 0, wholeness: "truncated" };
  let hasScan = false;
  // Decoders pass over stray bytes in front of a marker, and so do we.
  let at = bytes.indexOf(MARKER, 2);
  while (at !== -1 && at + 1 < bytes.length) {
    const code = bytes[at + 1] ?? 0;
    if (code === EOI) return { ...shape, wholeness: hasScan ? "whole" : "damaged" };
    if (isFrameHeader(code) && at + 9 <= bytes.length) {
      // Height, then width, behind marker, length and precision (ITU-T T.81, B.2.2).
      shape.heightPx = bytes.readUInt16BE(at + 5);
      shape.widthPx = bytes.readUInt16BE(at + 7);
    }
    hasScan ||= code === SOS;
    at = bytes.indexOf(MARKER, behindMarker(bytes, at, code));
  }
  return shape;
}

/** Where to look for the marker that follows the one at `at`; the end of the bytes where that is not whole. */
function behindMarker(bytes: Buffer, at: number, code: number): number {
  if (code === MARKER) return at + 1;
  const standsAlone = code === 0 || code === TEM || (code >= RST0 && code <= EOI);
  if (standsAlone) return at + 2;
  if (at + 4 > bytes.length) return bytes.length;
  const end = Math.min(bytes.length, at + 2 + bytes.readUInt16BE(at + 2));
  return code === SOS ? scanEnd(bytes, end) : end;
}

function isFrameHeader(code: number): boolean {
  return code >= 0xc0 && code <= 0xcf && !NOT_FRAME_HEADERS.includes(code);
}

/** The first marker behind a scan's data, in which FF00 is a stuffed byte and RST markers are part. */
function scanEnd(bytes: Buffer, from: number): number {
  let at = bytes.indexOf(MARKER, from);
  while (at !== -1) {
    const code = bytes[at + 1] ?? 0;
    if (code !== 0 && !(code >= RST0 && code <= RST7)) return at;
    at = bytes.indexOf(MARKER, at + 2);
  }
  return bytes.length;
}

const GIF_HEADER_BYTES = 13;
const EXTENSION = 0x21;
const IMAGE = 0x2c;
const TRAILER = 0x3b;
/** Stray terminators between blocks, which every decoder passes over. */
const PADDING = 0x00;

/** A GIF block by block up to its trailer (GIF89a specification, sections 17 to 27). */
function readGif(bytes: Buffer): ImageShape {
  if (bytes.length < GIF_HEADER_BYTES) return { widthPx: 0, heightPx: 0, wholeness: "truncated" };
  const size = { widthPx: bytes.readUInt16LE(6), heightPx: bytes.readUInt16LE(8) };
  return { ...size, wholeness: walkBlocks(bytes) };
}

function walkBlocks(bytes: Buffer): Wholeness {
  let hasImage = false;
  let at = GIF_HEADER_BYTES + colourTableBytes(bytes[10]);
  while (at < bytes.length) {
    const kind = bytes[at];
    if (kind === TRAILER) return hasImage ? "whole" : "damaged";
    if (kind === PADDING) at += 1;
    else if (kind === EXTENSION) at = subBlocksEnd(bytes, at + 2);
    else if (kind === IMAGE) {
      hasImage = true;
      // Behind the descriptor and its colour table one byte gives the code size, then the data begins.
      at = subBlocksEnd(bytes, at + 10 + colourTableBytes(bytes[at + 9]) + 1);
    } else return "damaged";
  }
  return "truncated";
}

function colourTableBytes(flags = 0): number {
  return (flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 0x07) + 1);
}

/** Behind the chain of sub-blocks at `at`; past the bytes where its terminator is missing. */
function subBlocksEnd(bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length) {
    const size = bytes[at] ?? 0;
    if (size === 0) return at + 1;
    at += size + 1;
  }
  return bytes.length;
}
