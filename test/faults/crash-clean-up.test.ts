import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, it } from "vitest";
import type { Ended } from "../support/program.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { heldTwice, lookAfter } from "./support/crash-invariants.ts";
import { LEDGER, MANIFEST, Place } from "./support/crash-place.ts";
import { type Held, type Server, startServer } from "./support/crash-server.ts";
import { report, SEED, secondsSince, tell, times } from "./support/programme.ts";

const KILLS = times(200, 6);
/** A command is killed this often before it is left alone. */
const KILLS_PER_PLACE = 2;
const WORKERS = 2;
const ROWS = 24;
/** The server's lists grow with each place. */
const PLACES_PER_SERVER = 10;
/** About what a command takes, program start included. */
const WHOLE_MS = 600;
/** About what it takes from the first sign that it is under way, one deletion at a time and many at once. */
const workMs = (concurrency: number) => 20 + 300 / concurrency;

const SHARDS = ["1-of-2", "2-of-2"].map((shard) => `.qgfx/ledger.shard-${shard}.db`);

const counts = {
  endedFirst: 0,
  beforeAnyWork: 0,
  amid: 0,
  afterAllWork: 0,
  inDoubt: 0,
  lostIds: 0,
  wronglyDeleted: 0,
  uploadedTwice: 0,
};
const killsOf = { prune: 0, undo: 0, merge: 0 };
type Command = keyof typeof killsOf;
const COMMANDS = ["prune", "undo", "merge"] as const;

const servers: Server[] = [];
afterAll(async () => {
  for (const server of servers) await server.stop();
});

async function openServer(): Promise<Server> {
  // Done first, answered 20 ms later: a kill finds deletions that were carried out without an answer.
  const server = await startServer({ version: 1, latencyMs: 20 });
  servers.push(server);
  return server;
}

/** One place that was made ready, with what its command must leave. */
interface Trial {
  command: Command;
  place: Place;
  random: () => number;
  concurrency: number;
  args: readonly string[];
  /** The ids that the library must hold in the end, and at every moment before. */
  kept: ReadonlySet<string>;
}

const idsOf = (held: readonly Held[]) => held.map(({ id }) => id).sort();

async function expectDone(running: Promise<Ended>): Promise<Ended> {
  const ended = await running;
  expect(ended.code, ended.stderr).toBe(0);
  return ended;
}

/** A manifest that lost some of its rows: prune deletes their graphics. */
async function readyForPrune(place: Place, random: () => number): Promise<ReadonlySet<string>> {
  const seeds = Array.from({ length: ROWS }, (_, row) => row);
  place.writeRows(seeds);
  await expectDone(place.apply());
  const left = seeds.slice(0, 1 + Math.floor((random() * ROWS) / 2));
  place.writeRows(left);
  const wanted = new Set(left.map((row) => `p${row}.png`));
  const held = await place.held();
  const kept = new Set(idsOf(held.filter(({ name }) => wanted.has(name))));
  expect(kept.size).toBe(left.length);
  return kept;
}

/** A second run that replaced some graphics and made others: undo deletes what it made. */
async function readyForUndo(place: Place, random: () => number): Promise<ReadonlySet<string>> {
  const seeds = Array.from({ length: ROWS }, (_, row) => row);
  place.writeRows(seeds.slice(0, ROWS / 2));
  await expectDone(place.apply());
  const first = new Set(idsOf(await place.held()));
  place.writeRows(seeds.map((seed) => (random() < 0.5 ? seed + 1_000 : seed)));
  await expectDone(place.apply());
  return first;
}

/** Two shards that were applied, now and then over a ledger that the whole manifest had already. */
async function readyForMerge(place: Place, random: () => number): Promise<ReadonlySet<string>> {
  const seeds = Array.from({ length: ROWS }, (_, row) => row);
  if (random() < 0.5) {
    place.writeRows(seeds.slice(0, ROWS / 3));
    await expectDone(place.apply());
  }
  place.writeRows(seeds.map((seed) => (random() < 0.3 ? seed + 1_000 : seed)));
  await Promise.all(["1/2", "2/2"].map((shard) => expectDone(place.apply("--shard", shard))));
  return new Set(idsOf(await place.held()));
}

const READY = { prune: readyForPrune, undo: readyForUndo, merge: readyForMerge };

/** Kills the command: mostly once it is under way, now and then at any moment from its start. */
async function runAndKill({ place, random, args, command, concurrency }: Trial): Promise<Ended> {
  const { child, ended } = place.start(...args);
  const kill = () => child.kill("SIGKILL");
  const draw = random();
  const watching = new AbortController();
  const { signal } = watching;
  const killed = (async () => {
    if (random() < 0.2) return killLater(kill, draw * WHOLE_MS, signal);
    await (command === "merge" ? ledgerIsOpen(place, signal) : firstIsDeleted(place, signal));
    return killLater(kill, draw * workMs(concurrency), signal);
  })();
  const whole = await ended;
  watching.abort();
  await killed;
  if (whole.code !== null) expect(whole.code, whole.stderr).toBe(0);
  return whole;
}

async function killLater(kill: () => void, delayMs: number, signal: AbortSignal): Promise<void> {
  await sleep(delayMs, undefined, { signal }).catch(() => undefined);
  if (!signal.aborted) kill();
}

/** Waits until the server holds fewer graphics, or nobody waits any more. */
async function firstIsDeleted(place: Place, signal: AbortSignal): Promise<void> {
  const before = (await place.held()).length;
  while (!signal.aborted && (await place.held()).length === before) await sleep(2);
}

/** Waits until a file of the ledger comes or goes, or nobody waits any more. */
async function ledgerIsOpen(place: Place, signal: AbortSignal): Promise<void> {
  const files = ["", "-wal", "-journal", ".new"].map((end) => join(place.dir, LEDGER + end));
  const stand = () => files.map((file) => existsSync(file)).join();
  const before = stand();
  while (!signal.aborted && stand() === before) await sleep(2);
}

/** What holds at any moment: no id is lost, nothing is deleted that is wanted. Gives the ids in doubt. */
async function killAndCheck(trial: Trial, inDoubt: ReadonlySet<string>) {
  const { place, command, kept, concurrency } = trial;
  const before = (await place.held()).length;
  const { code } = await runAndKill(trial);
  const { ids: ownIds } = await lookAfter(place);
  const { held, ids, doubtIds, unknownNames } = await lookAfter(place, [LEDGER, ...SHARDS]);
  const lost = held.filter(({ id }) => !ids.has(id));
  const there = new Set(idsOf(held));
  const wronglyDeleted = [...kept].filter((id) => !there.has(id));
  const isMerged = [...kept].every((id) => ownIds.has(id));
  const isDone = command === "merge" ? isMerged : held.length === kept.size;
  counts[momentOf(code, isDone, held.length < before)] += 1;
  killsOf[command] += 1;
  counts.lostIds += lost.length;
  counts.wronglyDeleted += wronglyDeleted.length;
  expect([lost, wronglyDeleted], about(trial)).toEqual([[], []]);
  expect(unknownNames.size, about(trial)).toBe(0);
  const added = [...doubtIds].filter((id) => !inDoubt.has(id));
  counts.inDoubt += added.length;
  expect(added.length, about(trial)).toBeLessThanOrEqual(concurrency);
  return doubtIds;
}

function momentOf(code: number | null, isDone: boolean, isBegun: boolean) {
  if (code !== null) return "endedFirst";
  if (isDone) return "afterAllWork";
  return isBegun ? "amid" : "beforeAnyWork";
}

const about = ({ place, args }: Trial) => `seed ${SEED}, ${place.folder}: ${args.join(" ")}`;

/** The same command again: it gets the lock, ends well, and leaves no more and no less than it should. */
async function checkAgain(trial: Trial): Promise<void> {
  const { command, place, args, kept } = trial;
  await expectDone(place.qgfx(...args));
  const { held, ids, doubtIds } = await lookAfter(place);
  expect(idsOf(held), about(trial)).toEqual([...kept].sort());
  expect(
    held.filter(({ id }) => !ids.has(id)),
    about(trial),
  ).toEqual([]);
  expect([...doubtIds], about(trial)).toEqual([]);
  if (command !== "merge") return;
  const plan = await expectDone(place.qgfx("plan", MANIFEST, "--json"));
  const { summary } = JSON.parse(plan.stdout);
  const nothing = { create: 0, replace: 0, orphan: 0, unknown: 0 };
  expect(summary, about(trial)).toMatchObject({ ...nothing, unchanged: ROWS });
}

/** An apply afterwards: it sends what undo took back, and otherwise nothing. */
async function checkApply(trial: Trial): Promise<void> {
  const { command, place, kept } = trial;
  await expectDone(place.apply());
  const { held, lost } = await lookAfter(place);
  const twice = heldTwice(held, () => 1);
  counts.uploadedTwice += twice.length;
  expect([lost, twice], about(trial)).toEqual([[], []]);
  if (command !== "undo") expect(idsOf(held), about(trial)).toEqual([...kept].sort());
}

async function tryCommand(server: Server, number: number): Promise<void> {
  const random = seededRandom(SEED * 100_019 + number);
  const command = COMMANDS[number % COMMANDS.length] ?? "prune";
  const concurrency = [1, 8, 32][Math.floor(random() * 3)] ?? 8;
  const place = new Place(server, `${command}${number}`);
  try {
    const kept = await READY[command](place, random);
    const pace = ["--rate", "100000", "--concurrency", `${concurrency}`];
    const args = [command, MANIFEST, ...(command === "merge" ? [] : ["--yes", ...pace])];
    const trial = { command, place, random, concurrency, args, kept };
    let inDoubt: ReadonlySet<string> = new Set();
    for (let kill = 0; kill < KILLS_PER_PLACE; kill += 1) {
      inDoubt = await killAndCheck(trial, inDoubt);
    }
    await checkAgain(trial);
    await checkApply(trial);
  } finally {
    place.remove();
  }
}

it(`kill -9 at ${KILLS} random moments of prune, undo and merge deletes nothing that is wanted`, async () => {
  const startMs = Date.now();
  let next = 0;
  const work = async () => {
    let server = await openServer();
    for (let done = 1; next < KILLS / KILLS_PER_PLACE; done += 1) {
      next += 1;
      await tryCommand(server, next);
      if (done % PLACES_PER_SERVER === 0) server = await openServer();
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, work));
  tell(`kill -9 of prune, undo and merge, seed ${SEED}`, { ...killsOf, ...counts });
  report(`kill -9 of prune, undo and merge took ${secondsSince(startMs)}`);
});
