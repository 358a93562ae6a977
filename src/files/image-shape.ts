import { constants, crc32, inflateSync } from "node:zlib";
import type { ContentType } from "../manifest/image.ts";
import { damaged, type Flaw, type ImageShape, TRUNCATED } from "./image-problem.ts";
import { readJpeg } from "./jpeg-shape.ts";

const SIGNATURES: readonly [RegExp, ContentType][] = [
  [/^\x89PNG\r\n\x1a\n/, "image/png"],
  [/^\xff\xd8\xff/, "image/jpeg"],
  [/^GIF8[79]a/, "image/gif"],
];

/** The content type by the first bytes; undefined: none that the service takes (qualtrics-api: Upload). */
export function contentTypeOf(bytes: Buffer): ContentType | undefined {
  const start = bytes.toString("latin1", 0, 8);
  return SIGNATURES.find(([signature]) => signature.test(start))?.[1];
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

const PNG_SIGNATURE_BYTES = 8;
/** Length and type before a chunk's data, check sum after it (PNG 3rd edition, 5.3). */
const CHUNK_FRAME_BYTES = 12;
const HEADER_BYTES = 13;

/** Bit depths that each color type may have, and its samples a pixel (PNG 3rd edition, table 8). */
const COLOR_TYPES = new Map([
  [0, { depths: [1, 2, 4, 8, 16], samples: 1 }],
  [2, { depths: [8, 16], samples: 3 }],
  [3, { depths: [1, 2, 4, 8], samples: 1 }],
  [4, { depths: [8, 16], samples: 2 }],
  [6, { depths: [8, 16], samples: 4 }],
]);
const PALETTE_COLORS = 3;
const MAX_PALETTE_BYTES = 3 * 256;

interface PngHeader {
  widthPx: number;
  heightPx: number;
  colorType: number;
  bitsPerPixel: number;
  isInterlaced: boolean;
}

/** A PNG, animated or not, chunk by chunk up to IEND, and its pixels as far as they are stored (5.2 to 5.6, 7.2). */
function readPng(bytes: Buffer): ImageShape {
  const dataAt = PNG_SIGNATURE_BYTES + 8;
  if (bytes.length < dataAt + HEADER_BYTES + 4) return { widthPx: 0, heightPx: 0, flaw: TRUNCATED };
  const header = readHeader(bytes, dataAt);
  if ("why" in header) return { widthPx: 0, heightPx: 0, flaw: header };
  const { widthPx, heightPx } = header;
  return { widthPx, heightPx, flaw: flawIn(bytes, header) };
}

function readHeader(bytes: Buffer, at: number): PngHeader | Flaw {
  const type = bytes.toString("latin1", at - 4, at);
  if (type === "CgBI") return damaged("it is in iOS's own form of PNG (CgBI)");
  if (type !== "IHDR" || bytes.readUInt32BE(at - 8) !== HEADER_BYTES) {
    return damaged("it does not begin with a header (IHDR)");
  }
  const widthPx = bytes.readUInt32BE(at);
  const heightPx = bytes.readUInt32BE(at + 4);
  const [depth = 0, colorType = 0, compression, filter, interlace] = bytes.subarray(at + 8);
  const kind = COLOR_TYPES.get(colorType);
  const isLegalSize = [widthPx, heightPx].every((px) => px > 0 && px < 2 ** 31);
  if (!isLegalSize) return damaged(`its header says ${widthPx} × ${heightPx} pixels`);
  if (!kind?.depths.includes(depth)) {
    return damaged(`its header says color type ${colorType} with bit depth ${depth}`);
  }
  if (compression !== 0 || filter !== 0 || (interlace ?? 0) > 1) {
    return damaged("its header holds values that PNG does not have");
  }
  const bitsPerPixel = depth * kind.samples;
  return { widthPx, heightPx, colorType, bitsPerPixel, isInterlaced: interlace === 1 };
}

interface Contents {
  colorType: number;
  hasPalette: boolean;
  pixels: Buffer[];
}

function flawIn(bytes: Buffer, header: PngHeader): Flaw | undefined {
  const contents: Contents = { colorType: header.colorType, hasPalette: false, pixels: [] };
  for (let at = PNG_SIGNATURE_BYTES; at + CHUNK_FRAME_BYTES <= bytes.length; ) {
    const end = at + CHUNK_FRAME_BYTES + bytes.readUInt32BE(at);
    const type = bytes.toString("latin1", at + 4, at + 8);
    if (!/^[A-Za-z]{4}$/.test(type)) return damaged("what follows one of its parts is not a part");
    if (end > bytes.length) return TRUNCATED;
    if (crc32(bytes.subarray(at + 4, end - 4)) !== bytes.readUInt32BE(end - 4)) {
      return damaged(`the check sum of a part (${type}) does not fit`);
    }
    if (type === "IEND") return flawInPixels(contents.pixels, header);
    // A part that begins with a small letter is optional: the image is shown without it (5.4).
    const matters = type < "a" && at > PNG_SIGNATURE_BYTES;
    const flaw = matters && takeChunk(type, bytes.subarray(at + 8, end - 4), contents);
    if (flaw) return flaw;
    at = end;
  }
  return TRUNCATED;
}

function takeChunk(type: string, data: Buffer, contents: Contents): Flaw | undefined {
  switch (type) {
    case "IDAT":
      contents.pixels.push(data);
      return contents.colorType === PALETTE_COLORS && !contents.hasPalette
        ? damaged("it has no palette (PLTE)")
        : undefined;
    case "PLTE":
      contents.hasPalette = true;
      return data.length > 0 && data.length % 3 === 0 && data.length <= MAX_PALETTE_BYTES
        ? undefined
        : damaged("its palette (PLTE) has no legal length");
    case "IHDR":
      return damaged("it has two headers (IHDR)");
    default:
      return damaged(`it has a part of an unknown kind (${type})`);
  }
}

/** Larger pictures are not unpacked: what a plan waits for and the memory it takes stay small. */
const MAX_UNPACKED_BYTES = 64 * 1024 * 1024;

/** Deflate packs no more into a byte (zlib's technical details). */
const MAX_RATIO = 1032;

const TOO_FEW_PIXELS = damaged("it has fewer pixels (IDAT) than its header says");

function flawInPixels(parts: readonly Buffer[], header: PngHeader): Flaw | undefined {
  if (parts.length === 0) return damaged("it has no pixels (IDAT)");
  const passes = passesOf(header);
  const unpackedBytes = passes.reduce((sum, { rows, rowBytes }) => sum + rows * rowBytes, 0);
  const packedBytes = parts.reduce((sum, { length }) => sum + length, 0);
  if (packedBytes * MAX_RATIO < unpackedBytes) return TOO_FEW_PIXELS;
  if (unpackedBytes > MAX_UNPACKED_BYTES) return undefined;
  const [first] = parts;
  const packed = parts.length === 1 && first ? first : Buffer.concat(parts);
  try {
    const pixels = inflateSync(packed, {
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: Math.max(1, unpackedBytes),
      chunkSize: Math.min(Math.max(1024, unpackedBytes), 1024 * 1024),
    });
    return pixels.length < unpackedBytes ? TOO_FEW_PIXELS : flawInFilters(pixels, passes);
  } catch (error) {
    // More pixels than the header says: programs leave the rest out.
    const isLonger = (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE";
    return isLonger ? undefined : damaged("its pixels (IDAT) cannot be unpacked");
  }
}

/** Rows of one pass, each with the byte of its filter in front. */
interface Pass {
  rows: number;
  rowBytes: number;
}

/** Where each pass of Adam7 begins and how far its pixels are apart: x, y, dx, dy (PNG 3rd edition, 8.1). */
const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

function passesOf({ widthPx, heightPx, bitsPerPixel, isInterlaced }: PngHeader): Pass[] {
  const pass = (columns: number, rows: number): Pass => ({
    rows: columns === 0 ? 0 : rows,
    rowBytes: 1 + Math.ceil((columns * bitsPerPixel) / 8),
  });
  if (!isInterlaced) return [pass(widthPx, heightPx)];
  return ADAM7.map(([x, y, dx, dy]) =>
    pass(Math.max(0, Math.ceil((widthPx - x) / dx)), Math.max(0, Math.ceil((heightPx - y) / dy))),
  );
}

const LAST_FILTER = 4;

function flawInFilters(pixels: Buffer, passes: readonly Pass[]): Flaw | undefined {
  let at = 0;
  for (const { rows, rowBytes } of passes) {
    for (let row = 0; row < rows; row += 1, at += rowBytes) {
      if ((pixels[at] ?? 0) > LAST_FILTER)
        return damaged("its pixels (IDAT) are not those of a PNG");
    }
  }
  return undefined;
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
