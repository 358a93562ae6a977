import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { removeFile, replaceFile } from "../../src/files/replace-file.ts";

let dir = "";

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "qgfx-replace-"));
});

afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** Mounts a disk of 64 kB; false where this user may not. */
function mountSmallDisk(at: string): boolean {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", at], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

function unmount(at: string): void {
  execFileSync("umount", [at]);
}

const mayMount = (() => {
  const at = mkdtempSync(join(tmpdir(), "qgfx-mount-"));
  const mounted = mountSmallDisk(at);
  if (mounted) unmount(at);
  rmSync(at, { recursive: true });
  return mounted;
})();

describe("what a process leaves that is killed while it replaces a file", () => {
  /** The name of the temporary file while a file is replaced by this process. */
  async function temporaryName(file: string): Promise<string> {
    let name = "";
    function* content() {
      name = readdirSync(dir).find((one) => one.endsWith(".tmp")) ?? "";
      yield Buffer.from("x");
    }
    await replaceFile(file, content());
    return name;
  }

  const GONE = spawnSync(process.execPath, ["--version"]).pid;
  const by = (name: string, pid: number) => name.replace(`-${process.pid}-`, `-${pid}-`);

  it.each(["results.csv", `${"ü".repeat(120)}.csv`])(
    "is cleared away by the next that replaces it: %s",
    async (target) => {
      const file = join(dir, target);
      const name = by(await temporaryName(file), GONE);
      writeFileSync(join(dir, name), "half");
      await replaceFile(file, "new");
      expect(readdirSync(dir)).toEqual([target]);
      writeFileSync(join(dir, name), "half");
      await removeFile(file);
      expect(readdirSync(dir)).toEqual([]);
    },
  );

  it("is cleared away where a later process has its number, this one too", async () => {
    const file = join(dir, "results.csv");
    const name = await temporaryName(file);
    writeFileSync(join(dir, name), "half");
    await replaceFile(file, "new");
    expect(readdirSync(dir)).toEqual(["results.csv"]);
    const old = by(name, process.ppid);
    writeFileSync(join(dir, old), "half");
    utimesSync(join(dir, old), 0, 0);
    await replaceFile(file, "new");
    expect(readdirSync(dir)).toEqual(["results.csv"]);
  });

  it("stays where it is another file's, a living process's or another computer's", async () => {
    const file = join(dir, "results.csv");
    const name = await temporaryName(file);
    const elsewhere = by(name, GONE).replace(/-[0-9a-f]{6}-/, "-000000-");
    const kept = [by(name, process.ppid), elsewhere, by(name, GONE).replace("results", "other")];
    for (const one of kept) writeFileSync(join(dir, one), "half");
    await replaceFile(file, "new");
    expect(readdirSync(dir).sort()).toEqual([...kept, "results.csv"].sort());
  });

  it("stays out of the way of two that replace one file at once", async () => {
    const file = join(dir, "results.csv");
    await Promise.all(Array.from({ length: 20 }, (_, index) => replaceFile(file, `${index}`)));
    expect(readdirSync(dir)).toEqual(["results.csv"]);
  });
});

describe("a file that is replaced", () => {
  it.each<[string, string | Uint8Array]>([
    ["text", "ä,🍎\n"],
    ["bytes", Buffer.from("ä,🍎\n")],
  ])("holds the new %s and nothing is left beside it", async (_kind, content) => {
    const file = join(dir, "results.csv");
    await replaceFile(file, content);
    await replaceFile(file, content);
    expect(readFileSync(file, "utf8")).toBe("ä,🍎\n");
    expect(readdirSync(dir)).toEqual(["results.csv"]);
  });

  it("keeps its mode", async () => {
    const file = join(dir, "results.csv");
    writeFileSync(file, "old");
    chmodSync(file, 0o606);
    await replaceFile(file, "new");
    expect(statSync(file).mode & 0o777).toBe(0o606);
  });

  it("is the one a link leads to", async () => {
    writeFileSync(join(dir, "real.csv"), "old");
    symlinkSync("real.csv", join(dir, "link.csv"));
    await replaceFile(join(dir, "link.csv"), "new");
    expect(readFileSync(join(dir, "real.csv"), "utf8")).toBe("new");
    expect(lstatSync(join(dir, "link.csv")).isSymbolicLink()).toBe(true);
  });

  it("is refused where it is a folder or a pipe", async () => {
    mkdirSync(join(dir, "folder"));
    execFileSync("mkfifo", [join(dir, "pipe")]);
    for (const name of ["folder", "pipe"]) {
      await expect(replaceFile(join(dir, name), "x")).rejects.toMatchObject({
        code: "WRITE_NOT_A_FILE",
      });
    }
    expect(readdirSync(dir).sort()).toEqual(["folder", "pipe"]);
  });

  it("is refused where its folder is missing or its name too long, and leaves nothing", async () => {
    const lost = replaceFile(join(dir, "nowhere/results.csv"), "x");
    await expect(lost).rejects.toMatchObject({ code: "WRITE_NO_FOLDER", exitCode: 2 });
    const long = replaceFile(join(dir, "x".repeat(300)), "x");
    await expect(long).rejects.toMatchObject({ code: "WRITE_FAILED" });
    expect(readdirSync(dir)).toEqual([]);
  });

  it.skipIf(process.getuid?.() === 0)(
    "is refused where the folder may not be written (not as root)",
    async () => {
      chmodSync(dir, 0o500);
      await expect(replaceFile(join(dir, "a"), "x")).rejects.toMatchObject({
        code: "WRITE_NOT_ALLOWED",
      });
      chmodSync(dir, 0o700);
    },
  );

  it.skipIf(!mayMount)("stays as it was on a full disk (where disks may be mounted)", async () => {
    const disk = join(dir, "disk");
    mkdirSync(disk);
    mountSmallDisk(disk);
    try {
      const file = join(disk, "results.csv");
      await replaceFile(file, "old");
      const full = replaceFile(file, Buffer.alloc(200_000));
      await expect(full).rejects.toMatchObject({ code: "WRITE_NO_SPACE" });
      expect(readFileSync(file, "utf8")).toBe("old");
      expect(readdirSync(disk)).toEqual(["results.csv"]);
    } finally {
      unmount(disk);
    }
  });

  it.skipIf(!mayMount)("is refused on a read-only disk (where disks may be mounted)", async () => {
    const disk = join(dir, "disk");
    mkdirSync(disk);
    mountSmallDisk(disk);
    try {
      execFileSync("mount", ["-o", "remount,ro", disk]);
      await expect(replaceFile(join(disk, "a"), "x")).rejects.toMatchObject({
        code: "WRITE_READ_ONLY",
      });
    } finally {
      unmount(disk);
    }
  });
});
