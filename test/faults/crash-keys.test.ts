import { chmodSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { BIN } from "../support/program.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { heldTwice, lookAfter } from "./support/crash-invariants.ts";
import { Moments } from "./support/crash-moment.ts";
import { Place } from "./support/crash-place.ts";
import { type Server, startServer } from "./support/crash-server.ts";
import { report, SEED, secondsSince, times } from "./support/programme.ts";

const ROWS = 40;
const KILLS_PER_PLACE = 4;
const KILLS = times(400, 8);

/** A place whose user has agreed to keys. */
function openKeyed(server: Server, folder: string): Place {
  const place = new Place(server, folder);
  const { url: host, library } = server;
  const keyedLibraries = [{ host, library, foundAt: new Date().toISOString() }];
  place.write("xdg/qgfx/setup.json", JSON.stringify({ version: 1, keyedLibraries }));
  chmodSync(join(place.dir, "xdg/qgfx/setup.json"), 0o600);
  return place;
}

it("kill -9 at random moments of apply with keys: what got no answer is asked for again, once", async () => {
  const startMs = Date.now();
  // Stored first, answered 5 ms later, and one in twenty answers is lost.
  const server = await startServer({
    version: 1,
    idempotencyKey: "honor",
    latencyMs: 5,
    seed: SEED,
    faults: [{ probability: 0.05, play: { kind: "reset", at: "after-store" } }],
  });
  onTestFinished(() => server.stop());
  const random = seededRandom(SEED);
  const moments = new Moments(random);
  let unknowns = 0;
  let landed = 0;
  for (let number = 0; number * KILLS_PER_PLACE < KILLS; number += 1) {
    const place = openKeyed(server, `keys${number}`);
    const env = { XDG_CONFIG_HOME: join(place.dir, "xdg") };
    const apply = ["apply", "m.csv", "--yes", "--rate", "100000", "--concurrency", "8"];
    const qgfx = (...args: string[]) => place.run(process.execPath, [BIN, ...args], { env });
    place.writeRows(Array.from({ length: ROWS }, (_, row) => number * ROWS + row));
    for (let kill = 0; kill < KILLS_PER_PLACE; kill += 1) {
      await moments.kill(qgfx(...apply, "--json"));
      const after = await lookAfter(place);
      expect(after.lost).toEqual([]);
      expect(heldTwice(after.held, () => 1)).toEqual([]);
      unknowns += after.unknownNames.size;
      landed += after.held.filter(({ id }) => !after.ids.has(id)).length;
    }
    const ended = await qgfx(...apply).ended;
    const after = await lookAfter(place);
    expect(ended.code, ended.stderr).toBe(0);
    expect(after.unknownNames.size).toBe(0);
    expect(after.duplicateIds.size).toBe(0);
    expect(after.held).toHaveLength(ROWS);
    expect(heldTwice(after.held, () => 1)).toEqual([]);
    expect(after.held.filter(({ id }) => !after.ids.has(id))).toEqual([]);
    place.remove();
  }
  report(
    `kill -9 with keys: ${KILLS} runs, seed ${SEED}, 0 lost ids, 0 duplicates; ${unknowns} unknowns after a kill, ` +
      `${landed} of them had landed, all were asked for again; ${secondsSince(startMs)}`,
  );
});
