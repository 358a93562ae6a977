import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, renameSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { png } from "../support/pictures.ts";
import { BIN, plainEnv } from "../support/program.ts";
import { openWorkplace, type Workplace } from "../support/workplace.ts";

async function openSheet(): Promise<Workplace> {
  const place = await openWorkplace();
  place.write("a.png", png(1));
  place.write("m.csv", "path,folder\na.png,F\n");
  return place;
}

const apply = (place: Workplace, ...args: string[]) =>
  place.qgfx("apply", "m.csv", "--yes", ...args);

describe("the folder .qgfx", () => {
  it("is its maker's alone, and keeps out of git", async () => {
    const place = await openSheet();
    expect(await apply(place)).toMatchObject({ code: 0 });
    if (process.platform !== "win32") {
      expect(statSync(join(place.dir, ".qgfx")).mode & 0o777).toBe(0o700);
    }
    expect(place.read(".qgfx/.gitignore")).toBe("*\n");
    const git = (...args: string[]) =>
      spawnSync("git", args, { cwd: place.dir, encoding: "utf8" }).stdout;
    git("init", "-q");
    expect(git("status", "--short", "--untracked-files=all")).not.toContain(".qgfx");
  });

  it("stays as its user made it", async () => {
    const place = await openSheet();
    mkdirSync(join(place.dir, ".qgfx"), { mode: 0o750 });
    place.write(".qgfx/.gitignore", "!ledger.db\n");
    expect(await apply(place)).toMatchObject({ code: 0 });
    expect(statSync(join(place.dir, ".qgfx")).mode & 0o777).toBe(0o750);
    expect(place.read(".qgfx/.gitignore")).toBe("!ledger.db\n");
  });

  it("has neither where the ledger is named to be elsewhere", async () => {
    const place = await openSheet();
    expect(await apply(place, "--ledger", "kept/m.db")).toMatchObject({ code: 0 });
    expect(existsSync(join(place.dir, ".qgfx"))).toBe(false);
    expect(existsSync(join(place.dir, "kept/.gitignore"))).toBe(false);
  });

  it.each(["apply", "plan", "results"])(
    "is refused as a link out of the manifest's folder: %s",
    async (command) => {
      const place = await openSheet();
      expect(await apply(place)).toMatchObject({ code: 0 });
      mkdirSync(join(place.dir, "sheets"));
      for (const name of ["a.png", "m.csv"]) {
        renameSync(join(place.dir, name), join(place.dir, "sheets", name));
      }
      symlinkSync("../.qgfx", join(place.dir, "sheets/.qgfx"));
      const yes = command === "apply" ? ["--yes"] : [];
      const run = await place.qgfx(command, "sheets/m.csv", ...yes);
      expect(run).toMatchObject({ code: 2, stdout: "" });
      expect(run.stderr).toContain("LINK_LEADS_OUT");
      expect(run.stderr).toContain("--ledger ");
      expect(await place.held()).toHaveLength(1);
    },
  );

  it("may be a link within it", async () => {
    const place = await openSheet();
    mkdirSync(join(place.dir, "kept"));
    symlinkSync("kept", join(place.dir, ".qgfx"));
    expect(await apply(place)).toMatchObject({ code: 0 });
    expect(existsSync(join(place.dir, "kept/ledger.db"))).toBe(true);
  });
});

/** Runs the program as somebody else; undefined where that cannot be done. */
function asNobody(place: Workplace, ...args: string[]) {
  const { status, stderr } = spawnSync(process.execPath, [BIN, ...args], {
    cwd: place.dir,
    env: plainEnv(place.env),
    encoding: "utf8",
    uid: 65_534,
    gid: 65_534,
  });
  return { code: status, stderr };
}

const mayBeNobody = process.getuid?.() === 0;

describe.skipIf(!mayBeNobody)("a ledger of another user's (root may try)", () => {
  async function openOthers(): Promise<Workplace> {
    const place = await openSheet();
    expect(await apply(place)).toMatchObject({ code: 0 });
    chmodSync(place.dir, 0o777);
    return place;
  }

  it.each([["plan"], ["results"], ["apply", "--yes"]])(
    "is told with its owner where its folder is closed: %s",
    async (command, ...rest) => {
      const place = await openOthers();
      const { code, stderr } = asNobody(place, command, "m.csv", ...rest);
      expect(code).toBe(2);
      expect(stderr).toContain(`the ledger ${join(place.dir, ".qgfx/ledger.db")} cannot be `);
      expect(stderr).toContain(`${join(place.dir, ".qgfx")} belongs to root`);
      expect(stderr).toContain("--ledger");
    },
  );

  it("is told with its owner where the file alone is closed", async () => {
    const place = await openOthers();
    chmodSync(join(place.dir, ".qgfx"), 0o777);
    place.write("a.png", png(77));
    const { code, stderr } = asNobody(place, "apply", "m.csv", "--yes");
    expect(code).toBe(2);
    expect(stderr).toContain(`${join(place.dir, ".qgfx/ledger.db")} belongs to root`);
  });
});
