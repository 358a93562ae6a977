import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { BIN } from "../support/program.ts";
import { openWorkplace } from "../support/workplace.ts";

function start(...args: string[]) {
  const child = spawn(process.execPath, [BIN, "sandbox", ...args], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

it.each(["SIGINT", "SIGTERM"] as const)("%s ends a sandbox that waits to start", async (signal) => {
  const script = join((await openWorkplace()).dir, "script.json");
  execFileSync("mkfifo", [script]);
  const child = start("--script", script);
  // Opens when the sandbox reads, which then waits for what is never written.
  const writer = await open(script, "w");
  onTestFinished(() => writer.close());
  const ended = once(child, "exit");
  child.kill(signal);
  expect(await ended).toEqual([null, signal]);
});

it.each(["SIGINT", "SIGTERM"] as const)("%s closes a sandbox that listens", async (signal) => {
  const child = start();
  await once(child.stdout, "data");
  const ended = once(child, "exit");
  child.kill(signal);
  expect(await ended).toEqual([0, null]);
});
