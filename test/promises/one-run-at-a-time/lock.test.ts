import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { describe, expect, it, onTestFinished } from "vitest";
import { takeLock } from "../../../src/ledger/lock.ts";
import { openLedger } from "../../../src/ledger/open-ledger.ts";
import { readLedger } from "../../../src/ledger/read-ledger.ts";
import {
  MANIFEST,
  newLedgerFile,
  OWNER,
  openForTest,
  readForTest,
  TARGET,
} from "../../support/ledger.ts";
import { startWriter, useWriterProgram } from "../../support/start-writer.ts";

const program = useWriterProgram();

async function heldLedger() {
  const file = newLedgerFile();
  const writer = startWriter(program(), { file, does: "hold" });
  await writer.hear("held");
  return { file, writer };
}

const locked = (pid: number | undefined) =>
  expect.objectContaining({
    code: "LEDGER_LOCKED",
    exitCode: 7,
    message: expect.stringContaining(`a run of bob (process ${pid} on ${hostname()}, since 20`),
    hint: `wait until it ends, or stop process ${pid} on ${hostname()}`,
  });

describe("the lock", () => {
  it("keeps a second run out while the first lives, and says whose it is", async () => {
    const { file, writer } = await heldLedger();
    expect(() => openLedger(file, OWNER)).toThrow(locked(writer.child.pid));
    writer.child.stdin?.end();
    await writer.hear("closed");
    await writer.ended;
    openForTest(file);
  });

  it("holds while its process is stopped", async () => {
    const { file, writer } = await heldLedger();
    writer.child.kill("SIGSTOP");
    expect(() => openLedger(file, OWNER)).toThrow(locked(writer.child.pid));
    writer.child.kill("SIGCONT");
  });

  it("is free as soon as its process is killed", async () => {
    const { file, writer } = await heldLedger();
    writer.child.kill("SIGKILL");
    await writer.ended;
    openForTest(file);
  });

  it("lets readers in meanwhile", async () => {
    const { file, writer } = await heldLedger();
    writer.child.kill("SIGSTOP");
    expect(readForTest(file)?.recorded(TARGET, MANIFEST)).toEqual({
      graphics: [],
      past: [],
      unknowns: [],
    });
    writer.child.kill("SIGCONT");
  });

  it("goes to one of many that ask at once for a ledger that is not there yet", async () => {
    const file = newLedgerFile();
    const writers = Array.from({ length: 4 }, () => startWriter(program(), { file, does: "hold" }));
    const said = await Promise.all(writers.map((writer) => writer.hear("held", "refused")));
    expect(said.filter((one) => one.said === "held")).toHaveLength(1);
    const codes = said.flatMap((one) => (one.said === "refused" ? [one.code] : []));
    expect(codes).toEqual(["LEDGER_LOCKED", "LEDGER_LOCKED", "LEDGER_LOCKED"]);
  });

  it("does not name a run that is gone", async () => {
    const { file, writer } = await heldLedger();
    writer.child.kill("SIGKILL");
    await writer.ended;
    // The next run has the lock and has not written its name yet.
    const lock = takeLock(`${file}.lock`);
    onTestFinished(() => lock?.release());
    const message = `another run holds the ledger ${file}`;
    expect(() => openLedger(file, OWNER)).toThrow(expect.objectContaining({ message }));
  });

  it("says so when its holder cannot be read", () => {
    const file = newLedgerFile();
    const lock = takeLock(`${file}.lock`);
    onTestFinished(() => lock?.release());
    const error = { code: "LEDGER_LOCKED", message: `another run holds the ledger ${file}` };
    expect(() => openLedger(file, OWNER)).toThrow(expect.objectContaining(error));
  });
});

describe("a ledger that another run relies on", () => {
  const ledgers = () => {
    const basis = newLedgerFile();
    return { basis, one: `${basis}.one.db`, two: `${basis}.two.db` };
  };

  it("is kept by as many as rely on it, until the last has closed", () => {
    const { basis, one, two } = ledgers();
    const first = openLedger(one, OWNER, basis);
    const second = openLedger(two, OWNER, basis);
    first.close();
    expect(() => openLedger(basis, OWNER)).toThrow(/another run holds the ledger/);
    second.close();
    openForTest(basis);
  });

  it("is not to be had while a run holds it: then the other ledger is not even created", async () => {
    const { file, writer } = await heldLedger();
    expect(() => openLedger(`${file}.one.db`, OWNER, file)).toThrow(locked(writer.child.pid));
    expect(existsSync(`${file}.one.db`)).toBe(false);
    writer.child.kill("SIGKILL");
    await writer.ended;
    openLedger(`${file}.one.db`, OWNER, file).close();
  });

  it("is kept also after that run has taken it in", () => {
    const { basis, one } = ledgers();
    openForTest(basis).close();
    const ledger = openLedger(one, OWNER, basis);
    ledger.merge([basis], { manifest: MANIFEST, onConflict: "refuse" });
    expect(() => openLedger(basis, OWNER)).toThrow(/another run holds the ledger/);
    ledger.close();
    openForTest(basis);
  });
});

describe("a reader while a run writes", () => {
  it("sees more and more, and each graphic it is told of", async () => {
    const file = newLedgerFile();
    const writer = startWriter(program(), { file, rows: 300, concurrency: 8 });
    await writer.hear("uploaded");
    const seen: number[] = [];
    let isRunning = true;
    void writer.ended.then(() => {
      isRunning = false;
    });
    while (isRunning) {
      const told = writer.heard.flatMap((one) => (one.said === "uploaded" ? [one.name] : []));
      const view = readLedger(file);
      const names = view?.recorded(TARGET, MANIFEST).graphics.map(({ name }) => name) ?? [];
      view?.close();
      expect(new Set(names)).toEqual(new Set([...names, ...told]));
      seen.push(names.length);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(readForTest(file)?.recorded(TARGET, MANIFEST).graphics).toHaveLength(300);
  });
});
