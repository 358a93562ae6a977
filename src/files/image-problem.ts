import { existsSync } from "node:fs";
import { isAbsolute, sep } from "node:path";
import { showValue } from "../manifest/diagnostic.ts";
import type { ImageProblem } from "../manifest/image.ts";
import { foreignTypeOf } from "./foreign-type.ts";
import type { ImageLimits } from "./image-place.ts";
import { findMeant, type MeantFile } from "./meant-file.ts";
import { errorCode, type Unread } from "./read-file.ts";

/** Pixels an image may claim to have; no camera makes more, and a claim costs whoever decodes it. */
const MAX_PIXELS = 250_000_000;

/** What the structure of an image says. Sizes are 0 where the bytes end before them. */
export interface ImageShape {
  widthPx: number;
  heightPx: number;
  flaw: Flaw | undefined;
}

/** What is wrong with an image's structure; what follows its end does not count. */
export interface Flaw {
  kind: "truncated" | "damaged" | "unshown" | "no-end";
  /** A sentence, or of what is not shown its name. */
  why: string;
}

/** The bytes end before the image does. */
export const TRUNCATED: Flaw = { kind: "truncated", why: "it is cut off" };

/** All of the picture is there, without the marker of its end. */
export const NO_END: Flaw = { kind: "no-end", why: "it has no end marker" };

/** A part of the image is not what its type allows. */
export function damaged(why: string): Flaw {
  return { kind: "damaged", why };
}

/** An image that is as it should be, and that browsers do not show. */
export function unshown(why: string): Flaw {
  return { kind: "unshown", why };
}

/** What is wrong with an image that lies outside the root. */
export function outsideProblem(path: string, limits: ImageLimits): ImageProblem {
  const rootDir = showValue(limits.rootDir);
  // A path of another computer, most likely.
  if (isAbsolute(path) && !existsSync(path)) {
    const message = `${showValue(path)} lies outside ${rootDir}, and there is no such file here`;
    return { code: "FILE_OUTSIDE_ROOT", message, ...whatWasMeant(path, limits) };
  }
  return {
    code: "FILE_OUTSIDE_ROOT",
    message: `${showValue(path)} lies outside ${rootDir}, or is a link that leads out of it`,
    hint: "copy the image into that folder, or name a folder above both with --root",
  };
}

/** What is wrong with a file of our own. */
export function reservedProblem(path: string): ImageProblem {
  return {
    code: "FILE_RESERVED",
    message: `${showValue(path)} is a file of qgfx's own record, not an image`,
    hint: "name the image itself; one that is kept in .qgfx has to move out of it",
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
        hint: "save the image smaller (fewer pixels, or a stronger compression), or give apply --convert DIR",
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
  const { what, hint } = await foreignTypeOf(bytes);
  const message = `${showValue(path)} is ${what}; Qualtrics takes PNG, JPEG and GIF`;
  return { code: "FILE_UNSUPPORTED_TYPE", message, hint };
}

const FROM_ITS_SOURCE =
  "copy it again from its source, or save it again in the program that made it";

/** What the structure of an image forbids; a claim of too many pixels comes first, it is made in the header. */
export function shapeProblem(
  path: string,
  contentType: string,
  { widthPx, heightPx, flaw }: ImageShape,
): ImageProblem | undefined {
  const shown = showValue(path);
  if (widthPx * heightPx > MAX_PIXELS) {
    return {
      code: "FILE_TOO_MANY_PIXELS",
      message: `${shown} has ${widthPx} × ${heightPx} pixels, expected at most ${MAX_PIXELS} in all`,
      hint: "save the image with fewer pixels",
    };
  }
  const type = contentType.replace("image/", "").toUpperCase();
  switch (flaw?.kind) {
    case "truncated":
      return {
        code: "FILE_TRUNCATED",
        message: `${shown} is cut off: it ends before the ${type} in it does`,
        hint: FROM_ITS_SOURCE,
      };
    case "damaged":
      return {
        code: "FILE_DAMAGED",
        message: `${shown} is a damaged ${type}: ${flaw.why}`,
        hint: FROM_ITS_SOURCE,
      };
    case "unshown":
      return {
        code: "FILE_UNSUPPORTED_TYPE",
        message: `${shown} is a ${flaw.why}, which browsers do not show`,
        hint: "save it again from its source, as an ordinary JPEG or as PNG",
      };
    case "no-end":
      return {
        code: "FILE_WITHOUT_END",
        severity: "warning",
        message: `${shown} is a ${type} without an end marker; all of the image is there`,
        hint: "if a survey does not show it, open it in an image program and save it again",
      };
  }
  if (widthPx > 0 && heightPx > 0) return undefined;
  const message = `${shown} is a damaged ${type}: its header says ${widthPx} × ${heightPx} pixels`;
  return { code: "FILE_DAMAGED", message, hint: FROM_ITS_SOURCE };
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
  // Of the system's own codes some are its words, such as UNKNOWN of a cloud drive on Windows.
  if (!(error instanceof Error && "syscall" in error)) throw error;
  const { why, hint } = UNREADABLE.get(code) ?? {
    why: `the system says ${code}`,
    hint: "check the disk or the network folder; a file that a cloud drive keeps has to be downloaded first",
  };
  return { code: "FILE_UNREADABLE", message: `${showValue(path)} cannot be read: ${why}`, hint };
}

function notFound(path: string, limits: ImageLimits): ImageProblem {
  const isFromWindows = sep === "/" && /^([a-z]:[\\/]|\\\\)/i.test(path);
  const message = isFromWindows
    ? `${showValue(path)} is a path on a Windows computer, and there is no such file here`
    : `there is no file ${showValue(path)}`;
  return { code: "FILE_NOT_FOUND", message, ...whatWasMeant(path, limits) };
}

function whatWasMeant(path: string, limits: ImageLimits): Pick<ImageProblem, "hint" | "meantPath"> {
  const meant = path.includes("\0") ? undefined : findMeant(path, limits);
  if (meant === undefined) return { hint: "check the path: it begins at the manifest's folder" };
  const hint = `${wayTo(path, meant)}${meant.isSure ? "; 'qgfx validate --fix' writes it" : ""}`;
  const [meantPath = ""] = meant.paths;
  return meant.isSure ? { hint, meantPath } : { hint };
}

const PATHS_LISTED = 3;

function wayTo(path: string, { paths, how }: MeantFile): string {
  const [first = ""] = paths;
  const shown = paths.slice(0, PATHS_LISTED).map(showValue).join(", ");
  const more = paths.length > PATHS_LISTED ? ` and ${paths.length - PATHS_LISTED} more` : "";
  if (how === "bytes") return `the image uploaded for this row is now ${shown}${more} (same bytes)`;
  if (how === "elsewhere") return `a file of that name is at ${shown}${more}`;
  return first.normalize() === path.normalize()
    ? "copy the name from the file: its accents are stored in another Unicode form"
    : `write ${shown} if that is the file you mean`;
}
