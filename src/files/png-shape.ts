import type { PictureShape, Wholeness } from "./picture-shape.ts";

const SIGNATURE_BYTES = 8;
/** Length and type before a chunk's data, check sum after it (PNG 3rd edition, 5.3). */
const CHUNK_FRAME_BYTES = 12;
const IHDR = 0x49484452;
const IDAT = 0x49444154;
const IEND = 0x49454e44;

/** Reads a PNG, animated or not, chunk by chunk up to IEND (PNG 3rd edition, 5.2 to 5.6). */
export function readPngShape(bytes: Buffer): PictureShape {
  if (bytes.length < SIGNATURE_BYTES + CHUNK_FRAME_BYTES + 13) return shapeless("truncated");
  if (bytes.readUInt32BE(12) !== IHDR) return shapeless("damaged");
  const shape = { widthPx: bytes.readUInt32BE(16), heightPx: bytes.readUInt32BE(20) };
  return { ...shape, wholeness: walkChunks(bytes) };
}

function shapeless(wholeness: Wholeness): PictureShape {
  return { widthPx: 0, heightPx: 0, wholeness };
}

function walkChunks(bytes: Buffer): Wholeness {
  let hasData = false;
  let at = SIGNATURE_BYTES;
  while (at + CHUNK_FRAME_BYTES <= bytes.length) {
    const end = at + CHUNK_FRAME_BYTES + bytes.readUInt32BE(at);
    const type = bytes.readUInt32BE(at + 4);
    if (!isChunkType(bytes, at + 4)) return "damaged";
    if (end > bytes.length) return "truncated";
    if (type === IEND) return hasData ? "whole" : "damaged";
    hasData ||= type === IDAT;
    at = end;
  }
  return "truncated";
}

/** Four ASCII letters (PNG 3rd edition, 5.3). */
function isChunkType(bytes: Buffer, at: number): boolean {
  for (let index = at; index < at + 4; index += 1) {
    const letter = (bytes[index] ?? 0) | 0x20;
    if (letter < 0x61 || letter > 0x7a) return false;
  }
  return true;
}
