import { spawn, spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { openLedger } from "../../../src/ledger/open-ledger.ts";
import { LedgerLost } from "../../../src/ledger/refusal.ts";
import {
  MANIFEST,
  makeTestFolder,
  OWNER,
  openForTest,
  readForTest,
  runStart,
  TARGET,
  upload,
  uploaded,
} from "../../support/ledger.ts";
import { listenTo, useWriterProgram, type Writer } from "../../support/start-writer.ts";
import type { Task } from "../../support/writer-process.ts";

const ROWS = ["a.png", "b.png", "c.png"].map((name, line) => upload(name, { line }));
const [A = upload(""), B = upload(""), C = upload("")] = ROWS;

describe("a ledger that is lost in the midst of a run", () => {
  const ways: [string, (file: string) => void][] = [
    ["its file is deleted", (file) => rmSync(file)],
    ["its folder is deleted", (file) => rmSync(dirname(file), { recursive: true })],
    ["its folder is moved away", (file) => renameSync(dirname(file), `${dirname(file)}.old`)],
    ["a file stands in its folder's place", replaceFolderByFile],
    ["its folder's place leads in a circle", replaceFolderByCircle],
    ["its file is replaced", replaceByCopy],
    ["its log is deleted", (file) => rmSync(`${file}-wal`)],
    ["its lock is deleted", (file) => rmSync(`${file}.lock`)],
  ];

  function replaceByCopy(file: string): void {
    copyFileSync(file, `${file}.copy`);
    renameSync(`${file}.copy`, file);
  }

  function replaceFolderByFile(file: string): void {
    renameSync(dirname(file), `${dirname(file)}.old`);
    writeFileSync(dirname(file), "");
  }

  function replaceFolderByCircle(file: string): void {
    renameSync(dirname(file), `${dirname(file)}.old`);
    symlinkSync(dirname(file), dirname(file));
  }

  it.each(ways)("rejects what waits and whatever comes later when %s", async (_, lose) => {
    const file = join(makeTestFolder(), ".qgfx", "ledger.db");
    const ledger = openForTest(file);
    const run = ledger.startRun(runStart(), ROWS);
    const attemptId = await run.intent(A, 1);
    lose(file);
    const waiting = [run.outcome(attemptId, uploaded("IM_1")), run.intent(B, 1)];
    const results = await Promise.allSettled(waiting);
    for (const result of results) {
      expect(result).toMatchObject({ status: "rejected", reason: expect.any(LedgerLost) });
    }
    await expect(run.intent(C, 1)).rejects.toThrow(/moved, deleted or replaced/);
    await expect(run.unsent(C, "gone")).rejects.toThrow(LedgerLost);
    expect(() => ledger.startRun(runStart(), [])).toThrow(/cannot be written/);
    ledger.close();
  });

  it("is given up too where the lock on what it relies on is deleted", async () => {
    const folder = makeTestFolder();
    const basis = join(folder, "whole.db");
    const ledger = openLedger(join(folder, "ledger.db"), OWNER, basis);
    const run = ledger.startRun(runStart(), ROWS);
    rmSync(`${basis}.lock`);
    await expect(run.intent(A, 1)).rejects.toThrow(LedgerLost);
    ledger.close();
  });

  it("does not touch the ledger that stands in its place", async () => {
    const file = join(makeTestFolder(), ".qgfx", "ledger.db");
    const lost = openForTest(file);
    const lostRun = lost.startRun(runStart(), ROWS);
    rmSync(dirname(file), { recursive: true });
    mkdirSync(dirname(file));
    const next = openForTest(file);
    const run = next.startRun(runStart(), ROWS);
    await run.outcome(await run.intent(A, 1), uploaded("IM_1"));
    await expect(lostRun.intent(A, 1)).rejects.toThrow(LedgerLost);
    lost.close();
    expect(existsSync(`${file}-wal`)).toBe(true);
    await run.outcome(await run.intent(B, 1), uploaded("IM_2"));
    next.close();
    expect(readForTest(file)?.recorded(TARGET, MANIFEST).graphics).toHaveLength(2);
  });
});

const program = useWriterProgram();

/** Runs a writer from a shell script, which finds the command line in "$@". */
function startFromShell(
  script: string,
  file: string,
  { does = "upload", before = [] }: { does?: Task["does"]; before?: string[] } = {},
): Writer {
  const task: Task = { file, does, prefix: "row", rows: 5_000, concurrency: 4 };
  const [command = "sh", ...flags] = [...before, "sh", "-c", script, "sh"];
  return listenTo(spawn(command, [...flags, process.execPath, program(), JSON.stringify(task)]));
}

/** Every upload that was promised must be in the ledger that is left. */
async function expectKept(writer: Writer, file: string): Promise<void> {
  const told = writer.heard.flatMap((one) => (one.said === "uploaded" ? [one.graphicId] : []));
  expect(told.length).toBeGreaterThan(0);
  const ledger = openForTest(file);
  const ids = ledger.recorded(TARGET, MANIFEST).graphics.map(({ graphicId }) => graphicId);
  expect(ids).toEqual(expect.arrayContaining(told));
}

describe.skipIf(process.platform === "win32")("a disk that takes no more", () => {
  it("stops the run where a file may grow no further, and keeps what was promised", async () => {
    const file = join(makeTestFolder(), "ledger.db");
    const writer = startFromShell('ulimit -f 4096 && exec "$@"', file);
    const lost = await writer.hear("lost");
    expect(lost).toMatchObject({ error: "LEDGER_LOST", message: expect.stringContaining(file) });
    await writer.ended;
    await expectKept(writer, file);
  });

  const canMount = spawnSync("unshare", ["-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]);
  it.skipIf(canMount.status !== 0)("stops the run when the disk is full", async () => {
    const folder = makeTestFolder();
    const [disk, saved] = [join(folder, "disk"), join(folder, "saved")];
    mkdirSync(disk);
    mkdirSync(saved);
    const script = `mount -t tmpfs -o size=4m tmpfs '${disk}' && "$@"; cp '${disk}'/* '${saved}'`;
    const writer = startFromShell(script, join(disk, "ledger.db"), { before: ["unshare", "-rm"] });
    const lost = await writer.hear("lost");
    expect(lost.message).toContain("the disk is full");
    await writer.ended;
    await expectKept(writer, join(saved, "ledger.db"));
  });

  it.skipIf(canMount.status !== 0)("refuses to start on a full disk", async () => {
    const disk = makeTestFolder();
    const script = `mount -t tmpfs -o size=32k tmpfs '${disk}' && exec "$@"`;
    const writer = startFromShell(script, join(disk, "ledger.db"), { before: ["unshare", "-rm"] });
    const refused = await writer.hear("refused");
    expect(refused).toMatchObject({ code: "LEDGER_UNWRITABLE" });
    expect(refused.message).toContain("the disk is full");
  });

  it.skipIf(canMount.status !== 0)("is read where nothing can be written", async () => {
    const folder = makeTestFolder();
    const file = join(folder, "ledger.db");
    const ledger = openForTest(file);
    const run = ledger.startRun(runStart(), ROWS);
    await run.outcome(await run.intent(A, 1), uploaded("IM_1"));
    ledger.close();
    const script = `mount --bind '${folder}' '${folder}' && mount -o remount,bind,ro '${folder}' && exec "$@"`;
    const reader = startFromShell(script, file, { does: "read", before: ["unshare", "-rm"] });
    expect(await reader.hear("read")).toMatchObject({ names: ["a.png"] });
    const writer = startFromShell(script, file, { before: ["unshare", "-rm"] });
    expect(await writer.hear("refused")).toMatchObject({ code: "LEDGER_UNWRITABLE" });
  });
});
