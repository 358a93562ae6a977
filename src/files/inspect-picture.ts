import { hash } from "node:crypto";
import type { Image, ImageProblem, Inspection } from "../manifest/image.ts";
import type { FileStamp } from "../manifest/known-image.ts";
import { showValue } from "../manifest/show-value.ts";
import { type ImageLimits, locatePicture } from "./picture-place.ts";
import { systemProblem, unreadProblem } from "./picture-problem.ts";
import { contentTypeOf, type PictureShape, readShape } from "./picture-shape.ts";
import { readStampedFile } from "./read-file.ts";

/** Pixels a picture may claim to have; no camera makes more, and a claim costs whoever decodes it. */
const MAX_PIXELS = 250_000_000;

/** Bytes that are enough to name the type of a file that is none of ours. */
const TYPE_BYTES = 4_100;

/** Says what a file is by its own bytes, or why it cannot be uploaded. */
export async function inspectPicture(path: string, limits: ImageLimits): Promise<Inspection> {
  const read = await readPicture(path, limits);
  return "problem" in read ? read : { image: read.image };
}

/** The same, with the stamp by which the file can be known again. */
export async function inspectStamped(path: string, limits: ImageLimits): Promise<Inspection> {
  const read = await readPicture(path, limits);
  return "problem" in read ? read : { image: read.image, stamp: read.stamp };
}

/** The same as `inspectPicture`, with the bytes that were looked at: what is hashed is what can be sent. */
export async function readPicture(
  path: string,
  limits: ImageLimits,
): Promise<
  { image: Image; bytes: Uint8Array; stamp: FileStamp | undefined } | { problem: ImageProblem }
> {
  const read = await readBytes(path, limits);
  if ("problem" in read) return read;
  const examined = await examine(path, read.bytes);
  return "problem" in examined ? examined : { ...examined, stamp: read.stamp };
}

async function readBytes(
  path: string,
  limits: ImageLimits,
): Promise<{ bytes: Buffer; stamp: FileStamp | undefined } | { problem: ImageProblem }> {
  try {
    const place = await locatePicture(path, limits);
    if ("problem" in place) return place;
    const read = await readStampedFile(place.realPath, limits.maxBytes);
    return "bytes" in read ? read : { problem: unreadProblem(path, read, limits.maxBytes) };
  } catch (error) {
    return { problem: await systemProblem(path, error, limits) };
  }
}

async function examine(
  path: string,
  bytes: Buffer,
): Promise<{ image: Image; bytes: Buffer } | { problem: ImageProblem }> {
  if (bytes.length === 0) return { problem: empty(path) };
  const contentType = contentTypeOf(bytes);
  if (!contentType) return { problem: await unsupported(path, bytes) };
  const shape = readShape(contentType, bytes);
  const problem = shapeProblem(path, contentType, shape);
  if (problem) return { problem };
  const { widthPx, heightPx } = shape;
  const sha256 = hash("sha256", bytes);
  return { image: { contentType, sizeBytes: bytes.length, sha256, widthPx, heightPx }, bytes };
}

function empty(path: string): ImageProblem {
  const hint = "save the image again, or delete the row";
  return { code: "FILE_EMPTY", message: `${showValue(path)} is empty, expected an image`, hint };
}

async function unsupported(path: string, bytes: Buffer): Promise<ImageProblem> {
  const { fileTypeFromBuffer } = await import("file-type");
  const type = await fileTypeFromBuffer(bytes.subarray(0, TYPE_BYTES)).catch(() => undefined);
  const what = type ? `is ${type.mime}` : "is no image of a known type";
  return {
    code: "FILE_UNSUPPORTED_TYPE",
    message: `${showValue(path)} ${what} by its own bytes, expected PNG, JPEG or GIF`,
    hint: "save it as PNG, JPEG or GIF; another file name alone does not change it",
  };
}

/** What the structure of a picture forbids; a claim of too many pixels comes first, it is made in the header. */
export function shapeProblem(
  path: string,
  contentType: string,
  { widthPx, heightPx, wholeness }: PictureShape,
): ImageProblem | undefined {
  if (widthPx * heightPx > MAX_PIXELS) {
    return {
      code: "FILE_TOO_MANY_PIXELS",
      message: `${showValue(path)} has ${widthPx} × ${heightPx} pixels, expected at most ${MAX_PIXELS} in all`,
      hint: "save the image with fewer pixels",
    };
  }
  if (wholeness === "truncated") {
    return {
      code: "FILE_TRUNCATED",
      message: `${showValue(path)} ends before the ${contentType} image in it does`,
      hint: "copy or download the file again",
    };
  }
  if (wholeness === "whole" && widthPx > 0 && heightPx > 0) return undefined;
  return {
    code: "FILE_DAMAGED",
    message: `${showValue(path)} begins as ${contentType} but does not go on as one`,
    hint: "open the image in a picture program and save it again",
  };
}
