import { describe, expect, it } from "vitest";
import type { ItemEvent } from "../../src/execute/events.ts";
import { type Execution, executeUploads } from "../../src/execute/execute-uploads.ts";
import { counted } from "../support/counts.ts";
import { settings, smoothEffects, uploads } from "../support/executor.ts";
import { grammarFaults } from "../support/item-grammar.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { VirtualClock } from "../support/virtual-clock.ts";
import { Storm } from "./storm.ts";

const STORMS = Number(process.env.QGFX_STORMS ?? counted(6, 500));
const FIRST_SEED = Number(process.env.QGFX_SEED ?? 1);
const RATE = 600;

interface Weathered {
  storm: Storm;
  execution: Execution;
  events: ItemEvent[];
}

async function weather(seed: number, isWatched: boolean): Promise<Weathered> {
  const clock = new VirtualClock();
  const storm = new Storm(seed, clock);
  const events: ItemEvent[] = [];
  const effects = smoothEffects(clock, {
    send: ({ name }) => storm.send(name),
    random: seededRandom(seed),
    emit: isWatched ? (event) => events.push(event) : () => {},
  });
  const limits = { ratePerMinute: RATE, concurrency: 1 + (seed % 12) };
  const rows = uploads(100 + (seed % 200));
  const execution = await clock.run(executeUploads(rows, effects, settings(limits)));
  return { storm, execution, events };
}

function mostInAMinute(sentAtMs: readonly number[]): number {
  let first = 0;
  return sentAtMs.reduce((most, atMs, index) => {
    while ((sentAtMs[first] ?? atMs) < atMs - 60_000) first += 1;
    return Math.max(most, index - first + 1);
  }, 0);
}

describe("a storm of 429 and 503", () => {
  const seeds = Array.from({ length: STORMS }, (_, index) => FIRST_SEED + index);

  it(`is weathered with no request before its time (${STORMS} storms from seed ${FIRST_SEED})`, {
    timeout: 30_000 + STORMS * 200,
  }, async () => {
    for (const seed of seeds) {
      const { storm, execution, events } = await weather(seed, true);
      const about = `storm ${seed}`;
      expect(storm.faults, about).toEqual([]);
      expect(mostInAMinute(storm.sentAtMs), about).toBeLessThanOrEqual(RATE);
      expect(new Set(storm.taken).size, about).toBe(storm.taken.length);
      expect(Math.max(...storm.sentOf.values()), about).toBeLessThanOrEqual(8);
      expect(execution.stopped, about).toBeUndefined();
      const uploaded = execution.outcomes.filter(({ status }) => status === "uploaded");
      expect(uploaded, about).toHaveLength(storm.taken.length);
      for (const [index, { status }] of execution.outcomes.entries()) {
        const sent = storm.sentOf.get(String(index));
        expect(status === "uploaded" || (status === "failed" && sent === 8), about).toBe(true);
      }
      const lines = execution.outcomes.map((_, index) => index + 2);
      expect(grammarFaults(events, lines), about).toEqual([]);
    }
  });

  it("ends the same with nobody watching", async () => {
    for (const seed of seeds.slice(0, 10)) {
      const watched = await weather(seed, true);
      const unwatched = await weather(seed, false);
      expect(unwatched.execution).toEqual(watched.execution);
      expect(unwatched.storm.sentAtMs).toEqual(watched.storm.sentAtMs);
    }
  });
});
