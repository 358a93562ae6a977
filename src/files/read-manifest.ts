import { readdir, realpath, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { nearest, showValue } from "../manifest/diagnostic.ts";
import { UserError } from "../user-error.ts";
import { errorCode, type ReadFile, readRegularFile, type Unread } from "./read-file.ts";

/** What a file is read as, for messages about it. */
interface FileKind {
  what: string;
  /** What its codes begin with. */
  code: string;
  maxBytes: number;
  expected: string;
  names: RegExp;
  tooLarge: string;
}

const MANIFEST: FileKind = {
  what: "manifest",
  code: "MANIFEST",
  maxBytes: 536_870_912,
  expected: "a CSV, .xlsx or YAML file",
  names: /\.(csv|tsv|txt|xlsx|ya?ml)$/i,
  tooLarge: "check that it is the manifest, and split it into several files if it is",
};

const SURVEY: FileKind = {
  what: "survey",
  code: "SURVEY",
  maxBytes: 134_217_728,
  expected: "a text file such as a .qsf",
  names: /\.(qsf|json|txt|html?|[cm]?js|csv|tsv|md)$/i,
  tooLarge: "split it, or take out what is not text",
};

/** The bytes of a manifest; a `UserError` where it is missing, not a file, too large or not readable. */
export function readManifestBytes(file: string): Promise<Uint8Array> {
  return readBytes(file, MANIFEST);
}

/** The same of a file in which ids stand, 128 MB at most. */
export function readSurveyBytes(file: string): Promise<Uint8Array> {
  return readBytes(file, SURVEY);
}

async function readBytes(file: string, kind: FileKind): Promise<Uint8Array> {
  const read = await tryRead(file, kind);
  if ("bytes" in read) return read.bytes;
  throw unreadError(file, read, kind);
}

/** A `UserError` where no manifest lies there; nothing of it is read. */
export async function assertManifestIsThere(file: string): Promise<void> {
  try {
    await stat(file);
  } catch (error) {
    throw await systemError(file, error, MANIFEST);
  }
}

async function tryRead(file: string, kind: FileKind): Promise<ReadFile | Unread> {
  try {
    return readRegularFile(await realpath(file), kind.maxBytes);
  } catch (error) {
    throw await systemError(file, error, kind);
  }
}

function unreadError(file: string, unread: Unread, kind: FileKind): UserError {
  const { what, code, maxBytes, tooLarge } = kind;
  switch (unread.reason) {
    case "not-a-file":
      return notAFile(file, unread.kind, kind);
    case "too-large":
      return new UserError(
        `${code}_TOO_LARGE`,
        `the ${what} ${showValue(file)} has ${unread.sizeBytes} bytes, expected at most ${maxBytes}`,
        { hint: tooLarge },
      );
    case "changed":
      return new UserError(
        `${code}_UNREADABLE`,
        `the ${what} ${showValue(file)} became shorter while it was read`,
        { hint: "wait until nothing writes to it, then try again" },
      );
  }
}

function notAFile(file: string, found: string, { what, code, expected }: FileKind): UserError {
  const message = `the ${what} ${showValue(file)} is ${found}, expected ${expected}`;
  return new UserError(`${code}_NOT_A_FILE`, message, { hint: `name the ${what} file itself` });
}

async function systemError(file: string, error: unknown, kind: FileKind): Promise<unknown> {
  const code = errorCode(error);
  if (!code) return error;
  if (code === "ENXIO") return notAFile(file, "a socket or a device", kind);
  if (code === "ENOENT" || code === "ENOTDIR" || code === "ENAMETOOLONG")
    return notFound(file, kind);
  return new UserError(
    `${kind.code}_UNREADABLE`,
    `the ${kind.what} ${showValue(file)} cannot be read (${code})`,
    {
      hint:
        code === "EBUSY"
          ? "close it in the program that has it open, Excel for example, then try again"
          : "check that you may read it and that its disk is there",
    },
  );
}

async function notFound(file: string, { code, names: fitting }: FileKind): Promise<UserError> {
  const names = await readdir(dirname(file)).catch(() => undefined);
  const near =
    names &&
    nearest(
      basename(file),
      names.filter((name) => fitting.test(name)),
    );
  const missing = names ? "check the name and the folder" : "check the folder: it does not exist";
  return new UserError(`${code}_NOT_FOUND`, `there is no file ${showValue(file)}`, {
    hint: near
      ? `name ${showValue(join(dirname(file), near))} if that is the one you mean`
      : missing,
  });
}
