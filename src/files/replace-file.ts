import { createHash, hash, randomBytes } from "node:crypto";
import { constants, createReadStream } from "node:fs";
import {
  type FileHandle,
  lstat,
  open,
  readdir,
  realpath,
  rename,
  rm,
  stat,
} from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { showValue } from "../manifest/diagnostic.ts";
import { UserError } from "../user-error.ts";
import { errorCode } from "./read-file.ts";
import { writeRefusal } from "./write-refusal.ts";

const DEFAULT_MODE = 0o666;

type Content = string | Uint8Array | Iterable<Uint8Array>;

/**
 * Replaces a file whole or not at all (reliability: Facts): a temporary file beside it is written, flushed and
 * renamed over it, and the folder is flushed. A link is followed, the mode of a file that exists is kept unless one is given. Content
 * may come in parts, and what making one throws is thrown on. A `UserError` where the disk or its rights forbid
 * it; the old file is then untouched and nothing is left behind.
 */
export async function replaceFile(path: string, content: Content, mode?: number): Promise<void> {
  await orRefusal(path, () => replace(path, content, mode));
}

/**
 * The same, and a file that holds just these bytes already stays as it is: its time does not change. Gives the content's
 * SHA-256, lower-case hex.
 */
export async function updateFile(
  path: string,
  content: Uint8Array | Iterable<Uint8Array>,
): Promise<string> {
  return orRefusal(path, async () => replace(path, content, undefined, await digestFile(path)));
}

/** Undefined where the file cannot be read: it is replaced then. */
async function digestFile(path: string): Promise<string | undefined> {
  const sha256 = createHash("sha256");
  try {
    for await (const part of createReadStream(path)) sha256.update(part);
    return sha256.digest("hex");
  } catch {
    return undefined;
  }
}

/** Removes a file if it is there. A `UserError` where something else stands there, or the disk or its rights forbid it. */
export async function removeFile(path: string): Promise<void> {
  await orRefusal(path, async () => {
    await clearTemporaries((await targetOf(path)).path);
    await rm(path, { force: true });
  });
}

/** A `UserError` where `replaceFile` is bound to fail: no folder to put the file into, or something else in its place. */
export async function assertReplaceable(path: string): Promise<void> {
  await orRefusal(path, async () => stat(dirname((await targetOf(path)).path)));
}

/** A `UserError`, with what to do as its hint, where the name of a file is longer than its disk takes. */
export async function assertNameFits(path: string, hint: string): Promise<void> {
  await lstat(path).catch((error: unknown) => {
    if (errorCode(error) !== "ENAMETOOLONG") return;
    const message = `${showValue(basename(path))} is a longer name than the disk takes`;
    throw new UserError("NAME_TOO_LONG", message, { hint });
  });
}

/** What `write` gives; what the system refuses it is thrown as a `UserError`. */
async function orRefusal<T>(path: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    throw writeRefusal(path, error);
  }
}

/** `current`: the digest of what is there; the same content is not put in its place. */
async function replace(
  path: string,
  content: Content,
  givenMode: number | undefined,
  current?: string,
): Promise<string> {
  const target = await targetOf(path);
  const mode = givenMode ?? target.mode;
  await clearTemporaries(target.path);
  const temporary = temporaryFor(target.path);
  own.add(temporary);
  try {
    const handle = await open(temporary, "wx", mode ?? DEFAULT_MODE);
    const digest = await writeDurably(handle, content, mode);
    if (digest === current) await rm(temporary);
    else {
      await renameOver(temporary, target.path);
      await flushFolder(dirname(target.path));
    }
    return digest;
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  } finally {
    own.delete(temporary);
  }
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
  content: Content,
  mode: number | undefined,
): Promise<string> {
  const sha256 = createHash("sha256");
  try {
    // The umask took bits from the mode the file was opened with; some disks know no modes.
    if (mode !== undefined) await handle.chmod(mode).catch(() => undefined);
    const bytes = typeof content === "string" ? Buffer.from(content) : content;
    for (const part of bytes instanceof Uint8Array ? [bytes] : bytes) {
      sha256.update(part);
      // Not `write`: on a full disk that may write a part and report no error.
      await handle.writeFile(part);
    }
    await handle.sync();
    return sha256.digest("hex");
  } finally {
    await handle.close();
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

/** Longer names would not fit into what a folder takes (255 bytes) with what is added. */
const MAX_NAME_BYTES = 180;

/** A process on another computer cannot be looked up. No write takes this long. */
const ABANDONED_MS = 3_600_000;

/** Temporary files that this process writes now; absolute. */
const own = new Set<string>();

/** Beside the file to replace. The name tells whose it is, so that those of killed processes are found. */
function temporaryFor(target: string): string {
  const random = randomBytes(8).toString("hex");
  return join(dirname(target), `${prefixFor(target)}${machine()}-${process.pid}-${random}.tmp`);
}

/**
 * Removes the temporary files that killed processes left of a file; those of living ones stay. Never throws: files that
 * are left do no harm.
 */
async function clearTemporaries(target: string): Promise<void> {
  const folder = dirname(target);
  const prefix = prefixFor(target);
  for (const name of await readdir(folder).catch(() => [])) {
    if (!name.startsWith(prefix) || !(await isLeft(join(folder, name), prefix.length))) continue;
    await rm(join(folder, name), { force: true }).catch(() => undefined);
  }
}

function prefixFor(target: string): string {
  const name = basename(target);
  const isLong = Buffer.byteLength(name) > MAX_NAME_BYTES;
  return `.qgfx-${isLong ? hash("sha256", name) : name}-`;
}

/** The computer's name as six letters and digits: two may share a drive. */
function machine(): string {
  return hash("sha256", hostname()).slice(0, 6);
}

const OWNER = /^([0-9a-f]{6})-(\d+)-[0-9a-f]{16}\.tmp$/;

async function isLeft(path: string, prefixLength: number): Promise<boolean> {
  const [, where, pid] = OWNER.exec(basename(path).slice(prefixLength)) ?? [];
  if (where === undefined || own.has(path)) return false;
  if (where === machine() && !isRunning(Number(pid))) return true;
  const stats = await stat(path).catch(() => undefined);
  return stats !== undefined && stats.mtimeMs < Date.now() - ABANDONED_MS;
}

function isRunning(pid: number): boolean {
  // It would be in `own`: the process that wrote it had the same number before.
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) !== "ESRCH";
  }
}
