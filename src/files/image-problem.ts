import { showValue } from "../manifest/diagnostic.ts";
import type { ImageProblem } from "../manifest/image.ts";
import { type ImageLimits, nearestFile } from "./image-place.ts";
import type { ImageShape } from "./image-shape.ts";
import { errorCode, type Unread } from "./read-file.ts";

/** Pixels an image may claim to have; no camera makes more, and a claim costs whoever decodes it. */
const MAX_PIXELS = 250_000_000;

/** Bytes that are enough to name the type of a file that is none of ours. */
const TYPE_BYTES = 4_100;

/** What is wrong with an image that lies outside the root. */
export function outsideProblem(path: string, { rootDir }: ImageLimits): ImageProblem {
  return {
    code: "FILE_OUTSIDE_ROOT",
    message: `${showValue(path)} lies outside ${showValue(rootDir)}, or is a link that leads out of it`,
    hint: "copy the image into that folder, or name a folder above both with --root",
  };
}

/** What is wrong with a file that was opened and not read. */
export function unreadProblem(path: string, unread: Unread, maxBytes: number): ImageProblem {
  switch (unread.reason) {
    case "not-a-file":
      return notAFile(path, unread.kind);
    case "too-large":
      return {
        code: "FILE_TOO_LARGE",
        message: `${showValue(path)} has ${unread.sizeBytes} bytes, expected at most ${maxBytes}`,
        hint: "save the image smaller: fewer pixels, or a stronger compression",
      };
    case "changed":
      return {
        code: "FILE_CHANGED",
        message: `${showValue(path)} became shorter while it was read`,
        hint: "wait until nothing writes to the file, then try again",
      };
  }
}

function notAFile(path: string, kind: string): ImageProblem {
  return {
    code: "FILE_NOT_A_FILE",
    message: `${showValue(path)} is ${kind}, expected an image file`,
    hint: "write the path of one image",
  };
}

/** What is wrong with a file whose bytes are no PNG, JPEG or GIF. */
export async function typeProblem(path: string, bytes: Buffer): Promise<ImageProblem> {
  if (bytes.length === 0) {
    const hint = "save the image again, or delete the row";
    return { code: "FILE_EMPTY", message: `${showValue(path)} is empty, expected an image`, hint };
  }
  const { fileTypeFromBuffer } = await import("file-type");
  const type = await fileTypeFromBuffer(bytes.subarray(0, TYPE_BYTES)).catch(() => undefined);
  const what = type ? `is ${type.mime}` : "is no image of a known type";
  return {
    code: "FILE_UNSUPPORTED_TYPE",
    message: `${showValue(path)} ${what} by its own bytes, expected PNG, JPEG or GIF`,
    hint: "save it as PNG, JPEG or GIF; another file name alone does not change it",
  };
}

/** What the structure of an image forbids; a claim of too many pixels comes first, it is made in the header. */
export function shapeProblem(
  path: string,
  contentType: string,
  { widthPx, heightPx, wholeness }: ImageShape,
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

const UNREADABLE: ReadonlyMap<string, { why: string; hint: string }> = new Map([
  ["EACCES", { why: "you may not read it", hint: "give yourself the right to read it" }],
  ["EPERM", { why: "you may not read it", hint: "give yourself the right to read it" }],
  ["ELOOP", { why: "its links lead in a circle", hint: "put the image itself there" }],
  ["EMFILE", { why: "too many files are open", hint: "raise the limit of open files (ulimit -n)" }],
  ["ENFILE", { why: "too many files are open", hint: "raise the limit of open files (ulimit -n)" }],
]);

const NOT_THERE = ["ENOENT", "ENOTDIR", "ENAMETOOLONG", "ERR_INVALID_ARG_VALUE"];

/** What is wrong with a file that the system does not give out; other errors are thrown on. */
export function systemProblem(path: string, error: unknown, limits: ImageLimits): ImageProblem {
  const code = errorCode(error) ?? "";
  if (NOT_THERE.includes(code)) return notFound(path, limits);
  if (code === "ENXIO") return notAFile(path, "a socket or a device");
  if (!/^E[A-Z0-9]+$/.test(code)) throw error;
  const { why, hint } = UNREADABLE.get(code) ?? {
    why: `the system says ${code}`,
    hint: "check the disk or the network folder",
  };
  return { code: "FILE_UNREADABLE", message: `${showValue(path)} cannot be read: ${why}`, hint };
}

function notFound(path: string, limits: ImageLimits): ImageProblem {
  const problem = { code: "FILE_NOT_FOUND", message: `there is no file ${showValue(path)}` };
  const near = path.includes("\0") ? undefined : nearestFile(path, limits);
  if (near === undefined) {
    return { ...problem, hint: "check the path: it begins at the manifest's folder" };
  }
  const hint = spelling(path, near.path);
  return near.isSure ? { ...problem, hint, meantPath: near.path } : { ...problem, hint };
}

function spelling(path: string, found: string): string {
  if (found.normalize() !== path.normalize()) {
    return `write ${showValue(found)} if that is the file you mean`;
  }
  return `copy the name from the file: its accents are stored in another Unicode form; 'qgfx validate --fix' does it`;
}
