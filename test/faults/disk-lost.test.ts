import { chmodSync, copyFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { BIN } from "../support/program.ts";
import { heldTwice, lookAfter } from "./support/crash-invariants.ts";
import { LEDGER, MANIFEST, Place, RESULTS } from "./support/crash-place.ts";
import { type Server, startServer } from "./support/crash-server.ts";
import { ordinaryUser } from "./support/ordinary-user.ts";
import { report, times } from "./support/programme.ts";

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

function replaceFolderByFile(file: string): void {
  renameSync(dirname(file), `${dirname(file)}.away`);
  writeFileSync(dirname(file), "");
}

interface Way {
  what: string;
  lose(ledger: string): void;
  /** Makes room for a new ledger, where none could be made. */
  mend?(ledger: string): void;
}

const WAYS: Way[] = [
  { what: "the ledger is deleted", lose: (ledger) => rmSync(ledger) },
  {
    what: "a file stands in its folder's place",
    lose: replaceFolderByFile,
    mend: (ledger) => rmSync(dirname(ledger)),
  },
  {
    what: "its folder may not be entered",
    lose: (ledger) => chmodSync(dirname(ledger), 0),
    mend: (ledger) => chmodSync(dirname(ledger), 0o755),
  },
  { what: "the ledger is replaced by a copy", lose: replaceByCopy },
  { what: "its write-ahead log is deleted", lose: (ledger) => rmSync(`${ledger}-wal`) },
  { what: "its lock is deleted", lose: (ledger) => rmSync(`${ledger}.lock`) },
  { what: "its folder is deleted", lose: (ledger) => rmSync(dirname(ledger), { recursive: true }) },
  {
    what: "its folder is moved away",
    lose: (ledger) => renameSync(dirname(ledger), `${dirname(ledger)}.away`),
  },
];

async function untilHeld(place: Place, count: number): Promise<void> {
  while ((await place.held()).length < count) await delay(20);
}

it.each(WAYS.slice(0, times(WAYS.length, 3)))(
  "$what: the run stops, every id is told, and the results carry them on",
  async ({ lose, mend }) => {
    const place = new Place(server, `lost${tried++}`);
    onTestFinished(() => place.remove());
    place.writeRows(Array.from({ length: ROWS }, (_, row) => tried * 1000 + row));
    chmodSync(place.dir, 0o777);
    const user = await ordinaryUser(place);
    const { ended } = place.run(process.execPath, [BIN, ...ARGS], user);
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
    expect(run.stderr).toContain("keep the results file and run the same command again");
    mend?.(join(place.dir, LEDGER));
    await followHint(place);
  },
);

/** The same command, as the message says, goes on from what is there; what is unknown stays held. */
async function followHint(place: Place): Promise<void> {
  const next = await place.qgfx(...ARGS);
  const after = await lookAfter(place);
  expect(next.code, next.stderr).toBe(after.unknownNames.size > 0 ? 5 : 0);
  expect(after.unknownNames.size).toBeLessThanOrEqual(CONCURRENCY);
  expect(after.held).toHaveLength(ROWS);
  expect(heldTwice(after.held, () => 1)).toEqual([]);
  expect(after.lost).toEqual([]);
}
