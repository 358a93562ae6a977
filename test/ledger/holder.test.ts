import { once } from "node:events";
import { existsSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import type { Readable } from "node:stream";
import { expect, it, onTestFinished } from "vitest";
import { isLivingHere } from "../../src/ledger/lock.ts";
import { start } from "../support/program.ts";

const HOUR_MS = 3_600_000;

const hourAway = (hours: number) => new Date(Date.now() + hours * HOUR_MS).toISOString();

it.skipIf(!existsSync("/proc/self/stat"))(
  "a process is the one that opened the ledger only where it began before (where the system tells)",
  () => {
    const { child } = start("sleep", ["30"], { cwd: tmpdir() });
    onTestFinished(() => void child.kill("SIGKILL"));
    const holder = { user: "ada", machine: hostname(), pid: child.pid ?? 0, run_id: null };
    expect(isLivingHere({ ...holder, since: hourAway(0) })).toBe(true);
    expect(isLivingHere({ ...holder, since: hourAway(-1) })).toBe(false);
    expect(isLivingHere({ ...holder, since: hourAway(0), machine: "elsewhere" })).toBe(false);
  },
);

it("a process that has ended is not living", async () => {
  const { child, ended } = start(process.execPath, ["--version"], { cwd: tmpdir() });
  await ended;
  const holder = { user: "ada", machine: hostname(), pid: child.pid ?? 0, run_id: null };
  expect(isLivingHere({ ...holder, since: hourAway(0) })).toBe(false);
});

it.skipIf(!existsSync("/proc/self/stat"))(
  "a killed process whose parent does not ask about it is not living (where the system tells)",
  async () => {
    const script = "sleep 0 & echo $!; exec sleep 30";
    const { child } = start("sh", ["-c", script], { cwd: tmpdir() });
    onTestFinished(() => void child.kill("SIGKILL"));
    const [said] = await once(child.stdout as Readable, "data");
    const holder = { user: "ada", machine: hostname(), pid: Number(said), run_id: null };
    await expect.poll(() => isLivingHere({ ...holder, since: hourAway(0) })).toBe(false);
  },
);
