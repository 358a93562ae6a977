import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seededRandom } from "../support/seeded-random.ts";
import { heldTwice, lookAfter, rerunAndCheck } from "./support/crash-invariants.ts";
import { Moments } from "./support/crash-moment.ts";
import { LEDGER, Place } from "./support/crash-place.ts";
import { type Server, startServer } from "./support/crash-server.ts";
import { isShort, report, SEED, secondsSince, times } from "./support/programme.ts";

const ROWS = 40;
const KEPT = 20;
const FAST = ["--rate", "100000", "--json"];
const SHARDS = ["1/2", "2/2"];
const LEDGERS = [
  LEDGER,
  ...SHARDS.map((shard) => LEDGER.replace(".db", `.shard-${shard.replace("/", "-of-")}.db`)),
];

let server: Server;
beforeAll(async () => {
  server = await startServer({ version: 1, latencyMs: 5 });
});
afterAll(() => server.stop());

let places = 0;

/** A place of its own in the library, gone when `use` has ended. */
async function withPlace(
  use: (place: Place, random: () => number) => Promise<void>,
): Promise<void> {
  places += 1;
  const place = new Place(server, `other${places}`);
  try {
    await use(place, seededRandom(SEED * 100_003 + places));
  } finally {
    place.remove();
  }
}

function seedsFrom(first: number): number[] {
  return Array.from({ length: ROWS }, (_, row) => first + row);
}

const nextSeeds = () => seedsFrom(places * 1_000);

/** Does something so often, and prints how many kills came in time. */
async function repeatedly(what: string, count: number, one: (moments: Moments) => Promise<number>) {
  const startMs = Date.now();
  const moments = new Moments(seededRandom(SEED));
  let kills = 0;
  for (let done = 0; done < count; done += 1) kills += await one(moments);
  report(
    `kill -9, ${what}: ${kills} kills, seed ${SEED}, 0 lost ids, 0 silent duplicates; ${secondsSince(startMs)}`,
  );
  if (!isShort) expect(kills).toBeGreaterThan(count);
}

describe("kill -9", () => {
  it("of two shards side by side, and of their merge: no id lost, no upload repeated", async () => {
    await repeatedly("shards and merge", times(25, 1), async (moments) => {
      let kills = 0;
      await withPlace(async (place, random) => {
        place.writeRows(nextSeeds());
        const shard = (part: string) =>
          place.start("apply", "m.csv", "--yes", ...FAST, "--shard", part);
        for (let round = 0; round < 2; round += 1) {
          const killed = await Promise.all(SHARDS.map((part) => moments.kill(shard(part))));
          kills += killed.filter(({ code }) => code === null).length;
          const after = await lookAfter(place, LEDGERS);
          expect(after.lost).toEqual([]);
          expect(heldTwice(after.held, () => 1)).toEqual([]);
        }
        for (const part of SHARDS) {
          const { code, stderr } = await shard(part).ended;
          expect([0, 5], stderr).toContain(code);
        }
        const { code } = await new Moments(random).killSilent(place.start("merge", "m.csv"));
        if (code === null) kills += 1;
        const merged = await place.qgfx("merge", "m.csv");
        expect([0, 5], merged.stderr).toContain(merged.code);
        await rerunAndCheck(place, ROWS);
      });
      return kills;
    });
  });

  it("of prune: it deletes orphans alone, and goes on where it was", async () => {
    await repeatedly("prune", times(50, 1), async (moments) => {
      let kills = 0;
      await withPlace(async (place) => {
        const seeds = nextSeeds();
        place.writeRows(seeds);
        expect(await place.apply(...FAST)).toMatchObject({ code: 0 });
        const kept = (await place.held()).filter(
          ({ name }) => Number(/\d+/.exec(name)?.[0]) < KEPT,
        );
        place.writeRows(seeds.slice(0, KEPT));
        for (let round = 0; round < 2; round += 1) {
          const { code } = await moments.killSilent(place.start("prune", "m.csv", "--yes"));
          if (code === null) kills += 1;
          expect(await place.held()).toEqual(expect.arrayContaining(kept));
        }
        const { code, stderr } = await place.qgfx("prune", "m.csv", "--yes");
        expect(code, stderr).toBe(0);
        await rerunAndCheck(place, KEPT);
        expect(sorted(await place.held())).toEqual(sorted(kept));
      });
      return kills;
    });
  });

  it("of undo: it deletes what its run made alone, and what that replaced is back", async () => {
    await repeatedly("undo", times(50, 1), async (moments) => {
      let kills = 0;
      await withPlace(async (place) => {
        const seeds = nextSeeds();
        place.writeRows(seeds);
        expect(await place.apply(...FAST)).toMatchObject({ code: 0 });
        const former = await place.held();
        place.writeRows(seedsFrom(places * 1_000 + ROWS));
        expect(await place.apply(...FAST)).toMatchObject({ code: 0 });
        for (let round = 0; round < 2; round += 1) {
          const { code } = await moments.killSilent(place.start("undo", "m.csv", "2", "--yes"));
          if (code === null) kills += 1;
          expect(await place.held()).toEqual(expect.arrayContaining(former));
        }
        const { code, stderr } = await place.qgfx("undo", "m.csv", "2", "--yes");
        expect(code, stderr).toBe(0);
        place.writeRows(seeds);
        await rerunAndCheck(place, ROWS);
        expect(sorted(await place.held())).toEqual(sorted(former));
      });
      return kills;
    });
  });
});

function sorted(held: Awaited<ReturnType<Place["held"]>>): string[] {
  return held.map(({ id }) => id).sort();
}
