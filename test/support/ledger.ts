import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { AttemptOutcome } from "../../src/execute/outcome.ts";
import type { Ledger, LedgerView, Run, RunEnd, RunStart } from "../../src/ledger/ledger.ts";
import { openLedger } from "../../src/ledger/open-ledger.ts";
import { readLedger } from "../../src/ledger/read-ledger.ts";
import type { PlannedRow } from "../../src/plan/planned-row.ts";
import type { FolderAndName } from "../../src/plan/recorded.ts";
import type { TargetKey } from "../../src/plan/service.ts";
import type { TakenGraphic } from "../../src/plan/take-over.ts";
import type { RowRecord } from "../../src/report/results.ts";
import { type PlannedText, plannedRow, type SampleRow } from "./planned-row.ts";

export const OWNER = { user: "ada", machine: "engine", pid: process.pid };
export const TARGET = { service: "qualtrics.com", library: "UR_0123456789a" };
export const MANIFEST = "../summer.csv";

/** A folder of its own for one test, removed afterwards. */
export function makeTestFolder(parent = tmpdir()): string {
  const folder = mkdtempSync(join(parent, "qgfx-ledger-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** As `makeTestFolder`, in memory where Linux has such a place: for tests of many small ledgers. */
export function makeFastFolder(): string {
  const memory = "/dev/shm";
  return makeTestFolder(existsSync(memory) ? memory : undefined);
}

/** Where a test's ledger goes; nothing is there yet. */
export function newLedgerFile(): string {
  return join(makeTestFolder(), "ledger.db");
}

/** Opens a ledger that is closed when the test ends, at the latest. */
export function openForTest(file: string): Ledger {
  const ledger = openLedger(file, OWNER);
  onTestFinished(() => ledger.close());
  return ledger;
}

/**
 * Opens a ledger for reading, until the test ends. One that stayed open would be taken for any later file that
 * gets its inode.
 */
export function readForTest(file: string): LedgerView | undefined {
  const view = readLedger(file);
  onTestFinished(() => view?.close());
  return view;
}

export function runStart(changes: Partial<RunStart> = {}): RunStart {
  const startedAt = "2025-06-01T10:00:00.000Z";
  return { ...TARGET, manifest: MANIFEST, host: "fra1.qualtrics.com", startedAt, ...changes };
}

export function upload(name: string, changes: Partial<PlannedText> = {}): SampleRow {
  return plannedRow({ name, ...changes });
}

/** An id that a file gives. */
export function takenGraphic(name: string, graphicId: string): TakenGraphic {
  const { folder, line, path, contentType, sha256, bytes } = upload(name);
  const uploadedAt = "2025-05-01T00:00:00.000Z";
  const row = { folder, name, line, path, contentType, sha256, bytes };
  return {
    ...row,
    graphicId,
    url: urlOf(graphicId),
    uploadedAt,
    isTimeKnown: true,
    isCurrent: true,
  };
}

/** Records ids that a file gives, in a run of their own. */
export async function takeGraphics(
  ledger: Ledger,
  graphics: readonly TakenGraphic[],
  changes: Partial<RunStart> = {},
): Promise<void> {
  await finish(
    ledger.takeOver(runStart({ command: "adopt", ...changes }), { graphics, unknowns: [] }),
  );
}

export function urlOf(graphicId: string): string {
  return `https://fra1.qualtrics.com/ControlPanel/Graphic.php?IM=${graphicId}`;
}

export const FINISHED_AT = "2025-06-01T10:00:01.000Z";

const NO_ANSWER = {
  graphicId: null,
  url: null,
  httpStatus: null,
  errorCode: null,
  message: null,
  requestId: null,
  finishedAt: FINISHED_AT,
};

export function uploaded(graphicId: string): AttemptOutcome {
  return {
    ...NO_ANSWER,
    result: "uploaded",
    graphicId,
    url: urlOf(graphicId),
    httpStatus: 200,
    requestId: "4f9e",
  };
}

export function ended(
  result: Exclude<AttemptOutcome["result"], "uploaded">,
  message: string,
): AttemptOutcome {
  return { ...NO_ANSWER, result, message };
}

/** What the results say of one address. */
export function recordsOf(ledger: LedgerView, target: TargetKey) {
  return (place: FolderAndName): RowRecord => ledger.rowRecords(target)(place);
}

/** Sends one row through a run: intent, then outcome. */
export async function send(run: Run, row: PlannedRow, outcome: AttemptOutcome): Promise<void> {
  await run.outcome(await run.intent(row, 1), outcome);
}

/** A whole run over the given rows at once, each with its outcome. */
export async function runThrough(
  ledger: Ledger,
  rows: readonly (readonly [PlannedRow, AttemptOutcome])[],
  changes: Partial<RunStart> = {},
): Promise<void> {
  const uploads = rows.map(([row]) => row);
  const run = ledger.startRun(runStart(changes), uploads);
  await Promise.all(rows.map(([row, outcome]) => send(run, row, outcome)));
  await finish(run);
}

export async function finish(run: Run, results?: RunEnd["results"]): Promise<void> {
  const counts = { uploaded: 0, unchanged: 0, failed: 0, unknown: 0, notRun: 0 };
  await run.finish({ exitCode: 0, finishedAt: FINISHED_AT, counts, results });
}

/** Every file of a folder with its size and hash, to compare before and after. */
export function snapshot(folder: string): Record<string, string> {
  const names = readdirSync(folder).sort();
  return Object.fromEntries(
    names.map((name) => [name, fingerprint(readFileSync(join(folder, name)))]),
  );
}

function fingerprint(bytes: Buffer): string {
  return `${bytes.length} ${createHash("sha256").update(bytes).digest("hex")}`;
}
