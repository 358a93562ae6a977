import type { PictureShape, Wholeness } from "./picture-shape.ts";

const HEADER_BYTES = 13;
const EXTENSION = 0x21;
const IMAGE = 0x2c;
const TRAILER = 0x3b;
/** Stray terminators between blocks, which every decoder passes over. */
const PADDING = 0x00;

/** Reads a GIF block by block up to its trailer (GIF89a specification, sections 17 to 27). */
export function readGifShape(bytes: Buffer): PictureShape {
  if (bytes.length < HEADER_BYTES) return { widthPx: 0, heightPx: 0, wholeness: "truncated" };
  const widthPx = bytes.readUInt16LE(6);
  const heightPx = bytes.readUInt16LE(8);
  const firstBlock = HEADER_BYTES + colourTableBytes(bytes[10] ?? 0);
  return { widthPx, heightPx, wholeness: walkBlocks(bytes, firstBlock) };
}

function colourTableBytes(flags: number): number {
  return (flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 0x07) + 1);
}

function walkBlocks(bytes: Buffer, firstBlock: number): Wholeness {
  let hasImage = false;
  let at = firstBlock;
  while (at < bytes.length) {
    const kind = bytes[at];
    if (kind === TRAILER) return hasImage ? "whole" : "damaged";
    if (kind === PADDING) at += 1;
    else if (kind === EXTENSION) at = subBlocksEnd(bytes, at + 2);
    else if (kind === IMAGE) {
      hasImage = true;
      // Behind the descriptor and its colour table one byte gives the code size, then the data begins.
      at = subBlocksEnd(bytes, at + 10 + colourTableBytes(bytes[at + 9] ?? 0) + 1);
    } else return "damaged";
  }
  return "truncated";
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
