import type { ImageProblem } from "../manifest/image.ts";
import { showValue } from "../manifest/show-value.ts";
import { errorCode } from "./error-code.ts";
import { nearestFile } from "./nearest-file.ts";
import type { ImageLimits } from "./picture-place.ts";
import type { Unread } from "./read-file.ts";

const CHECK_PATH = "check the path: it begins at the manifest's folder";

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

/** What is wrong with a file that the system does not give out; other errors are thrown on. */
export async function systemProblem(
  path: string,
  error: unknown,
  limits: ImageLimits,
): Promise<ImageProblem> {
  const code = errorCode(error);
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
    case "ENAMETOOLONG":
    case "ERR_INVALID_ARG_VALUE":
      return notFound(path, limits);
    case "ENXIO":
      return notAFile(path, "a socket or a device");
    case "EACCES":
    case "EPERM":
      return unreadable(path, "you may not read it", "give yourself the right to read it");
    case "ELOOP":
      return unreadable(path, "its links lead in a circle", "put the image itself there");
    case "EMFILE":
    case "ENFILE":
      return unreadable(
        path,
        "too many files are open",
        "raise the limit of open files (ulimit -n)",
      );
  }
  if (!code || !/^E[A-Z0-9]+$/.test(code)) throw error;
  return unreadable(path, `the system says ${code}`, "check the disk or the network folder");
}

function unreadable(path: string, why: string, hint: string): ImageProblem {
  return { code: "FILE_UNREADABLE", message: `${showValue(path)} cannot be read: ${why}`, hint };
}

async function notFound(path: string, limits: ImageLimits): Promise<ImageProblem> {
  const problem = { code: "FILE_NOT_FOUND", message: `there is no file ${showValue(path)}` };
  const near = path.includes("\0") ? undefined : await nearestFile(path, limits);
  if (near === undefined) return { ...problem, hint: CHECK_PATH };
  const hint = spelling(path, near.path);
  return near.isSure ? { ...problem, hint, meantPath: near.path } : { ...problem, hint };
}

function spelling(path: string, found: string): string {
  if (found.normalize() !== path.normalize()) {
    return `write ${showValue(found)} if that is the file you mean`;
  }
  return `copy the name from the file: its accents are stored in another Unicode form; 'qgfx validate --fix' does it`;
}
