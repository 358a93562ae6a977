import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readManifestBytes } from "../../src/files/read-file.ts";

let dir = "";

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "qgfx-manifest-"));
  writeFileSync(join(dir, "summer.csv"), "path\n");
  symlinkSync("summer.csv", join(dir, "link.csv"));
  execFileSync("mkfifo", [join(dir, "pipe.csv")]);
  writeFileSync(join(dir, "huge.csv"), "");
  truncateSync(join(dir, "huge.csv"), 600_000_000);
});

afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe("the manifest's bytes", () => {
  it.each(["summer.csv", "link.csv"])("are read from %s", async (file) => {
    expect(Buffer.from(await readManifestBytes(join(dir, file))).toString()).toBe("path\n");
  });

  it.each([
    ["sumer.csv", "MANIFEST_NOT_FOUND", "summer.csv"],
    ["nowhere/summer.csv", "MANIFEST_NOT_FOUND", "folder"],
    ["", "MANIFEST_NOT_A_FILE", "file itself"],
    ["pipe.csv", "MANIFEST_NOT_A_FILE", "file itself"],
    ["huge.csv", "MANIFEST_TOO_LARGE", "split"],
  ])("of '%s' end in %s", async (file, code, hint) => {
    await expect(readManifestBytes(join(dir, file))).rejects.toMatchObject({
      code,
      exitCode: 2,
      hint: expect.stringContaining(hint),
    });
  });
});
