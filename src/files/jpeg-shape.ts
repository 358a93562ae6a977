import type { PictureShape, Wholeness } from "./picture-shape.ts";

const SOI_BYTES = 2;
const MARKER = 0xff;
const TEM = 0x01;
const RST0 = 0xd0;
const EOI = 0xd9;
const SOS = 0xda;
/** C4, C8 and CC lie between the frame headers SOF0 to SOF15 and are none. */
const NOT_FRAME_HEADERS = [0xc4, 0xc8, 0xcc];

/** Reads a JPEG segment by segment, and over its scans, up to EOI (ITU-T T.81, B.1 and B.2). */
export function readJpegShape(bytes: Buffer): PictureShape {
  const size = { widthPx: 0, heightPx: 0 };
  const wholeness = walkSegments(bytes, size);
  return { ...size, wholeness };
}

interface Size {
  widthPx: number;
  heightPx: number;
}

/** Fills in the size on its way. */
function walkSegments(bytes: Buffer, size: Size): Wholeness {
  let hasScan = false;
  // Decoders pass over stray bytes in front of a marker, and so do we.
  let at = bytes.indexOf(MARKER, SOI_BYTES);
  while (at !== -1 && at + 1 < bytes.length) {
    const code = bytes[at + 1] ?? 0;
    if (code === EOI) return hasScan ? "whole" : "damaged";
    if (isFrameHeader(code)) measure(bytes, at, size);
    hasScan ||= code === SOS;
    at = bytes.indexOf(MARKER, behind(bytes, at, code));
  }
  return "truncated";
}

/** Where to look for the marker that follows the one at `at`; the end of the bytes where that is not whole. */
function behind(bytes: Buffer, at: number, code: number): number {
  if (code === MARKER) return at + 1;
  if (standsAlone(code)) return at + 2;
  if (at + 4 > bytes.length) return bytes.length;
  const end = Math.min(bytes.length, at + 2 + bytes.readUInt16BE(at + 2));
  return code === SOS ? scanEnd(bytes, end) : end;
}

function standsAlone(code: number): boolean {
  return code === 0 || code === TEM || (code >= RST0 && code <= EOI);
}

function isFrameHeader(code: number): boolean {
  return code >= 0xc0 && code <= 0xcf && !NOT_FRAME_HEADERS.includes(code);
}

/** Height, then width, behind marker, length and precision (ITU-T T.81, B.2.2). */
function measure(bytes: Buffer, at: number, size: Size): void {
  if (at + 9 > bytes.length) return;
  size.heightPx = bytes.readUInt16BE(at + 5);
  size.widthPx = bytes.readUInt16BE(at + 7);
}

/** The first marker behind a scan's data, in which FF00 is a stuffed byte and RST markers are part. */
function scanEnd(bytes: Buffer, from: number): number {
  let at = bytes.indexOf(MARKER, from);
  while (at !== -1) {
    const code = bytes[at + 1] ?? 0;
    if (code !== 0 && !(code >= RST0 && code < RST0 + 8)) return at;
    at = bytes.indexOf(MARKER, at + 2);
  }
  return bytes.length;
}
