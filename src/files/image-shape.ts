import type { ContentType } from "../manifest/image.ts";
import { damaged, type Flaw, type ImageShape, TRUNCATED } from "./image-problem.ts";
import { JPEG_SIGNATURE, readJpeg } from "./jpeg-shape.ts";
import { PNG_SIGNATURE, readPng } from "./png-shape.ts";

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

const GIF_HEADER_BYTES = 13;
const EXTENSION = 0x21;
const IMAGE = 0x2c;
const TRAILER = 0x3b;
/** Stray terminators between blocks, which every decoder passes over. */
const PADDING = 0x00;

/** A GIF block by block up to its trailer (GIF89a specification, sections 17 to 27). */
function readGif(bytes: Buffer): ImageShape {
  if (bytes.length < GIF_HEADER_BYTES) return { widthPx: 0, heightPx: 0, flaw: TRUNCATED };
  const size = { widthPx: bytes.readUInt16LE(6), heightPx: bytes.readUInt16LE(8) };
  return { ...size, flaw: walkBlocks(bytes) };
}

function walkBlocks(bytes: Buffer): Flaw | undefined {
  let hasImage = false;
  let at = GIF_HEADER_BYTES + colorTableBytes(bytes[10]);
  while (at < bytes.length) {
    const kind = bytes[at];
    if (kind === TRAILER) return hasImage ? undefined : damaged("it has no pixels");
    if (kind === PADDING) at += 1;
    else if (kind === EXTENSION) at = subBlocksEnd(bytes, at + 2);
    else if (kind === IMAGE) {
      hasImage = true;
      // Behind the descriptor and its color table one byte gives the code size, then the data begins.
      at = subBlocksEnd(bytes, at + 10 + colorTableBytes(bytes[at + 9]) + 1);
    } else return damaged("what follows one of its parts is not a part");
  }
  return TRUNCATED;
}

function colorTableBytes(flags = 0): number {
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
