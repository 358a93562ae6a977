import { afterAll, beforeAll, expect, it } from "vitest";
import { seededRandom } from "../support/seeded-random.ts";
import { heldTwice, lookAfter, rerunAndCheck } from "./support/crash-invariants.ts";
import { Moments } from "./support/crash-moment.ts";
import { LEDGER, MANIFEST, Place } from "./support/crash-place.ts";
import { type Server, startServer } from "./support/crash-server.ts";
import { isShort, report, SEED, secondsSince, times } from "./support/programme.ts";

const PLACES = times(25, 1);
const KILLS_PER_PLACE = 2;
const ROWS = 40;
const SHARDS = ["1/2", "2/2"];
const LEDGERS = [LEDGER, ".qgfx/ledger.shard-1-of-2.db", ".qgfx/ledger.shard-2-of-2.db"];

let server: Server;
beforeAll(async () => {
  // Stored first, answered 5 ms later: a kill finds uploads that have landed without an answer.
  server = await startServer({ version: 1, latencyMs: 5 });
});
afterAll(() => server.stop());

/** Both shards of a place are killed again and again, go on alone, and are merged. Gives the kills in time. */
async function tryPlace(number: number, moments: Moments): Promise<number> {
  const place = new Place(server, `shards${number}`);
  const about = `seed ${SEED}, ${place.folder}`;
  const pace = ["--rate", "100000", "--json"];
  const start = (shard: string) =>
    place.start("apply", MANIFEST, "--yes", ...pace, "--shard", shard);
  let kills = 0;
  try {
    place.writeRows(Array.from({ length: ROWS }, (_, row) => number * ROWS + row));
    for (let kill = 0; kill < KILLS_PER_PLACE; kill += 1) {
      const killed = await Promise.all(SHARDS.map((shard) => moments.kill(start(shard))));
      kills += killed.filter(({ code }) => code === null).length;
      const after = await lookAfter(place, LEDGERS);
      expect(after.lost, about).toEqual([]);
      expect(
        heldTwice(after.held, () => 1),
        about,
      ).toEqual([]);
    }
    for (const shard of SHARDS) {
      const { code, stderr } = await start(shard).ended;
      expect([0, 5], stderr).toContain(code);
    }
    const merged = await place.qgfx("merge", MANIFEST);
    expect([0, 5], merged.stderr).toContain(merged.code);
    await rerunAndCheck(place, ROWS);
  } finally {
    place.remove();
  }
  return kills;
}

it("kill -9 at random moments of two shards side by side loses no id and repeats no upload", async () => {
  const startMs = Date.now();
  const moments = new Moments(seededRandom(SEED));
  let kills = 0;
  for (let number = 0; number < PLACES; number += 1) kills += await tryPlace(number, moments);
  report(
    `kill -9, shards: ${kills} kills, seed ${SEED}, 0 lost ids, 0 silent duplicates; ${secondsSince(startMs)}`,
  );
  if (!isShort) expect(kills).toBeGreaterThan(PLACES);
});
