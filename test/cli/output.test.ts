import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { firstOf } from "../support/counts.ts";
import { png } from "../support/pictures.ts";
import { BIN, plainEnv, start } from "../support/program.ts";
import { openWorkplace, type Workplace } from "../support/workplace.ts";

const ROWS = 5;
const FULL = "/dev/full";

async function openPlace(): Promise<Workplace> {
  const place = await openWorkplace();
  const rows = Array.from({ length: ROWS }, (_, index) => {
    place.write(`${index}.png`, png(index));
    return `${index}.png,F`;
  });
  place.write("m.csv", ["path,folder", ...rows, ""].join("\n"));
  return place;
}

/** Runs qgfx with its stdout, its stderr or both on a device that is always full; gives what the other one said. */
async function runOnFull(place: Workplace, full: "stdout" | "stderr", ...args: string[]) {
  const device = openSync(FULL, "w");
  onTestFinished(() => closeSync(device));
  const stdio: StdioOptions =
    full === "stdout" ? ["ignore", device, "pipe"] : ["ignore", "pipe", device];
  const child: ChildProcess = spawn(process.execPath, [BIN, ...args], {
    cwd: place.dir,
    env: plainEnv(place.env),
    stdio,
  });
  let said = "";
  (child.stdout ?? child.stderr)?.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const [code] = await once(child, "close");
  return { code, said };
}

async function expectApplied(place: Workplace): Promise<void> {
  const ids = (await place.held()).map(({ id }) => id);
  expect(ids).toHaveLength(ROWS);
  expect(
    place
      .read("m.results.csv")
      .match(/IM_\w+(?=,http)/g)
      ?.sort(),
  ).toEqual(ids.sort());
  expect(existsSync(join(place.dir, ".qgfx/ledger.db-wal"))).toBe(false);
}

describe.skipIf(!existsSync(FULL))("output that goes to a full disk", () => {
  it.each([
    ["stdout", []],
    ["stdout", ["--json"]],
    ["stderr", []],
    ["stderr", ["--json"]],
  ] as const)("does not end a run: %s %j", async (full, options) => {
    const place = await openPlace();
    const { code, said } = await runOnFull(place, full, "apply", "m.csv", "--yes", ...options);
    const isUntold = full === "stdout" && options.length > 0;
    expect(code, said).toBe(isUntold ? 3 : 0);
    if (full === "stdout") expect(said).toMatch(/^error WRITE_NO_SPACE: 'stdout'.*disk is full/m);
    await expectApplied(place);
  });

  it.each(
    firstOf(2, [
      [["plan", "m.csv", "--json", "--detailed-exitcode"]],
      [["--help"]],
      [["validate", "m.csv"]],
      [["plan", "m.csv"]],
      [["results", "m.csv", "--format", "json"]],
    ] as const),
  )("is told in one line by a command that only prints, with exit 2: %j", async (args) => {
    const place = await openPlace();
    await place.qgfx("apply", "m.csv", "--yes");
    const { code, said } = await runOnFull(place, "stdout", ...args);
    expect(code, said).toBe(2);
    expect(said).toContain("error WRITE_NO_SPACE: 'stdout' cannot be written: the disk is full\n");
    expect(said).not.toContain("    at ");
  });

  it("keeps another exit code", async () => {
    const place = await openPlace();
    mkdirSync(join(place.dir, "m.retry.csv"));
    expect(await runOnFull(place, "stdout", "apply", "m.csv", "--yes")).toMatchObject({ code: 3 });
    place.write("m.csv", "path,folder\nnone.png,F\n");
    expect(await runOnFull(place, "stderr", "plan", "m.csv")).toMatchObject({ code: 2 });
  });
});

it.skipIf(process.platform === "win32")("says that its working folder is gone", async () => {
  const place = await openPlace();
  const script = `mkdir gone && cd gone && rmdir ../gone && exec "$0" "$1" plan ../m.csv`;
  const child = spawn("sh", ["-c", script, process.execPath, BIN], { cwd: place.dir });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  expect(await once(child, "close")).toEqual([2, null]);
  expect(said).toMatch(/^error FOLDER_NOT_FOUND: the working folder .*\n {4}change to another\n$/);
});

it.skipIf(process.platform === "win32")(
  "is never cut short in silence: a file that takes a part",
  async () => {
    const place = await openPlace();
    // Of a text that goes beyond the limit the system writes a part, and tells of no error.
    const script = 'ulimit -f 1 && exec "$@" > plan.json';
    const child = spawn(
      "sh",
      ["-c", script, "sh", process.execPath, BIN, "plan", "m.csv", "--json"],
      {
        cwd: place.dir,
        env: plainEnv(place.env),
        stdio: ["ignore", "ignore", "pipe"],
      },
    );
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    const [code] = await once(child, "close");
    expect(code, stderr).toBe(2);
    expect(stderr).toContain(
      "error WRITE_FAILED: 'stdout' cannot be written: the system says EFBIG",
    );
  },
);

it("says nothing of Node's own where many rows wait at once", async () => {
  const play = { kind: "answer", status: 425 } as const;
  const place = await openWorkplace({
    script: { version: 1, faults: [{ probability: 1, times: 24, play }] },
  });
  const rows = Array.from({ length: 24 }, (_, index) => {
    place.write(`${index}.png`, png(index));
    return `${index}.png,F`;
  });
  place.write("m.csv", ["path,folder", ...rows, ""].join("\n"));
  const args = [BIN, "apply", "m.csv", "--yes", "--concurrency", "24"];
  const { ended } = start(process.execPath, args, { cwd: place.dir, env: place.env });
  const { code, stderr } = await ended;
  expect(code).toBe(0);
  expect(stderr).not.toContain("Warning");
});
