import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { png } from "../support/pictures.ts";
import { BIN, start } from "../support/program.ts";

/** Node's own functions, failing for one file as a cloud drive's do on Windows. */
const PATCH = `
const fs = require("node:fs");
const openSync = fs.openSync;
fs.openSync = (path, ...rest) => {
  if (!String(path).endsWith("cloud.png")) return openSync(path, ...rest);
  const message = "UNKNOWN: unknown error, open '" + path + "'";
  throw Object.assign(new Error(message), { errno: -4094, code: "UNKNOWN", syscall: "open", path });
};
require("node:module").syncBuiltinESMExports();
`;

it("a picture that the system gives no known reason for is a problem of its row, and the others are told", async () => {
  const dir = mkdtempSync(join(tmpdir(), "qgfx-unknown-"));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  writeFileSync(join(dir, "patch.cjs"), PATCH);
  writeFileSync(join(dir, "a.png"), png(1));
  writeFileSync(join(dir, "cloud.png"), png(2));
  writeFileSync(join(dir, "m.csv"), "path,folder\na.png,F\ncloud.png,F\nmissing.png,F\n");
  for (const command of ["validate", "plan"]) {
    const args = [BIN, command, "m.csv", ...(command === "plan" ? ["--sandbox"] : [])];
    const env = { NODE_OPTIONS: `--require ${join(dir, "patch.cjs")}` };
    const { code, stdout, stderr } = await start(process.execPath, args, { cwd: dir, env }).ended;
    expect(code).toBe(2);
    expect(stdout + stderr).toContain(
      "m.csv:3:1 path error FILE_UNREADABLE: 'cloud.png' cannot be read",
    );
    expect(stdout + stderr).toContain("m.csv:4:1 path error FILE_NOT_FOUND");
    expect(stdout + stderr).not.toMatch(/\n\s+at /);
  }
});
