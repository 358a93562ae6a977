import { hash } from "node:crypto";
import type { ContentType, Image } from "../manifest/image.ts";

/** A picture of one pixel: what is sent, and as which type. */
export interface Pixel {
  bytes: Buffer;
  type: string;
  image: Image;
}

const PNG =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=";
const WEBP = "UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==";
const SVG =
  '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"><path d="M0 0h1v1z"/></svg>';

/** The pixel as PNG. */
export const PIXEL: Pixel = pixel(Buffer.from(PNG, "base64"), "image/png");
/** The same as WebP. */
export const WEBP_PIXEL: Pixel = pixel(Buffer.from(WEBP, "base64"), "image/webp");
/** The same as SVG. */
export const SVG_PIXEL: Pixel = pixel(Buffer.from(SVG), "image/svg+xml");

/** The PNG with zeros behind it, which decoders pass over. */
export function heavyPixel(sizeBytes: number): Pixel {
  return pixel(
    Buffer.concat([PIXEL.bytes, Buffer.alloc(sizeBytes - PIXEL.bytes.length)]),
    PIXEL.type,
  );
}

function pixel(bytes: Buffer, type: string): Pixel {
  const image = {
    // What is tried out here is whether there are more types than these.
    contentType: type as ContentType,
    sizeBytes: bytes.length,
    sha256: hash("sha256", bytes, "hex"),
    widthPx: 1,
    heightPx: 1,
  };
  return { bytes, type, image };
}
