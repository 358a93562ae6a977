import { afterAll, expect, it } from "vitest";
import { seededRandom } from "../support/seeded-random.ts";
import { heldTwice, lookAfter, rerunAndCheck } from "./support/crash-invariants.ts";
import { Place } from "./support/crash-place.ts";
import { type Server, startServer } from "./support/crash-server.ts";
import { report, SEED, secondsSince, times } from "./support/programme.ts";

/** A manifest is killed this often, its pictures changed each time, before a run is left alone. */
const KILLS_PER_PLACE = 4;
const KILLS = times(1_000, 8);
const WORKERS = 2;
const CONCURRENCY = 8;
const ROWS = 40;
/** The server's lists grow with each run. */
const PLACES_PER_SERVER = 10;
/** About what the uploads and the end of a run take here; a kill comes after a random part of it. */
const UPLOADS_MS = 400;
/** About what it takes to come so far, program start included. */
const START_MS = 800;

const APPLY = ["--rate", "100000", "--concurrency", `${CONCURRENCY}`, "--json"];

const counts = {
  kills: 0,
  beforeUploads: 0,
  amidUploads: 0,
  endedFirst: 0,
  graphics: 0,
  unknowns: 0,
  mostUnknowns: 0,
  landed: 0,
  lost: 0,
  duplicates: 0,
  retried: 0,
};

const servers: Server[] = [];
afterAll(async () => {
  for (const server of servers) await server.stop();
});

async function openServer(): Promise<Server> {
  // Stored first, answered 5 ms later: a kill finds uploads that have landed without an answer.
  const server = await startServer({ version: 1, latencyMs: 5 });
  servers.push(server);
  return server;
}

/** Kills an apply: mostly while it uploads, now and then at any moment from its start. Gives its exit code. */
async function applyAndKill(place: Place, random: () => number): Promise<number | null> {
  const { child, ended } = place.start("apply", "m.csv", "--yes", ...APPLY);
  const kill = () => child.kill("SIGKILL");
  const timers: NodeJS.Timeout[] = [];
  const killAfter = (delayMs: number) => timers.push(setTimeout(kill, delayMs));
  const draw = random();
  if (random() < 0.2) killAfter(draw * START_MS);
  else child.stdout?.once("data", () => killAfter(draw * UPLOADS_MS));
  const { code, stderr } = await ended;
  for (const timer of timers) clearTimeout(timer);
  if (code !== null) expect([0, 5], stderr).toContain(code);
  return code;
}

/** A third of the pictures become others, so that the next run replaces what stands. */
function changePictures(seeds: number[], random: () => number): void {
  for (const row of seeds.keys()) if (random() < 0.3) seeds[row] = Math.floor(random() * 2 ** 24);
}

async function killAndCheck(place: Place, random: () => number, earlier: ReadonlySet<string>) {
  const heldBefore = (await place.held()).length;
  const code = await applyAndKill(place, random);
  const after = await lookAfter(place);
  counts.kills += 1;
  counts.lost += after.lost.length;
  if (code !== null) counts.endedFirst += 1;
  else if (after.held.length === heldBefore) counts.beforeUploads += 1;
  else counts.amidUploads += 1;
  const about = `seed ${SEED}, ${place.folder}`;
  expect(after.lost, about).toEqual([]);
  const added = [...after.unknownNames].filter((name) => !earlier.has(name));
  expect(added.length, about).toBeLessThanOrEqual(CONCURRENCY);
  counts.mostUnknowns = Math.max(counts.mostUnknowns, added.length);
  counts.unknowns += added.length;
  return after.unknownNames;
}

/** One manifest: killed again and again, then made good by a run that is left alone. */
async function tryPlace(server: Server, number: number): Promise<void> {
  const random = seededRandom(SEED * 100_003 + number);
  const place = new Place(server, `place${number}`);
  const seeds = Array.from({ length: ROWS }, (_, row) => number * ROWS + row);
  try {
    let unknown: ReadonlySet<string> = new Set();
    for (let kill = 0; kill < KILLS_PER_PLACE; kill += 1) {
      place.writeRows(seeds);
      unknown = await killAndCheck(place, random, unknown);
      changePictures(seeds, random);
    }
    const after = await rerunAndCheck(place, ROWS);
    expect(after.unknownNames).toEqual(unknown);
    counts.landed += after.held.filter(({ id }) => !after.ids.has(id)).length;
    counts.graphics += after.held.length;
    if (unknown.size > 0 && random() < 0.3) await retryUnknowns(place, unknown);
  } finally {
    place.remove();
  }
}

/** With leave to retry, every row gets its graphic, and the ledger owns up to what may be there twice. */
async function retryUnknowns(place: Place, unknown: ReadonlySet<string>): Promise<void> {
  const retried = await place.apply("--unknown", "retry");
  expect(retried.code, retried.stderr).toBe(0);
  const after = await lookAfter(place);
  expect(after.unknownNames.size).toBe(0);
  expect(after.duplicateIds.size).toBe(unknown.size);
  const silent = heldTwice(after.held, (name) => (unknown.has(name) ? 2 : 1));
  counts.duplicates += silent.length;
  expect(silent).toEqual([]);
  counts.retried += unknown.size;
}

it(`kill -9 at ${KILLS} random moments of apply loses no id and repeats no upload`, async () => {
  const startMs = Date.now();
  let next = 0;
  const work = async () => {
    let server = await openServer();
    for (let done = 1; next < KILLS / KILLS_PER_PLACE; done += 1) {
      next += 1;
      await tryPlace(server, next);
      if (done % PLACES_PER_SERVER === 0) server = await openServer();
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, work));
  report(
    `kill -9: ${counts.kills} runs, seed ${SEED}, ${counts.lost} lost ids, ${counts.duplicates} silent duplicates, ` +
      `max unknowns per kill ${counts.mostUnknowns} (concurrency ${CONCURRENCY}); killed before the first upload ` +
      `${counts.beforeUploads}, after it ${counts.amidUploads}, ended first ${counts.endedFirst}; ` +
      `${counts.graphics} graphics, ${counts.unknowns} unknowns, ${counts.landed} of them had landed, ` +
      `${counts.retried} retried; ${secondsSince(startMs)}`,
  );
  expect(counts.amidUploads).toBeGreaterThan(KILLS / 10);
});
