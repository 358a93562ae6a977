import { copyFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { heldTwice, lookAfter } from "./support/crash-invariants.ts";
import { LEDGER, MANIFEST, Place, RESULTS } from "./support/crash-place.ts";
import { BIN } from "./support/crash-process.ts";
import { report, times } from "./support/crash-report.ts";
import { type Server, startServer } from "./support/crash-server.ts";

const ROWS = 12;
const CONCURRENCY = 2;
const ARGS = ["apply", MANIFEST, "--yes", "--concurrency", `${CONCURRENCY}`];

let server: Server;
let tried = 0;

beforeAll(async () => {
  server = await startServer({ version: 1, latencyMs: 150 });
});
afterAll(async () => {
  report(`ledger lost in the midst of a run: ${tried} ways, 0 lost ids, 0 silent duplicates`);
  await server.stop();
});

function replaceByCopy(file: string): void {
  copyFileSync(file, `${file}.copy`);
  renameSync(`${file}.copy`, file);
}

const WAYS: [string, (ledger: string) => void][] = [
  ["the ledger is deleted", (ledger) => rmSync(ledger)],
  ["the ledger is replaced by a copy", replaceByCopy],
  ["its write-ahead log is deleted", (ledger) => rmSync(`${ledger}-wal`)],
  ["its lock is deleted", (ledger) => rmSync(`${ledger}.lock`)],
  ["its folder is deleted", (ledger) => rmSync(dirname(ledger), { recursive: true })],
  ["its folder is moved away", (ledger) => renameSync(dirname(ledger), `${dirname(ledger)}.away`)],
];

async function untilHeld(place: Place, count: number): Promise<void> {
  while ((await place.held()).length < count) await delay(20);
}

it.each(WAYS.slice(0, times(WAYS.length, 2)))(
  "%s: the run stops, every id is told, and the results carry them on",
  async (_, lose) => {
    const place = new Place(server, `lost${tried++}`);
    onTestFinished(() => place.remove());
    place.writeRows(Array.from({ length: ROWS }, (_, row) => tried * 1000 + row));
    const { ended } = place.run(process.execPath, [BIN, ...ARGS]);
    await untilHeld(place, 3);
    lose(join(place.dir, LEDGER));
    const atLoss = (await place.held()).length;
    const run = await ended;
    expect(run.code, run.stderr).toBe(3);
    expect(run.stderr).toContain("moved, deleted or replaced");
    expect(run.stderr).toContain(place.dir);
    const held = await place.held();
    expect(held.length).toBeLessThanOrEqual(atLoss + 2 * CONCURRENCY);
    const results = place.read(RESULTS);
    for (const { id } of held) {
      expect(run.stderr).toContain(id);
      expect(results).toContain(id);
    }
    expect(run.stderr).toContain("on the results CSV");
    await followHint(place);
  },
);

/** Applying the results CSV, as the message says, goes on from what is there; what is unknown stays held. */
async function followHint(place: Place): Promise<void> {
  const next = await place.qgfx("apply", RESULTS, "--yes");
  const after = await lookAfter(place);
  expect(next.code, next.stderr).toBe(after.unknownNames.size > 0 ? 5 : 0);
  expect(after.unknownNames.size).toBeLessThanOrEqual(CONCURRENCY);
  expect(after.held).toHaveLength(ROWS);
  expect(heldTwice(after.held, () => 1)).toEqual([]);
  expect(after.lost).toEqual([]);
}
