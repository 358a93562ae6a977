import { spawnSync } from "node:child_process";
import { accessSync, constants, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { failureSchema } from "../../src/report/manifest-documents.ts";
import { png } from "../support/pictures.ts";
import { BIN, start } from "../support/program.ts";
import { openWorkplace } from "../support/workplace.ts";

const ROOT = join(import.meta.dirname, "../..");

it.each(["--version", "-V"])("%s prints the package's version", (option) => {
  const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const { stdout } = spawnSync(process.execPath, [BIN, option], { encoding: "utf8" });
  expect(stdout).toBe(`${version}\n`);
});

it("on an old Node says in one sentence which one it needs", async () => {
  const { engines } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const [, oldest = ""] = /^>=(\d+\.\d+)/.exec(engines.node) ?? [];
  const place = await openWorkplace();
  const pretended = "18.20.8";
  const versions = JSON.stringify({ ...process.versions, node: pretended });
  place.write("old.cjs", `Object.defineProperty(process, "versions", { value: ${versions} })`);
  const args = ["--require", join(place.dir, "old.cjs"), BIN, "plan", "m.csv"];
  const { code, stdout, stderr } = await start(process.execPath, args, { cwd: place.dir }).ended;
  expect(stderr).toBe(
    `error NODE_TOO_OLD: qgfx needs Node ${oldest} or newer, and this is Node ${pretended}\n    install the LTS version from https://nodejs.org\n`,
  );
  expect([code, stdout]).toEqual([2, ""]);
});

it("is read by an old Node: the first file imports nothing at once and has no new syntax", () => {
  const code = readFileSync(BIN, "utf8");
  // What came after Node 14: logical assignment, await outside of functions, blocks and private names in classes.
  expect(code).not.toMatch(/\?\?=|\|\|=|&&=|^await |static \{|\b#\w/m);
  expect(code).not.toMatch(/^import\s/m);
});

it.skipIf(process.platform === "win32")("may be executed after each build", () => {
  accessSync(BIN, constants.X_OK);
});

it.each([[["--help"]], [["complete", "--", "val"]], [["validate", "m.csv"]], [["plan", "m.csv"]]])(
  "asks nobody and leaves nothing behind: %j",
  async (args) => {
    let connections = 0;
    const server = createServer().on("connection", () => {
      connections += 1;
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    onTestFinished(() => void server.close());
    const place = await openWorkplace();
    place.write("a.png", png(1));
    place.write("m.csv", "path,folder\na.png,F\n");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const env = { ...place.env, QUALTRICS_BASE_URL: url };
    const ended = await start(process.execPath, [BIN, ...args], { cwd: place.dir, env }).ended;
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(readdirSync(place.dir).sort()).toEqual(["a.png", "m.csv"]);
    expect(connections).toBe(0);
  },
);

/** Of so little, Node 24 cannot even start: its own message is all there is. */
function startsWithin(mb: number): boolean {
  const script = `ulimit -v ${mb * 1024} && exec "${process.execPath}" -e 0`;
  return process.platform === "linux" && spawnSync("bash", ["-c", script]).status === 0;
}

it
  .skipIf(!startsWithin(1_024))
  .each([["validate"], ["plan"], ["apply", "--yes"], ["plan", "--json"]])(
  "in too little memory for certain, says so before anything else: %s",
  async (command, ...options) => {
    const place = await openWorkplace();
    place.write("a.png", png(1));
    place.write("m.csv", "path,folder\na.png,F\n");
    const script = 'ulimit -v 1048576 && exec "$@"';
    const args = ["-c", script, "-", process.execPath, BIN, command, "m.csv", ...options];
    const { code, stdout, stderr } = await start("bash", args, { cwd: place.dir, env: place.env })
      .ended;
    if (options.includes("--json")) {
      const { error } = failureSchema.parse(JSON.parse(stdout));
      expect(error).toMatchObject({ code: "MEMORY_LIMITED", exitCode: 2 });
    } else expect(stdout).toBe("");
    expect(stderr).toMatch(/^error MEMORY_LIMITED: .* 1024 MB .*\n {4}raise the limit: .*\n$/);
    expect(code).toBe(2);
    expect(readdirSync(place.dir).sort()).toEqual(["a.png", "m.csv"]);
  },
);

const hasLimits = process.platform !== "win32";

it.skipIf(!hasLimits)("with too few open files to load all of it, says so", async () => {
  const place = await openWorkplace();
  place.write("a.png", png(1));
  place.write("m.csv", "path,folder\na.png,F\n");
  const said = new Set<string>();
  // Below, Node cannot load the program at all; above, there is enough.
  for (let limit = 20; limit <= 27; limit += 1) {
    const script = `ulimit -n ${limit} && exec "$@"`;
    const args = ["-c", script, "-", process.execPath, BIN, "plan", "m.csv", "--sandbox"];
    const { code, stderr } = await start("sh", args, { cwd: place.dir, env: place.env }).ended;
    expect(stderr).not.toContain("this is a bug");
    said.add(`${code} ${stderr}`);
  }
  const hint = "raise the limit of open files (ulimit -n), then run the same command again";
  expect([...said]).toContain(`2 error TOO_MANY_FILES: too many files are open\n    ${hint}\n`);
});

it("without an SQLite, the ledger is not called damaged", async () => {
  const place = await openWorkplace();
  place.write("a.png", png(1));
  place.write("m.csv", "path,folder\na.png,F\n");
  const hide = `const { Module } = require("node:module");
    const load = Module._load;
    Module._load = (name, ...rest) => {
      if (name === "libsql") throw new Error("Cannot find module 'libsql'");
      return load(name, ...rest);
    };`;
  place.write("hide.cjs", hide);
  const env = {
    ...place.env,
    QGFX_SQLITE: "libsql",
    NODE_OPTIONS: `--require ${join(place.dir, "hide.cjs")}`,
  };
  const args = [BIN, "apply", "m.csv", "--yes"];
  const { code, stderr } = await start(process.execPath, args, { cwd: place.dir, env }).ended;
  expect(stderr).toContain("error SQLITE_MISSING: ");
  expect(stderr).not.toContain("damaged");
  expect(code).toBe(2);
});
