import { expect, test } from "vitest";
import { png } from "../support/pictures.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { openWorkplace } from "../support/workplace.ts";
import { eachOf, SEED, tell, times } from "./support/programme.ts";
import { WirePlace } from "./support/wire-place.ts";
import { checkInvariants } from "./support/wire-play.ts";
import { answer, type Fault, WireServer } from "./support/wire-server.ts";

/*
 * The 500 schedules run in virtual time, in test/execute/storms.test.ts. Here a few run through the whole
 * program, over sockets and by the clock on the wall.
 */

const SCHEDULES = times(16, 1);
const ROWS = times(40, 12);
/** A request that had left before the answer came: both ends share one busy process. */
const IN_FLIGHT_MS = 400;

/** A wait the server asked for: nothing may arrive in it. */
interface Ban {
  fromMs: number;
  toMs: number;
}

interface Schedule {
  bans: Ban[];
  refused: number;
  faultFor(request: number): Fault | undefined;
}

/** Refuses one in eight, in bursts, with Retry-After as seconds, as a date or not at all. */
function scheduleOf(scheduleSeed: number): Schedule {
  const random = seededRandom(scheduleSeed);
  let burst = 0;
  const schedule: Schedule = {
    bans: [],
    refused: 0,
    faultFor() {
      if (burst === 0 && random() < 0.06) burst = 1 + Math.floor(random() * 3);
      if (burst === 0) return undefined;
      burst -= 1;
      schedule.refused += 1;
      const form = (["seconds", "date", "none"] as const)[Math.floor(random() * 3)] ?? "none";
      return { when: 1, stores: false, act: ({ socket }) => socket.write(refuse(schedule, form)) };
    },
  };
  return schedule;
}

function refuse(schedule: Schedule, form: "seconds" | "date" | "none"): Buffer {
  const fromMs = performance.now();
  if (form === "none") return answer("429 Too Many Requests", "{}");
  // A date names whole seconds; the client counts from the answer's own Date.
  const header =
    form === "seconds"
      ? "Retry-After: 1"
      : `Retry-After: ${new Date(Date.now() + 2000).toUTCString()}`;
  schedule.bans.push({ fromMs, toMs: fromMs + 1000 });
  return answer("429 Too Many Requests", "{}", header, `Date: ${new Date().toUTCString()}`);
}

async function weather(scheduleSeed: number): Promise<{ found: string[]; refused: number }> {
  const schedule = scheduleOf(scheduleSeed);
  const server = new WireServer({ faultFor: schedule.faultFor });
  const place = new WirePlace();
  try {
    await server.listen();
    place.writeManifest(
      Array.from({ length: ROWS }, (_, index) => `r${index}`),
      200,
    );
    const rate = ["--rate", "6000"];
    const { code } = await place.run(
      server.url,
      "apply",
      "m.csv",
      "--yes",
      ...rate,
      "--sample",
      "0",
    );
    const early = server.received.flatMap(({ atMs }) =>
      schedule.bans
        .filter(({ fromMs, toMs }) => atMs > fromMs + IN_FLIGHT_MS && atMs < toMs)
        .map(({ toMs }) => `a request ${Math.round(toMs - atMs)} ms too early`),
    );
    const found = [...early, ...checkInvariants(place, server)];
    if (code !== 0) found.push(`exit ${code}`);
    return {
      found: found.map((one) => `schedule ${scheduleSeed}: ${one}`),
      refused: schedule.refused,
    };
  } finally {
    server.close();
    place.remove();
  }
}

test("429s by the clock on the wall: no request before it is allowed, every row arrives once", async () => {
  const seeds = Array.from({ length: SCHEDULES }, (_, index) => SEED + index);
  const weathered = await eachOf(seeds, 2, weather);
  const found = weathered.flatMap(({ found }) => found);
  const refused = weathered.reduce((sum, one) => sum + one.refused, 0);
  tell("storms, real time", { schedules: SCHEDULES, seed: SEED, rows: ROWS * SCHEDULES, refused });
  expect(found).toEqual([]);
});

test.each((["seconds", "date", "none"] as const).slice(0, times(3, 1)))(
  "the sandbox's limiter, Retry-After: %s: every row arrives once",
  async (retryAfter) => {
    const script = { version: 1, rateLimit: { perMinute: 600, burst: 10, retryAfter } } as const;
    const place = await openWorkplace({ script });
    const rows = Array.from({ length: ROWS }, (_, index) => {
      place.write(`${index}.png`, png(index));
      return `${index}.png,r${index},Storm\n`;
    });
    place.write("m.csv", `path,name,folder\n${rows.join("")}`);
    const { code } = await place.qgfx("apply", "m.csv", "--yes", "--rate", "6000");
    const held = await place.held();
    expect(held).toHaveLength(ROWS);
    expect(new Set(held.map(({ name }) => name)).size).toBe(ROWS);
    expect(code).toBe(0);
    tell(`storms, sandbox limiter (${retryAfter})`, { rows: ROWS });
  },
);
