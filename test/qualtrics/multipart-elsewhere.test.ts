import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { counted } from "../support/counts.ts";
import { uploadOf } from "./clients.ts";
import { pictureName } from "./picture-name.ts";

const COUNT = Number(process.env.QGFX_NAMES ?? counted(50, 50_000));
const PHP_WORKERS = 4;
const CONTENT = "\x89PNG\r\n\x1a\n--x\r\n";

/** Requests with generated names; the seed repeats them. */
function sampleUploads() {
  const seed = Number(process.env.QGFX_SEED ?? Date.now() % 0x7fffffff);
  const pairs = fc.sample(fc.tuple(pictureName(), pictureName()), { seed, numRuns: COUNT });
  const bytes = Buffer.from(CONTENT, "latin1");
  return pairs.map(([name, folder]) => ({
    name,
    folder,
    seed,
    ...uploadOf(0, { name, folder, bytes, nameQuotes: "backslash" }),
  }));
}

function hasTool(...command: [string, ...string[]]): boolean {
  try {
    execFileSync(command[0], command.slice(1), { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

const hasPython = hasTool("python3", "--version");
const hasPhp = hasTool("php", "-r", "exit(PHP_VERSION_ID >= 80100 ? 0 : 1);");

test.skipIf(!hasPython)("Python (needs python3) undoes the backslashes in names", () => {
  const uploads = sampleUploads();
  const input = uploads.map(({ contentType, body }) => [contentType, body.toString("base64")]);
  const script = join(import.meta.dirname, "read_names.py");
  const output = execFileSync("python3", [script], {
    input: JSON.stringify(input),
    encoding: "utf8",
    maxBuffer: 512 * 1024 * 1024,
  });
  const lines = output.trimEnd().split("\n");
  expect(lines).toHaveLength(COUNT);
  for (const [index, { name, folder, seed }] of uploads.entries()) {
    const found = Object.entries(JSON.parse(lines[index] ?? "{}"));
    expect(found.length).toBeGreaterThan(0);
    for (const [parser, read] of found) {
      expect({ seed, parser, read }).toEqual({ seed, parser, read: [name, folder] });
    }
  }
});

test.skipIf(!hasPhp)("PHP (needs php 8.1) undoes the backslashes in names", async () => {
  const url = await startPhp();
  const uploads = sampleUploads();
  const pending = uploads.values();
  const ask = async () => {
    for (const { name, folder, seed, contentType, body } of pending) {
      const response = await fetch(url, {
        method: "POST",
        headers: { "content-type": contentType },
        body: new Uint8Array(body),
      });
      const read = await response.json();
      expect({ seed, read }).toEqual({ seed, read: { name, folder } });
    }
  };
  await Promise.all(Array.from({ length: PHP_WORKERS }, ask));
});

async function startPhp(): Promise<string> {
  const port = await freePort();
  const script = join(import.meta.dirname, "read-name.php");
  const php = spawn("php", ["-n", "-S", `127.0.0.1:${port}`, script], {
    stdio: "ignore",
    // A group of its own: the workers outlive the process that began them.
    detached: true,
    env: { ...process.env, PHP_CLI_SERVER_WORKERS: String(PHP_WORKERS) },
  });
  onTestFinished(() => stop(php));
  const url = `http://127.0.0.1:${port}/`;
  for (let tries = 0; tries < 100; tries++) {
    const up = await fetch(url).then(
      () => true,
      () => false,
    );
    if (up) return url;
    await sleep(50);
  }
  throw new Error("php does not listen");
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.pid === undefined) return;
  process.kill(-child.pid);
  await once(child, "exit");
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (typeof address !== "object" || !address) throw new Error("no port");
  return address.port;
}
