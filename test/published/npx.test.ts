import { spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { startedBy } from "../../src/cli/run.ts";
import { png } from "../support/pictures.ts";
import { BIN, plainEnv } from "../support/program.ts";
import { openWorkplace } from "../support/workplace.ts";

it("names commands with npx where npx started it, and nothing else with it", async () => {
  const place = await openWorkplace();
  place.write("pics/qgfx plan.png", png(1));
  mkdirSync(join(place.dir, "node_modules/.bin"), { recursive: true });
  symlinkSync(BIN, join(place.dir, "node_modules/.bin/qgfx"));
  const npx = (...args: string[]) => {
    const quiet = { npm_config_offline: "true", npm_config_update_notifier: "false" };
    const env = plainEnv({ HOME: place.dir, ...quiet, ...place.env });
    const options = { cwd: place.dir, env, encoding: "utf8" } as const;
    return spawnSync("npx", ["--no", "qgfx", ...args], options);
  };
  const made = npx("init", "pics", "-o", "s.csv");
  expect([made.status, made.stderr]).toEqual([0, "next: npx qgfx validate s.csv\n"]);
  const help = npx("fill", "--help").stdout;
  expect(help).toMatch(/^Usage: npx qgfx fill /);
  expect(help).toContain("\n  $ npx qgfx fill survey.qsf\n");
  expect(npx("upload", "s.csv").stderr).toContain("    $ npx qgfx apply s.csv\n");
  const gone = npx("results", "s.csv");
  expect(gone.stderr).toContain("run `npx qgfx apply` first");
  expect(npx("results", "s.csv", "--json").stdout).toContain("run `qgfx apply` first");
  const planned = npx("plan", "s.csv");
  expect(planned.stdout).toContain("+ qgfx plan.png");
});

it.each([
  ["npx's own cache", "/home/a/.npm/_npx/1f/node_modules/.bin/qgfx", "npx qgfx"],
  ["npx on Windows", "C:\\Users\\a\\npm-cache\\_npx\\1f\\node_modules\\qgfx\\q.js", "npx qgfx"],
  ["a folder of its own", "/work/a/node_modules/.bin/qgfx", "npx qgfx"],
  ["all folders", "/usr/bin/qgfx", undefined],
  ["all folders, by its file", "/usr/lib/node_modules/qgfx/dist/bin/qgfx.js", undefined],
  ["nowhere: a clone", "/work/qgfx/dist/bin/qgfx.js", undefined],
])("takes it for installed in %s", (_where, script, start) => {
  const env = { npm_command: "exec", npm_lifecycle_event: "npx", npm_config_global_prefix: "/usr" };
  expect(startedBy({ env, script })).toBe(start);
  expect(startedBy({ env: {}, script })).toBeUndefined();
  expect(startedBy({ env: { ...env, npm_command: "run-script" }, script })).toBeUndefined();
});

it("takes it for installed in all folders of Windows", () => {
  const prefix = "C:\\Users\\a\\AppData\\Roaming\\npm";
  const env = { npm_command: "exec", npm_lifecycle_event: "npx", npm_config_global_prefix: prefix };
  const script = `${prefix}\\node_modules\\qgfx\\dist\\bin\\qgfx.js`;
  expect(startedBy({ env, script })).toBeUndefined();
});
