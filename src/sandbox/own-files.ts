import { constants, type Stats } from "node:fs";
import { type FileHandle, lstat, mkdir, open } from "node:fs/promises";
import { damagedStore } from "./damaged-store.ts";

/** No link followed, no waiting for the other end of a FIFO; Windows knows neither. */
const CAREFULLY = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * Opens a regular file of the store with these flags of `fs.constants`. A store may come with a stranger's folder:
 * a link in it could lead to any file of the user's. Throws `UserError` SANDBOX_STORE_DAMAGED for all but a file.
 */
export async function openOwnFile(file: string, flags: number): Promise<FileHandle> {
  const standing = await lstatOrNothing(file);
  if (standing) expectFile(file, standing);
  const handle = await open(file, flags | CAREFULLY);
  return closingIfThrown(handle, async () => {
    // Something else may have come to stand there since.
    expectFile(file, await handle.stat());
    return handle;
  });
}

/** Does the work a file was opened for, and closes the file where that throws. */
export async function closingIfThrown<T>(handle: FileHandle, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Makes a folder in one that is there, or finds it made. Throws as `openOwnFile` for all but a folder. */
export async function makeOwnFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    if (!isSystemError(error, "EEXIST")) throw error;
    const standing = await lstat(folder);
    if (!standing.isDirectory()) throw otherKind(folder, standing, "a folder");
  }
}

/** Whether the file system gave this code. */
export function isSystemError(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

async function lstatOrNothing(file: string): Promise<Stats | undefined> {
  try {
    return await lstat(file);
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return undefined;
    throw error;
  }
}

function expectFile(file: string, standing: Stats): void {
  if (!standing.isFile()) throw otherKind(file, standing, "a file");
}

function otherKind(path: string, standing: Stats, expected: string) {
  return damagedStore(`'${path}' is ${kindOf(standing)}; the sandbox keeps ${expected} there`);
}

function kindOf(standing: Stats): string {
  if (standing.isSymbolicLink()) return "a link";
  if (standing.isFile()) return "a file";
  if (standing.isDirectory()) return "a folder";
  if (standing.isFIFO()) return "a named pipe";
  return standing.isSocket() ? "a socket" : "a device";
}
