import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { nearest, showValue } from "../manifest/diagnostic.ts";
import type { FileStamp } from "../manifest/image.ts";
import { UserError } from "../user-error.ts";

/** Read only, no symlink followed, no waiting for the writer of a FIFO; Windows knows neither of the last two. */
export const OPEN_FLAGS =
  constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** Why `readRegularFile` gives no bytes; system errors are thrown instead. */
export type Unread =
  | { reason: "not-a-file"; kind: string }
  | { reason: "too-large"; sizeBytes: number }
  | { reason: "changed" };

/** A file's bytes and the stamp it bore before it was read, so that no later change goes unseen. */
export interface ReadFile {
  bytes: Buffer<ArrayBuffer>;
  /** Undefined where the file changed too short a time before to be known again by its stamp. */
  stamp: FileStamp | undefined;
}

/**
 * Opens a file once and reads it whole from that handle, so that what was checked is what was read. `path` is a real
 * path: a symlink in its last part is an ELOOP error. `memoryFor` gives the memory for so many bytes.
 */
export function readRegularFile(
  path: string,
  maxBytes: number,
  memoryFor: (sizeBytes: number) => Buffer<ArrayBuffer> = Buffer.allocUnsafe,
): ReadFile | Unread {
  const descriptor = openSync(path, OPEN_FLAGS);
  try {
    const nowMs = Date.now();
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) return { reason: "not-a-file", kind: kindOf(stats) };
    if (stats.size > maxBytes) return { reason: "too-large", sizeBytes: stats.size };
    const bytes = memoryFor(stats.size);
    return isFilled(bytes, descriptor) ? { bytes, stamp: stampOf(stats, nowMs) } : CHANGED;
  } finally {
    closeSync(descriptor);
  }
}

const CHANGED: Unread = { reason: "changed" };

/** False where the file ends before `bytes` do. */
function isFilled(bytes: Buffer<ArrayBuffer>, descriptor: number): boolean {
  for (let filled = 0; filled < bytes.length; ) {
    const count = readSync(descriptor, bytes, filled, bytes.length - filled, null);
    if (count === 0) return false;
    filled += count;
  }
  return true;
}

function stampOf({ mtimeMs, ctimeMs, ino }: Stats, nowMs: number): FileStamp | undefined {
  const stamp = { mtimeMs, ctimeMs, inode: ino };
  return isSettled(stamp, nowMs) ? stamp : undefined;
}

/** The coarsest clock of a file system in use (FAT): two changes so near may bear one time. */
const CLOCK_TICK_MS = 2_000;

/**
 * Whether whatever changes a file after `nowMs`, when it bears this stamp, gives it another. A file changed just
 * before may change once more without a trace ("racy" in git's words).
 */
export function isSettled({ mtimeMs, ctimeMs }: FileStamp, nowMs: number): boolean {
  return Math.max(mtimeMs, ctimeMs) <= nowMs - CLOCK_TICK_MS;
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return "a folder";
  if (stats.isFIFO()) return "a named pipe";
  return stats.isSocket() ? "a socket" : "a device";
}

/** The code of a system error, such as `ENOENT`, or of one of Node's own; undefined: neither. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

interface FileKind {
  what: string;
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
