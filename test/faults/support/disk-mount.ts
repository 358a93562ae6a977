import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A disk of its own, in memory. */
export interface SmallDisk {
  dir: string;
  /** Fills it up, so that about `leftBytes` stay free; gives the file that does. */
  fill(leftBytes: number): string;
  /** Makes it read-only, or writable again. */
  makeReadOnly(isReadOnly: boolean): void;
  remove(): void;
}

/** Whether this process may mount; else everything here is skipped. */
export function canMount(): boolean {
  try {
    mountSmallDisk("64k").remove();
    return true;
  } catch {
    return false;
  }
}

/** Mounts a small tmpfs. */
export function mountSmallDisk(size: string): SmallDisk {
  const dir = mkdtempSync(join(tmpdir(), "qgfx-disk-"));
  mount("-t", "tmpfs", "-o", `size=${size}`, "tmpfs", dir);
  return {
    dir,
    fill(leftBytes) {
      const { bavail, bsize } = statfsSync(dir);
      const filler = join(dir, "filler");
      writeFileSync(filler, Buffer.alloc(Math.max(0, bavail * bsize - leftBytes)));
      return filler;
    },
    makeReadOnly: (isReadOnly) => mount("-o", `remount,${isReadOnly ? "ro" : "rw"}`, dir),
    remove() {
      // Lazily: this very process may not have let go of a ledger it has read there.
      spawnSync("umount", ["-l", dir]);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function mount(...args: string[]): void {
  const { status, stderr } = spawnSync("mount", args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`mount ${args.join(" ")}: ${stderr}`);
}
