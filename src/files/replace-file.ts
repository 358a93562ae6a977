import { createHash } from "node:crypto";
import { constants, createReadStream } from "node:fs";
import { type FileHandle, lstat, open, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { setTimeout } from "node:timers/promises";
import { showValue } from "../manifest/diagnostic.ts";
import { UserError } from "../user-error.ts";
import { errorCode } from "./read-file.ts";
import { clearTemporaries, withTemporary } from "./temporary-file.ts";
import { writeRefusal } from "./write-refusal.ts";

const DEFAULT_MODE = 0o666;

/**
 * Replaces a file whole or not at all (reliability: Facts): a temporary file beside it is written, flushed and
 * renamed over it, and the folder is flushed. A link is followed, the mode of a file that exists is kept unless one is given. Content
 * may come in parts, and what making one throws is thrown on. A `UserError` where the disk or its rights forbid
 * it; the old file is then untouched and nothing is left behind.
 */
export async function replaceFile(
  path: string,
  content: string | Uint8Array | Iterable<Uint8Array>,
  mode?: number,
): Promise<void> {
  try {
    await replace(path, partsOf(content), { givenMode: mode });
  } catch (error) {
    throw writeRefusal(path, error);
  }
}

/**
 * The same, and a file that holds just these bytes already stays as it is: its time does not change. Gives the content's
 * SHA-256, lower-case hex.
 */
export async function updateFile(
  path: string,
  content: Uint8Array | Iterable<Uint8Array>,
): Promise<string> {
  const parts = content instanceof Uint8Array ? [content] : content;
  try {
    return await replace(path, parts, { current: await digestFile(path) });
  } catch (error) {
    throw writeRefusal(path, error);
  }
}

/** Undefined where the file cannot be read: it is replaced then. */
async function digestFile(path: string): Promise<string | undefined> {
  const hash = createHash("sha256");
  try {
    for await (const part of createReadStream(path)) hash.update(part);
    return hash.digest("hex");
  } catch {
    return undefined;
  }
}

/** Removes a file if it is there. A `UserError` where something else stands there, or the disk or its rights forbid it. */
export async function removeFile(path: string): Promise<void> {
  try {
    await clearTemporaries((await targetOf(path)).path);
    await rm(path, { force: true });
  } catch (error) {
    throw writeRefusal(path, error);
  }
}

/** A `UserError` where `replaceFile` is bound to fail: no folder to put the file into, or something else in its place. */
export async function assertReplaceable(path: string): Promise<void> {
  try {
    const target = await targetOf(path);
    await stat(dirname(target.path));
  } catch (error) {
    throw writeRefusal(path, error);
  }
}

/** A `UserError`, with what to do as its hint, where the name of a file is longer than its disk takes. */
export async function assertNameFits(path: string, hint: string): Promise<void> {
  await lstat(path).catch((error: unknown) => {
    if (errorCode(error) !== "ENAMETOOLONG") return;
    const message = `${showValue(basename(path))} is a longer name than the disk takes`;
    throw new UserError("NAME_TOO_LONG", message, { hint });
  });
}

function partsOf(content: string | Uint8Array | Iterable<Uint8Array>): Iterable<Uint8Array> {
  if (typeof content === "string") return [Buffer.from(content)];
  return content instanceof Uint8Array ? [content] : content;
}

/** `current`: the digest of what is there; the same content is not put in its place. */
async function replace(
  path: string,
  parts: Iterable<Uint8Array>,
  { givenMode, current }: { givenMode?: number | undefined; current?: string | undefined } = {},
): Promise<string> {
  const target = await targetOf(path);
  const mode = givenMode ?? target.mode;
  await clearTemporaries(target.path);
  return withTemporary(target.path, async (temporary) => {
    const handle = await open(temporary, "wx", mode ?? DEFAULT_MODE);
    const digest = await writeDurably(handle, parts, mode);
    if (digest === current) await rm(temporary);
    else {
      await renameOver(temporary, target.path);
      await flushFolder(dirname(target.path));
    }
    return digest;
  });
}

/** How long a virus scanner or an indexer may hold a file that was just written, in ms. */
const WAITS_MS = [50, 100, 200, 400];

/** Renames; on Windows once more where another program holds one of the files, which most do for a moment. */
async function renameOver(temporary: string, path: string): Promise<void> {
  for (const waitMs of process.platform === "win32" ? WAITS_MS : []) {
    try {
      return await rename(temporary, path);
    } catch (error) {
      if (!HELD.includes(errorCode(error) ?? "")) throw error;
      await setTimeout(waitMs);
    }
  }
  await rename(temporary, path);
}

/** What Windows says where another program has a file open. */
const HELD: readonly string[] = ["EBUSY", "EPERM", "EACCES"];

/**
 * What the content goes to: the file itself where `path` is a link, with its mode where it exists. A `UserError`
 * where something else stands there.
 */
async function targetOf(path: string): Promise<{ path: string; mode: number | undefined }> {
  const real = await realpath(path).catch(() => path);
  const stats = await stat(real).catch(() => undefined);
  if (!stats) return { path: real, mode: undefined };
  if (stats.isFile()) return { path: real, mode: stats.mode & 0o7777 };
  const kind = stats.isDirectory() ? "a folder" : "a pipe or a device";
  throw new UserError(
    "WRITE_NOT_A_FILE",
    `${showValue(path)} is ${kind}, expected a file to write`,
    { hint: "move it away, or name another file" },
  );
}

async function writeDurably(
  handle: FileHandle,
  parts: Iterable<Uint8Array>,
  mode: number | undefined,
): Promise<string> {
  const hash = createHash("sha256");
  try {
    // The umask took bits from the mode the file was opened with; some disks know no modes.
    if (mode !== undefined) await handle.chmod(mode).catch(() => undefined);
    for (const part of parts) {
      hash.update(part);
      await writeWhole(handle, part);
    }
    await handle.sync();
    return hash.digest("hex");
  } finally {
    await handle.close();
  }
}

async function writeWhole(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  let written = 0;
  // On a full disk the system writes a part and reports no error until the next call.
  while (written < bytes.length) {
    written += (await handle.write(bytes, written, bytes.length - written)).bytesWritten;
  }
}

/** Makes the rename durable; systems that cannot flush a folder need not. */
async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY).catch(() => undefined);
  if (!handle) return;
  try {
    await handle.sync();
  } catch (error) {
    if (errorCode(error) !== "EINVAL" && errorCode(error) !== "EPERM") throw error;
  } finally {
    await handle.close();
  }
}
