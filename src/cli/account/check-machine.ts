import { mkdtemp, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import { replaceFile } from "../../files/replace-file.ts";
import { readLedger } from "../../ledger/open-ledger.ts";
import type { Check } from "../../report/account.ts";
import { UserError } from "../../user-error.ts";
import { attempt } from "./check-service.ts";

/** The oldest Node this runs on; package.json says the same. */
export const NODE_FLOOR = [20, 19] as const;

/** A ledger of 100,000 graphics has some 60 MB, and its write-ahead log comes on top. */
const ROOM_BYTES = 200 * 1024 * 1024;

/** Whether Node is new enough. */
export function checkNode(version: string): Check {
  const [major = 0, minor = 0] = version.replace(/^v/, "").split(".").map(Number);
  const [floorMajor, floorMinor] = NODE_FLOOR;
  const isNew = major > floorMajor || (major === floorMajor && minor >= floorMinor);
  if (isNew) return { check: "node", status: "ok", message: version, hint: null };
  const wanted = NODE_FLOOR.join(".");
  const hint = `install Node ${wanted} or newer`;
  return { check: "node", status: "failed", message: `${version}, expected ${wanted}`, hint };
}

/** Whether results and ledger can be written beside the manifest, with room left. */
export function checkDisk(folder: string, cwdName: string): Promise<Check> {
  return attempt("disk", async () => {
    await writeTrial(folder);
    const { bavail, bsize } = await statfs(folder);
    const freeBytes = bavail * bsize;
    const message = `${cwdName} can be written, ${Math.floor(freeBytes / 1e6)} MB free`;
    if (freeBytes >= ROOM_BYTES) return { message };
    return { message, status: "warning", hint: "make room on this disk before a large run" };
  });
}

async function writeTrial(folder: string): Promise<void> {
  const trial = await mkdtemp(join(folder, ".qgfx-doctor-")).catch((error: unknown) => {
    const code = (error as NodeJS.ErrnoException).code;
    throw new UserError("FOLDER_NOT_WRITABLE", `nothing can be written into ${folder} (${code})`, {
      hint: "give yourself the right to write there, or name --ledger and --results elsewhere",
    });
  });
  try {
    await replaceFile(join(trial, "trial"), "trial");
  } finally {
    await rm(trial, { recursive: true, force: true });
  }
}

/** Whether the ledger, if there is one, can be read to its last page. */
export function checkLedger(file: string, name: string): Promise<Check> {
  return attempt("ledger", async () => {
    const ledger = readLedger(file);
    if (!ledger) return { message: `none yet; the first apply makes ${name}` };
    ledger.close();
    return { message: `${name} is whole` };
  });
}
