import { readdir, realpath, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { nearest, showValue } from "../manifest/diagnostic.ts";
import { UserError } from "../user-error.ts";
import { errorCode, type ReadFile, readRegularFile, type Unread } from "./read-file.ts";

const MAX_BYTES = 536_870_912;

/** The bytes of a manifest; a `UserError` where it is missing, not a file, too large or not readable. */
export async function readManifestBytes(file: string): Promise<Uint8Array> {
  const read = await tryRead(file);
  if ("bytes" in read) return read.bytes;
  throw unreadError(file, read);
}

/** A `UserError` where no manifest lies there; nothing of it is read. */
export async function assertManifestIsThere(file: string): Promise<void> {
  try {
    await stat(file);
  } catch (error) {
    throw await systemError(file, error);
  }
}

async function tryRead(file: string): Promise<ReadFile | Unread> {
  try {
    return readRegularFile(await realpath(file), MAX_BYTES);
  } catch (error) {
    throw await systemError(file, error);
  }
}

function unreadError(file: string, unread: Unread): UserError {
  switch (unread.reason) {
    case "not-a-file":
      return notAFile(file, unread.kind);
    case "too-large":
      return new UserError(
        "MANIFEST_TOO_LARGE",
        `the manifest ${showValue(file)} has ${unread.sizeBytes} bytes, expected at most ${MAX_BYTES}`,
        { hint: "check that it is the manifest, and split it into several files if it is" },
      );
    case "changed":
      return new UserError(
        "MANIFEST_UNREADABLE",
        `the manifest ${showValue(file)} became shorter while it was read`,
        { hint: "wait until nothing writes to it, then try again" },
      );
  }
}

function notAFile(file: string, kind: string): UserError {
  const message = `the manifest ${showValue(file)} is ${kind}, expected a CSV, .xlsx or YAML file`;
  return new UserError("MANIFEST_NOT_A_FILE", message, { hint: "name the manifest file itself" });
}

async function systemError(file: string, error: unknown): Promise<unknown> {
  const code = errorCode(error);
  if (!code) return error;
  if (code === "ENXIO") return notAFile(file, "a socket or a device");
  if (code === "ENOENT" || code === "ENOTDIR" || code === "ENAMETOOLONG") return notFound(file);
  return new UserError(
    "MANIFEST_UNREADABLE",
    `the manifest ${showValue(file)} cannot be read (${code})`,
    {
      hint:
        code === "EBUSY"
          ? "close it in the program that has it open, Excel for example, then try again"
          : "check that you may read it and that its disk is there",
    },
  );
}

async function notFound(file: string): Promise<UserError> {
  const names = await readdir(dirname(file)).catch(() => undefined);
  const near = names && nearest(basename(file), names.filter(isManifestName));
  const missing = names ? "check the name and the folder" : "check the folder: it does not exist";
  return new UserError("MANIFEST_NOT_FOUND", `there is no file ${showValue(file)}`, {
    hint: near
      ? `name ${showValue(join(dirname(file), near))} if that is the one you mean`
      : missing,
  });
}

function isManifestName(name: string): boolean {
  return /\.(csv|tsv|txt|xlsx|ya?ml)$/i.test(name);
}
