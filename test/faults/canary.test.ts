import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from "vitest";
import type { HostProcess } from "../../src/cli/host-process.ts";
import { buildProgram } from "../../src/cli/run.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox/start-sandbox.ts";
import { BIN, start } from "../support/program.ts";
import { runCli } from "../support/run-cli.ts";
import { ECHO_MODES, spellings, startEcho } from "./support/canary-echo.ts";
import { LEDGER, MANIFEST, Place } from "./support/crash-place.ts";
import { report, times } from "./support/programme.ts";

/** Every kind of character a header takes and another spelling would change. */
const TOKEN = `Canary/${randomBytes(12).toString("hex")}+=%7E~`;
const FORMS = spellings(TOKEN);
const LIBRARY = "UR_Canary00000001";
/** Files whose business it is to hold the token. */
const HIDDEN = new Set([".env", "token", "setup.json"]);

const counts = { runs: 0, files: 0, requests: 0, hits: 0 };
let sandbox: Sandbox;
let dir: string;
let temporary: string;

beforeAll(async () => {
  const play = { kind: "answer", status: 500, message: `no ${TOKEN}`, store: true } as const;
  sandbox = await startSandbox({
    token: TOKEN,
    library: LIBRARY,
    script: { version: 1, latencyMs: 20, faults: [{ name: "p1.png", play }] },
  });
});

afterAll(async () => {
  await sandbox.close();
  report(
    `canary: ${counts.runs} command lines, ${counts.requests}+ requests that carried the token, ${counts.files} files read, ` +
      `${FORMS.length} spellings, ${counts.hits} hits`,
  );
});

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "qgfx-canary-"));
  temporary = mkdtempSync(join(tmpdir(), "qgfx-canary-tmp-"));
  onTestFinished(() => {
    for (const folder of [dir, temporary]) rmSync(folder, { recursive: true, force: true });
  });
});

function openPlace(): Place {
  // Only its files are used: the server is this test's own.
  const server = { url: sandbox.url, token: TOKEN, library: LIBRARY };
  const place = new Place(
    { ...server, held: none, requests: none, stop: async () => {} },
    "C",
    dir,
  );
  place.writeRows([1, 2, 3]);
  return place;
}

async function none(): Promise<never[]> {
  return [];
}

/** Looks for the token, however it is spelled, in a text. */
function search(text: string, where: string): void {
  for (const form of FORMS) {
    if (!text.includes(form)) continue;
    counts.hits += 1;
    const at = text.indexOf(form);
    expect(text.slice(Math.max(0, at - 80), at + 20), `a token in ${where}`).toBe("");
  }
}

/** Looks for it in every file of a folder, and in the files' names. */
function searchFiles(folder: string): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    search(name, "a file's name");
    if (statSync(path).isDirectory()) searchFiles(path);
    else if (!HIDDEN.has(name)) {
      counts.files += 1;
      search(readFileSync(path, "latin1"), path);
    }
  }
}

function searchAll(ended: { stdout: string; stderr: string }, what: string): void {
  counts.runs += 1;
  search(ended.stdout, `stdout of ${what}`);
  search(ended.stderr, `stderr of ${what}`);
  searchFiles(dir);
  searchFiles(temporary);
}

const COMMANDS: string[][] = [
  ["whoami"],
  ["whoami", "--json"],
  ["libraries"],
  ["libraries", "--json"],
  ["validate", MANIFEST, "--json"],
  ["plan", MANIFEST],
  ["plan", MANIFEST, "--json", "--out", "plan.json"],
  ["show", "plan.json"],
  ["apply", MANIFEST],
  ["apply", MANIFEST, "--yes"],
  ["apply", MANIFEST, "--yes", "--json"],
  ["apply", MANIFEST, "--yes", "--unknown", "retry"],
  ["results", MANIFEST],
  ["verify", MANIFEST],
  ["fetch", "IM_0RkTAKdugT1i6sy", "-o", "fetched"],
  ["fill", MANIFEST, "--with", MANIFEST, "--check"],
  ["explain", MANIFEST, "2"],
  ["history", MANIFEST],
  ["resolve", MANIFEST],
  ["resolve", MANIFEST, "--json"],
  ["undo", MANIFEST, "--yes"],
  ["prune", MANIFEST, "--yes"],
  ["adopt", MANIFEST],
  ["merge", MANIFEST, LEDGER],
  ["doctor", MANIFEST],
  ["init", "."],
  ["setup"],
  ["setup", "--show"],
  ["help"],
];
/** Prints past the streams it is given, so that it runs only in a process of its own. */
const ALONE = ["complete", "bash"];

const { commands } = buildProgram({ process: silentProcess(), version: "", exitCode: 0 });

/** Only `buildProgram`'s list of commands is read. */
function silentProcess(): HostProcess {
  const stream = new PassThrough();
  const streams = { stdin: stream, stdout: stream, stderr: stream };
  return { args: [], env: {}, cwd: "", ...streams, onSignal: () => () => {}, exitNow: () => {} };
}

function takesTokenFile(name: string | undefined): boolean {
  const command = commands.find((one) => one.name() === name);
  return command?.options.some(({ long }) => long === "--token-file") ?? false;
}

it("every command is among those that are tried", () => {
  // `open` is tried by itself: test/open/token.test.ts.
  const tried = new Set(["open", "sandbox", "complete", ...COMMANDS.map(([name]) => name)]);
  const names = commands.map((command) => command.name());
  expect(names.filter((name) => !tried.has(name))).toEqual([]);
});

const MODES = Object.entries(ECHO_MODES);

it.each(MODES.slice(-times(MODES.length, 2)))("a service that quotes it: %s", async (_, mode) => {
  const echo = await startEcho(TOKEN, mode);
  onTestFinished(() => echo.close());
  openPlace();
  const env = {
    QUALTRICS_API_KEY: TOKEN,
    QUALTRICS_BASE_URL: echo.url,
    QUALTRICS_LIBRARY_ID: LIBRARY,
  };
  for (const args of COMMANDS) searchAll(await runCli(dir, args, env), args.join(" "));
  expect(echo.authorized).toBeGreaterThan(4);
  counts.requests += echo.authorized;
});

type Source = [name: string, place: (place: Place) => Record<string, string>, args: string[]];

const SOURCES: Source[] = [
  ["the environment", () => ({ QUALTRICS_API_KEY: TOKEN }), []],
  [".env", (place) => writeSecret(place, ".env", `QUALTRICS_API_KEY="${TOKEN}"\n`), []],
  ["--token-file", (place) => writeSecret(place, "token", `${TOKEN}\n`), ["--token-file", "token"]],
];

function writeSecret(place: Place, file: string, text: string): Record<string, string> {
  place.write(file, text);
  chmodSync(join(place.dir, file), 0o600);
  return {};
}

it.each(SOURCES.slice(-times(SOURCES.length, 1)))(
  "every command, with the token from %s, in processes of their own",
  async (_, put, extra) => {
    const place = openPlace();
    const secret = put(place);
    const env = {
      PATH: process.env.PATH,
      TMPDIR: temporary,
      QUALTRICS_BASE_URL: sandbox.url,
      QUALTRICS_LIBRARY_ID: LIBRARY,
      XDG_CONFIG_HOME: join(dir, "config"),
      ...secret,
    };
    for (const args of [...COMMANDS, ALONE]) {
      const known = takesTokenFile(args[0]) ? [...args, ...extra] : args;
      const { ended } = start(process.execPath, [BIN, ...known], { cwd: dir, env });
      searchAll(await ended, known.join(" "));
    }
    counts.requests += COMMANDS.length;
  },
);

it.each([
  ["help", ["--help"]],
  ["a command's help", ["apply", "--help"]],
  ["the version", ["--version"]],
  ["a wrong option", ["apply", MANIFEST, "--tokn", "x"]],
  ["a wrong host", ["whoami", "--host", "127.0.0.1:1"]],
  ["a token file others can read", ["whoami", "--token-file", "exposed"]],
  ["a token file that holds two lines", ["whoami", "--token-file", "token"]],
  ["a library that does not exist", ["apply", MANIFEST, "--yes", "--library", "UR_Elsewhere00001"]],
])("wrong use: %s", async (_, args) => {
  const place = openPlace();
  place.write("token", `${TOKEN}\n${TOKEN}\n`);
  chmodSync(join(dir, "token"), 0o600);
  place.write("exposed", "x");
  chmodSync(join(dir, "exposed"), 0o644);
  searchAll(await runCli(dir, args, place.env), args.join(" "));
});

it("setup keeps it in its own file alone, and every command that finds it there is quiet about it", async () => {
  const place = openPlace();
  place.write("token", `${TOKEN}\n`);
  chmodSync(join(dir, "token"), 0o600);
  const given = ["--host", sandbox.url, "--token-file", "token", "--library", LIBRARY];
  const ran = await runCli(dir, ["setup", ...given]);
  expect(ran.code, ran.stderr).toBe(0);
  searchAll(ran, "setup");
  for (const args of COMMANDS) searchAll(await runCli(dir, args), args.join(" "));
  counts.requests += COMMANDS.length;
});

it("a bug of ours, which shows a stack", async () => {
  const place = openPlace();
  const preload = join(temporary, "bug.cjs");
  place.write(
    "bug.cjs",
    `const fs = require("node:fs/promises");
     fs.open = () => { throw new TypeError("not expected"); };
     require("node:module").syncBuiltinESMExports();`,
  );
  const env = {
    ...place.env,
    NODE_OPTIONS: `--require ${join(dir, "bug.cjs")}`,
    TMPDIR: temporary,
  };
  const { ended } = start(process.execPath, [BIN, "apply", MANIFEST, "--yes"], { cwd: dir, env });
  const run = await ended;
  expect(run.code, preload).toBe(1);
  expect(run.stderr).toContain("this is a bug");
  searchAll(run, "apply with a bug");
});

it("kill -9 and a ledger that is lost, with its emergency file", async () => {
  const place = openPlace();
  place.writeRows(Array.from({ length: 30 }, (_, row) => 100 + row));
  const killed = start(process.execPath, [BIN, "apply", MANIFEST, "--yes", "--concurrency", "2"], {
    cwd: dir,
    env: { ...place.env, TMPDIR: temporary },
  });
  killed.child.stderr?.once("data", () => setTimeout(() => killed.child.kill("SIGKILL"), 150));
  searchAll(await killed.ended, "a killed apply");
  const lost = place.start("apply", MANIFEST, "--yes", "--concurrency", "1", "--json");
  let hasSent = false;
  lost.child.stdout?.on("data", (chunk: string) => {
    hasSent ||= chunk.includes("item.finished");
  });
  for (let tick = 0; tick < 400 && !hasSent; tick += 1) await delay(20);
  rmSync(join(dir, ".qgfx/ledger.db"), { force: true });
  const run = await lost.ended;
  searchAll(run, "an apply whose ledger was deleted");
  expect(readdirSync(dir).filter((name) => name.startsWith("qgfx-rescued"))).toHaveLength(1);
});
