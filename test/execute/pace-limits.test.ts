import { describe, expect, it } from "vitest";
import { executeUploads } from "../../src/execute/execute-uploads.ts";
import { firstOf } from "../support/counts.ts";
import { answered, landed, settings, smoothEffects, uploads } from "../support/executor.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { VirtualClock } from "../support/virtual-clock.ts";
import { fixedWindow, type Limiter, slidingWindow, tokenBucket } from "./limiters.ts";

const LIMIT = 600;
const ROWS = 6_000;

interface Use {
  /** Part of the allowed rate that was used. */
  used: number;
  /** Part of the requests that were answered 429. */
  refused: number;
  uploaded: number;
  tookMs: number;
}

/** Uploads through a limiter 200 ms away, give or take the way's own jitter. */
async function upload(
  limiter: Limiter,
  ratePerMinute: number,
  seed: number,
  rows = ROWS,
): Promise<Use> {
  const clock = new VirtualClock();
  const startMs = clock.nowMs;
  const random = seededRandom(seed);
  let requests = 0;
  let refused = 0;
  const effects = smoothEffects(clock, {
    random: seededRandom(seed + 1),
    send: async () => {
      const id = `IM_${String(++requests).padStart(11, "0")}`;
      await clock.sleep(70 + 60 * random());
      const isLetIn = limiter(clock.nowMs);
      await clock.sleep(70 + 60 * random());
      if (isLetIn) return landed(id);
      refused += 1;
      return answered(429);
    },
  });
  const run = executeUploads(uploads(rows), effects, settings({ ratePerMinute }));
  const { outcomes } = await clock.run(run);
  const tookMs = clock.nowMs - startMs;
  const allowed = (LIMIT * tookMs) / 60_000;
  const uploaded = outcomes.filter(({ status }) => status === "uploaded").length;
  return { used: uploaded / allowed, refused: refused / requests, uploaded, tookMs };
}

const LIMITERS: [string, (seed: number) => Limiter][] = [
  ["fixed-window", (seed) => fixedWindow(LIMIT, (seed * 17_777) % 60_000)],
  ["sliding-window", () => slidingWindow(LIMIT)],
  ["token-bucket of 10", () => tokenBucket(LIMIT, 10)],
  ["token-bucket of 100", () => tokenBucket(LIMIT, 100)],
  ["token-bucket of 600", () => tokenBucket(LIMIT, LIMIT)],
];

describe.each(LIMITERS)("a %s limiter of 600 a minute, 200 ms away", (_, limiter) => {
  it("is used to 90 % and more without a 429 when the rate is told", async () => {
    const use = await upload(limiter(1), LIMIT, 1);
    expect(use.uploaded).toBe(ROWS);
    expect(use.used).toBeGreaterThan(0.9);
    expect(use.refused).toBe(0);
  });

  it.each(
    firstOf(1, [
      [2_400, 2],
      [2_400, 3],
      [1_000_000, 4],
    ] as const),
  )("is found out from 429s alone at --rate %i (seed %i)", async (rate, seed) => {
    const use = await upload(limiter(seed), rate, seed);
    expect(use.uploaded).toBe(ROWS);
    expect(use.used).toBeGreaterThan(0.9);
    expect(use.refused).toBeLessThan(0.01);
  });
});

it.each([1, 2, 3])(
  "a limit that nobody told is found in 2,000 rows, with one answer in 200 refused (seed %i)",
  async (seed) => {
    const use = await upload(tokenBucket(LIMIT, LIMIT / 60), 2_400, seed, 2_000);
    expect(use.used).toBeGreaterThan(0.95);
    expect(use.refused).toBeLessThanOrEqual(0.005);
  },
);

it("several 429s at once are about the rate: the next requests keep to what was carried", async () => {
  const use = await upload(tokenBucket(LIMIT, 10), 2_400, 2, 60);
  expect(use.uploaded).toBe(60);
  // Those that were under way when the first came.
  expect(Math.round((use.refused * 60) / (1 - use.refused))).toBeLessThanOrEqual(7);
});

describe("one stray 429", () => {
  it.each(firstOf(1, [10, 100, 500]))(
    "as answer to request %i costs a run some seconds",
    async (stray) => {
      let requests = 0;
      const strayAlone: Limiter = () => ++requests !== stray;
      const smooth = await upload(() => true, 2_400, 7);
      const disturbed = await upload(strayAlone, 2_400, 7);
      expect(disturbed.uploaded).toBe(ROWS);
      expect(disturbed.tookMs - smooth.tookMs).toBeGreaterThan(0);
      expect(disturbed.tookMs - smooth.tookMs).toBeLessThan(5_000);
    },
  );
});
