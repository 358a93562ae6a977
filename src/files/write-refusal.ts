import { mkdir } from "node:fs/promises";
import { showValue } from "../manifest/diagnostic.ts";
import { UserError } from "../user-error.ts";
import { errorCode } from "./read-file.ts";

interface Refusal {
  code: string;
  why: string;
  hint: string;
}

const IN_USE: Refusal = {
  code: "WRITE_IN_USE",
  why: "another program has it open",
  hint: "close it there, Excel for example, then run it again",
};

/** Windows does not tell a right that is missing from a file that is open. */
const NOT_ALLOWED: Refusal =
  process.platform === "win32"
    ? { ...IN_USE, why: "another program has it open, or you may not write there" }
    : {
        code: "WRITE_NOT_ALLOWED",
        why: "you may not write there",
        hint: "give yourself the right to write into its folder, or name another file",
      };

const IN_THE_WAY: Refusal = {
  code: "WRITE_NO_FOLDER",
  why: "a file is where a folder is needed",
  hint: "move that file away, or name another folder",
};

/** Remedies for what the system says most; other system errors are named by their code. */
const REFUSALS: ReadonlyMap<string, Refusal> = new Map(
  Object.entries({
    ENOSPC: {
      code: "WRITE_NO_SPACE",
      why: "the disk is full",
      hint: "make room on the disk, then run it again",
    },
    EDQUOT: {
      code: "WRITE_NO_SPACE",
      why: "your quota is used up",
      hint: "make room, then run it again",
    },
    EBUSY: IN_USE,
    EEXIST: IN_THE_WAY,
    ENOTDIR: IN_THE_WAY,
    EACCES: NOT_ALLOWED,
    EPERM: NOT_ALLOWED,
    EROFS: {
      code: "WRITE_READ_ONLY",
      why: "the disk is read-only",
      hint: "name a file on another disk",
    },
    ENOENT: {
      code: "WRITE_NO_FOLDER",
      why: "its folder does not exist",
      hint: "make the folder first, or name another file",
    },
  }),
);

/** What the system's refusal to write means to the user; any other error is given back. */
export function writeRefusal(path: string, error: unknown): unknown {
  const system = errorCode(error);
  if (error instanceof UserError || !system) return error;
  const { code, why, hint } = REFUSALS.get(system) ?? {
    code: "WRITE_FAILED",
    why: `the system says ${system}`,
    hint: "check the disk, then run it again",
  };
  return new UserError(code, `${showValue(path)} cannot be written: ${why}`, { hint });
}

/** Makes a folder, and those above it. A `UserError` where a file is in its place, or the disk or its rights forbid it. */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    throw writeRefusal(path, error);
  }
}
