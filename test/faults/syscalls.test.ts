import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { applyInjected, CALLS, hasStrace, type Injection } from "./support/crash-inject.ts";
import { checkRefusal, lookAfter, rerunAndCheck } from "./support/crash-invariants.ts";
import { Place } from "./support/crash-place.ts";
import { type Server, startServer } from "./support/crash-server.ts";
import { isShort, report, secondsSince, times } from "./support/programme.ts";

const ROWS = 2;
const CONCURRENCY = 2;
const WORKERS = 2;
/** The short form tries every so many-th point of the calls that matter most. */
const STRIDE = isShort ? 15 : 1;
const TRIED = CALLS.filter((call) => !isShort || /^(pwrite64|fsync|rename)$/.test(call));
const APPLY = ["--rate", "100000", "--concurrency", `${CONCURRENCY}`];

interface Scenario {
  name: string;
  /** What was there before the run that is hit. */
  prepare(place: Place): Promise<void>;
  args: string[];
}

const SCENARIOS: Scenario[] = [
  { name: "a first run, which creates the ledger", prepare: async () => {}, args: [] },
  {
    name: "a rerun that replaces pictures",
    async prepare(place) {
      expect((await place.apply()).code).toBe(0);
    },
    args: [],
  },
  {
    name: "a run that retries an unknown",
    async prepare(place) {
      expect((await place.apply()).code).toBe(5);
    },
    args: ["--unknown", "retry"],
  },
  {
    name: "a rerun that has lost its ledger and goes on from the results",
    async prepare(place) {
      expect((await place.apply()).code).toBe(0);
      place.loseLedger();
    },
    args: [],
  },
];

let server: Server;
let nextSeed = 1;
const templates: Place[] = [];

beforeAll(async () => {
  // The first upload of p1.png in the third scenario is stored, and its answer lost.
  server = await startServer({
    version: 1,
    faults: [{ upload: 2 * ROWS, play: { kind: "reset", at: "after-store" } }],
  });
  for (const [index, { prepare }] of SCENARIOS.entries()) {
    const template = new Place(server, `scenario${index}`);
    template.writeRows(newSeeds());
    await prepare(template);
    templates.push(template);
  }
});

afterAll(async () => {
  for (const template of templates) template.remove();
  await server.stop();
});

function newSeeds(): number[] {
  return Array.from({ length: ROWS }, () => nextSeed++);
}

/** Points that went wrong; all are shown, not the first alone. */
const failures: string[] = [];
beforeEach(() => {
  failures.length = 0;
});

/** Every point of one system call in one scenario: one after another until the run no longer comes so far. */
async function tryCall(
  scenario: number,
  call: Injection["call"],
  how: Injection["how"],
  check: (place: Place, injection: Injection, args: string[]) => Promise<boolean>,
): Promise<number> {
  let points = 0;
  for (let nth = 1; ; nth += STRIDE) {
    const place = templates[scenario]?.copy();
    if (!place) throw new Error(`no scenario ${scenario}`);
    try {
      place.writeRows(newSeeds());
      const args = [...APPLY, ...(SCENARIOS[scenario]?.args ?? [])];
      const isHit = await check(place, { call, nth, how }, args);
      if (!isHit) return points;
      points += 1;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      failures.push(`${SCENARIOS[scenario]?.name}: ${how} at ${call} ${nth}: ${message}`);
      points += 1;
    } finally {
      place.remove();
    }
  }
}

async function tryAllCalls(
  scenario: number,
  how: Injection["how"],
  check: Parameters<typeof tryCall>[3],
): Promise<number> {
  const calls = [...TRIED];
  let points = 0;
  const work = async () => {
    for (let call = calls.shift(); call; call = calls.shift()) {
      points += await tryCall(scenario, call, how, check);
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, work));
  return points;
}

let lost = 0;
let mostUnknowns = 0;

async function killAndCheck(place: Place, injection: Injection, args: string[]): Promise<boolean> {
  const before = await lookAfter(place);
  const { ended, isHit } = await applyInjected(place, injection, args);
  const after = await lookAfter(place);
  lost += after.lost.length;
  expect(after.lost, ended.stderr).toEqual([]);
  const added = [...after.unknownNames].filter((name) => !before.unknownNames.has(name));
  expect(added.length).toBeLessThanOrEqual(CONCURRENCY);
  mostUnknowns = Math.max(mostUnknowns, added.length);
  if (!isHit) expect([0, 5], ended.stderr).toContain(ended.code);
  await rerunAndCheck(place, ROWS, { in: "here" });
  return isHit;
}

let printed = 0;

/** A disk that refuses: whatever is not recorded is told, success is never claimed for it, nothing is sent twice. */
async function failAndCheck(place: Place, injection: Injection, args: string[]): Promise<boolean> {
  const before = await lookAfter(place);
  const { ended, isHit } = await applyInjected(place, injection, args);
  const after = await lookAfter(place);
  printed += checkRefusal(before, after, ended, CONCURRENCY);
  await rerunAndCheck(place, ROWS, { in: "here" });
  return isHit;
}

const canTrace = hasStrace();
if (!canTrace) report("syscalls: strace cannot be used here: skipped");

describe.skipIf(!canTrace)("every system call by which the ledger is written", () => {
  it("kill -9 just before it loses no id and repeats no upload", async () => {
    const startMs = Date.now();
    let points = 0;
    for (const scenario of SCENARIOS.keys()) {
      points += await tryAllCalls(scenario, "kill", killAndCheck);
    }
    report(
      `kill -9 at every system call: ${points} points of ${SCENARIOS.length} scenarios, ${lost} lost ids, ` +
        `${failures.length} failures, max unknowns per kill ${mostUnknowns} (concurrency ${CONCURRENCY}); ${secondsSince(startMs)}`,
    );
    expect(failures).toEqual([]);
    expect(points).toBeGreaterThan(times(150, 2 * SCENARIOS.length));
  });

  const REFUSALS = ["EIO", "ENOSPC"] as const;
  it.each(REFUSALS.slice(0, times(REFUSALS.length, 1)))(
    "%s from it is told, and loses no id",
    async (how) => {
      const startMs = Date.now();
      let points = 0;
      for (const scenario of SCENARIOS.keys()) {
        points += await tryAllCalls(scenario, how, failAndCheck);
      }
      report(
        `${how} at every system call: ${points} points of ${SCENARIOS.length} scenarios, 0 lost ids, ` +
          `${failures.length} failures; ${printed} ids told on stderr so far; ${secondsSince(startMs)}`,
      );
      expect(failures).toEqual([]);
      expect(points).toBeGreaterThan(times(150, 2 * SCENARIOS.length));
    },
  );
});
