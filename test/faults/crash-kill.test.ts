import { afterAll, expect, it } from "vitest";
import { seededRandom } from "../support/seeded-random.ts";
import { heldTwice, lookAfter, rerunAndCheck } from "./support/crash-invariants.ts";
import { type Killed, Moments } from "./support/crash-moment.ts";
import { Place } from "./support/crash-place.ts";
import { type Server, startServer } from "./support/crash-server.ts";
import { imageOf, WAYS, type Way } from "./support/crash-ways.ts";
import { isShort, report, SEED, secondsSince } from "./support/programme.ts";

/** A manifest is killed at most this often, its images changed each time, before a run is left alone. */
const KILLS_PER_PLACE = 4;
const WORKERS = 2;
/** The server's lists grow with each run. */
const PLACES_PER_SERVER = 10;

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

/** One manifest that is run in one way, and what came of its kills. */
class Trial {
  readonly #way: Way;
  readonly #place: Place;
  readonly #random: () => number;
  readonly #counts: Counts;
  readonly #seeds: number[];
  /** Names that were unknown at any time: with leave to retry, they may be there twice. */
  readonly #everUnknown = new Set<string>();

  constructor(way: Way, server: Server, number: number, counts: Counts) {
    this.#way = way;
    this.#counts = counts;
    this.#place = new Place(server, `place${number}`, undefined, imageOf(way));
    this.#random = seededRandom(SEED * 100_003 + number);
    this.#seeds = Array.from({ length: way.rows }, (_, row) => number * way.rows + row);
  }

  async play(kills: number, moments: Moments): Promise<void> {
    try {
      let unknown: ReadonlySet<string> = new Set();
      for (let kill = 0; kill < kills; kill += 1) {
        this.#writeRows();
        unknown = await this.#killAndCheck(moments, unknown);
        this.#changeImages();
      }
      await this.#endAlone(unknown);
    } finally {
      this.#place.remove();
    }
  }

  #writeRows(): void {
    const { alike = 1 } = this.#way;
    this.#place.writeRows(this.#seeds.map((_, row) => this.#seeds[row - (row % alike)] ?? 0));
  }

  /** Some become others, so that the next run replaces what stands. */
  #changeImages(): void {
    const { changed = 0.3 } = this.#way;
    for (const row of this.#seeds.keys()) {
      if (this.#random() < changed) this.#seeds[row] = Math.floor(this.#random() * 2 ** 24);
    }
  }

  async #killAndCheck(moments: Moments, earlier: ReadonlySet<string>) {
    const { args = [], concurrency, retries = false } = this.#way;
    const heldBefore = (await this.#place.held()).length;
    const limits = ["--rate", "100000", "--concurrency", `${concurrency}`, "--json"];
    const running = this.#place.start("apply", "m.csv", "--yes", ...limits, ...args);
    const killed = await moments.kill(running);
    if (killed.code !== null) expect([0, 5], killed.stderr).toContain(killed.code);
    const after = await lookAfter(this.#place);
    const about = `${this.#way.what}, seed ${SEED}, ${this.#place.folder}`;
    expect(after.lost, about).toEqual([]);
    // One that is sent again was settled before, and is unknown anew where that got no answer either.
    const added = [...after.unknownNames].filter((name) => retries || !earlier.has(name));
    expect(added.length, about).toBeLessThanOrEqual(concurrency + (retries ? earlier.size : 0));
    for (const name of added) this.#everUnknown.add(name);
    this.#counts.add(killed, after.held.length - heldBefore, added.length);
    return after.unknownNames;
  }

  /** The next run, left alone: unknowns stay on hold, all else is made good. */
  async #endAlone(unknown: ReadonlySet<string>): Promise<void> {
    const { args = [], rows, retries = false } = this.#way;
    const allowed = (name: string) =>
      retries && this.#everUnknown.has(name) ? Number.POSITIVE_INFINITY : 1;
    const share = args.filter((arg) => arg === "--share");
    const after = await rerunAndCheck(this.#place, rows, { args: share, allowed });
    expect(after.unknownNames).toEqual(unknown);
    this.#counts.landed += after.held.filter(({ id }) => !after.ids.has(id)).length;
    if (!retries && unknown.size > 0 && this.#random() < 0.3) await this.#retry(unknown);
  }

  /** With leave to retry, every row gets its graphic, and the ledger owns up to what may be there twice. */
  async #retry(unknown: ReadonlySet<string>): Promise<void> {
    const { args = [] } = this.#way;
    const retried = await this.#place.apply("--unknown", "retry", ...args);
    expect(retried.code, retried.stderr).toBe(0);
    const after = await lookAfter(this.#place);
    expect(after.unknownNames.size).toBe(0);
    expect(after.duplicateIds.size).toBe(unknown.size);
    expect(heldTwice(after.held, (name) => (unknown.has(name) ? 2 : 1))).toEqual([]);
    this.#counts.retried += unknown.size;
  }
}

class Counts {
  kills = 0;
  beforeUploads = 0;
  amidUploads = 0;
  endedFirst = 0;
  unknowns = 0;
  mostUnknowns = 0;
  landed = 0;
  retried = 0;

  add({ code }: Killed, uploads: number, unknowns: number): void {
    this.kills += 1;
    if (code !== null) this.endedFirst += 1;
    else if (uploads === 0) this.beforeUploads += 1;
    else this.amidUploads += 1;
    this.unknowns += unknowns;
    this.mostUnknowns = Math.max(this.mostUnknowns, unknowns);
  }
}

it.each(WAYS)(
  "kill -9 at random moments of apply, $what: no id lost, no upload repeated",
  async (way) => {
    const startMs = Date.now();
    const counts = new Counts();
    let begun = 0;
    let left = way.kills;
    const work = async () => {
      const moments = new Moments(seededRandom(SEED + left));
      let server = await openServer();
      for (let done = 1; left > 0; done += 1) {
        begun += 1;
        const kills = Math.min(KILLS_PER_PLACE, left);
        left -= kills;
        await new Trial(way, server, begun, counts).play(kills, moments);
        if (done % PLACES_PER_SERVER > 0) continue;
        await server.stop();
        server = await openServer();
      }
    };
    await Promise.all(
      Array.from({ length: Math.min(WORKERS, Math.ceil(left / KILLS_PER_PLACE)) }, work),
    );
    report(
      `kill -9, ${way.what}: ${counts.kills} runs, seed ${SEED}, 0 lost ids, 0 silent duplicates, at most ` +
        `${counts.mostUnknowns} unknowns per kill; killed before the first upload ${counts.beforeUploads}, after it ` +
        `${counts.amidUploads}, ended first ${counts.endedFirst}; ${counts.unknowns} unknowns, ${counts.landed} of ` +
        `them had landed, ${counts.retried} retried; ${secondsSince(startMs)}`,
    );
    if (!isShort) expect(counts.amidUploads).toBeGreaterThan(way.kills / 10);
  },
);
