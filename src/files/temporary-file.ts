import { hash, randomBytes } from "node:crypto";
import { readdir, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";

/** Longer names would not fit into what a folder takes (255 bytes) with what is added. */
const MAX_NAME_BYTES = 180;

/** On another computer's drive nobody can ask after a process: no write takes so long. */
const ABANDONED_MS = 3_600_000;

const RANDOM_BYTES = 8;

/** Temporary files that this process writes now; absolute. */
const own = new Set<string>();

/**
 * Gives `write` the name of a temporary file beside the one it is to replace, and removes what is left of it where
 * `write` throws. The name tells whose it is, so that `clearTemporaries` finds those of processes that were killed.
 */
export async function withTemporary<T>(
  target: string,
  write: (temporary: string) => Promise<T>,
): Promise<T> {
  const random = randomBytes(RANDOM_BYTES).toString("hex");
  const name = `${prefixFor(target)}${machine()}-${process.pid}-${random}.tmp`;
  const temporary = join(dirname(target), name);
  own.add(temporary);
  try {
    return await write(temporary);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  } finally {
    own.delete(temporary);
  }
}

/**
 * Removes the temporary files that killed processes left of a file; those of living ones stay. Never throws: they are
 * in nobody's way.
 */
export async function clearTemporaries(target: string): Promise<void> {
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
    return !(error instanceof Error && "code" in error && error.code === "ESRCH");
  }
}
