import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { fileSystemOf } from "../../src/files/network-drive.ts";
import { firstOf } from "../support/counts.ts";
import { png } from "../support/pictures.ts";
import { BIN, start } from "../support/program.ts";
import { openWorkplace, type Workplace } from "../support/workplace.ts";

const APPLY = ["apply", "m.csv", "--yes"];

async function openSheet(): Promise<Workplace> {
  const place = await openWorkplace();
  place.write("a.png", png(1));
  place.write("m.csv", "path,folder\na.png,F\n");
  return place;
}

function runIn(place: Workplace, command: readonly string[], env: Record<string, string> = {}) {
  const [program = "", ...args] = command;
  return start(program, args, { cwd: place.dir, env: { ...place.env, ...env } }).ended;
}

const hasCompiler = process.platform === "linux" && spawnSync("cc", ["--version"]).status === 0;

describe.skipIf(!hasCompiler)("a drive that lacks what a ledger needs (needs Linux and cc)", () => {
  let folder = "";
  const library = () => join(folder, "odd-drive.so");

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "qgfx-odd-"));
    const source = join(import.meta.dirname, "../support/odd-drive.c");
    execFileSync("cc", ["-shared", "-fPIC", "-o", library(), source, "-ldl"]);
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    ["locks", "the drive offers no locks"],
    ["memory", "the drive offers no shared memory"],
  ])("says what is missing, and names --ledger, with nothing sent: %s", async (missing, said) => {
    const place = await openSheet();
    const command = [process.execPath, BIN, ...APPLY];
    const env = { LD_PRELOAD: library(), ODD_DRIVE: missing };
    const run = await runIn(place, command, env);
    expect(run).toMatchObject({ code: 2, stdout: "" });
    expect(run.stderr).toContain("LEDGER_UNWRITABLE");
    expect(run.stderr).toContain(said);
    expect(run.stderr).toContain("--ledger");
    expect(run.stderr).not.toContain("another");
    expect(await place.held()).toEqual([]);
    expect(await place.qgfx(...APPLY)).toMatchObject({ code: 0 });
    if (missing !== "locks") return;
    // A ledger that was brought there is not waited for.
    const plan = await runIn(place, [process.execPath, BIN, "plan", "m.csv"], env);
    expect(plan).toMatchObject({ code: 2, stdout: "" });
    expect(plan.stderr).toContain(said);
  });
});

const mayPretend = process.getuid?.() === 0 && spawnSync("unshare", ["-m", "true"]).status === 0;

describe.skipIf(!mayPretend)("a ledger on a network drive (root may pretend one)", () => {
  /** Runs the program where the system says that the folder is such a drive. */
  function runOn(place: Workplace, type: string, ...args: string[]) {
    const mounts = join(place.dir, "mountinfo");
    writeFileSync(
      mounts,
      `36 35 98:0 / / rw - ext4 /dev/root rw\n37 36 0:50 / ${place.dir} rw - ${type} server:/x rw\n`,
    );
    const script = 'mount --bind "$0" /proc/$$/mountinfo; exec "$@"';
    return runIn(place, [
      "unshare",
      "-m",
      "sh",
      "-c",
      script,
      mounts,
      process.execPath,
      BIN,
      ...args,
    ]);
  }

  it.each(
    firstOf(1, [
      ["nfs4", "NFS"],
      ["cifs", "SMB"],
      ["9p", "9p"],
      ["fuse.sshfs", "SSHFS"],
    ] as const),
  )("is warned of by apply and doctor, who name --ledger: %s", async (type, name) => {
    const place = await openSheet();
    const applied = await runOn(place, type, ...APPLY);
    expect(applied.code).toBe(0);
    const warning = `${join(".qgfx", "ledger.db")} is on a network drive (${name})`;
    expect(applied.stderr).toContain(warning);
    expect(applied.stderr).toContain("--ledger");
    const { checks } = JSON.parse((await runOn(place, type, "doctor", "--json")).stdout);
    const ledger = checks.find(({ check }: { check: string }) => check === "ledger");
    expect(ledger).toMatchObject({ status: "warning", hint: expect.stringContaining("--ledger") });
    expect(ledger.message).toContain(warning);
  });

  it("is not warned of where it is elsewhere, or the drive is this computer's", async () => {
    const place = await openSheet();
    const elsewhere = mkdtempSync(join(tmpdir(), "qgfx-elsewhere-"));
    const args = [...APPLY, "--ledger", join(elsewhere, "m.db")];
    expect((await runOn(place, "nfs4", ...args)).stderr).not.toContain("network drive");
    expect((await runOn(place, "fuseblk", ...APPLY)).stderr).not.toContain("network");
    rmSync(elsewhere, { recursive: true });
  });
});

describe.skipIf(!mayPretend)("a drive that is read-only (root may pretend one)", () => {
  it.each([
    [["--sandbox"], "LEDGER_UNWRITABLE", "--ledger"],
    [["--sandbox", "--ledger", "ELSEWHERE"], "SANDBOX_STORE_UNUSABLE", "qgfx sandbox --store"],
  ])("is called so, with a way out, and nothing is sent: %j", async (options, code, way) => {
    const place = await openSheet();
    const elsewhere = mkdtempSync(join(tmpdir(), "qgfx-elsewhere-"));
    onTestFinished(() => rmSync(elsewhere, { recursive: true }));
    const args = options.map((option) => option.replace("ELSEWHERE", join(elsewhere, "m.db")));
    const script =
      'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && cd "$0" && exec "$@"';
    const command = ["unshare", "-m", "sh", "-c", script, place.dir, process.execPath, BIN];
    const run = await runIn(place, [...command, ...APPLY, ...args]);
    expect(run).toMatchObject({ code: 2, stdout: "" });
    expect(run.stderr).toContain(code);
    expect(run.stderr).toContain("read-only");
    expect(run.stderr).toContain(way);
  });
});

describe("the list of mounts", () => {
  const MOUNTS = [
    "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw",
    "40 22 0:44 / /mnt/our\\040drive rw shared:2 - nfs4 server:/a rw",
    "41 22 0:45 / /mnt rw - tmpfs none rw",
    "42 41 0:46 / /mnt/late rw master:3 - tmpfs none rw",
    "43 42 0:47 / /mnt/late rw - cifs //server/b rw",
    "",
  ].join("\n");

  it.each([
    ["/home/ada/m.db", "ext4"],
    ["/mnt/our drive/m.db", "nfs4"],
    ["/mnt/our drives/m.db", "tmpfs"],
    ["/mnt/late/x/m.db", "cifs"],
  ])("tells the file system of %s", (path, type) => {
    expect(fileSystemOf(path, MOUNTS)).toBe(type);
  });

  it("tells nothing where there is none", () => {
    expect(fileSystemOf("/home/ada/m.db", "")).toBeUndefined();
  });
});
