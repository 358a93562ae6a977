import type { ContentType } from "../manifest/image.ts";
import { readGifShape } from "./gif-shape.ts";
import { readJpegShape } from "./jpeg-shape.ts";
import { readPngShape } from "./png-shape.ts";

/** How much of a picture the bytes hold; what follows its end does not count. */
export type Wholeness = "whole" | "truncated" | "damaged";

/** What the structure of a picture says, its pixels not decoded. Sizes are 0 where the bytes end before them. */
export interface PictureShape {
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

/** Walks through a picture of a known type, from its header to its end. */
export function readShape(contentType: ContentType, bytes: Buffer): PictureShape {
  switch (contentType) {
    case "image/png":
      return readPngShape(bytes);
    case "image/jpeg":
      return readJpegShape(bytes);
    case "image/gif":
      return readGifShape(bytes);
  }
}
