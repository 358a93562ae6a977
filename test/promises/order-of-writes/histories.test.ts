import fc, { type Scheduler } from "fast-check";
import { describe, expect, it } from "vitest";
import type { ItemEvent } from "../../../src/execute/events.ts";
import {
  type Execution,
  executeUploads,
  type UploadEffects,
} from "../../../src/execute/execute-uploads.ts";
import type { AttemptOutcome } from "../../../src/execute/outcome.ts";
import type { PlannedRow } from "../../../src/plan/planned-row.ts";
import { counted } from "../../support/counts.ts";
import { settings, uploads } from "../../support/executor.ts";
import { grammarFaults } from "../../support/item-grammar.ts";
import type { SampleRow } from "../../support/planned-row.ts";
import { seededRandom } from "../../support/seeded-random.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";
import { type Fault, fault } from "./fault.ts";
import { type LedgerFault, ModelLedger } from "./model-ledger.ts";
import { ModelService, OLD_ID } from "./model-service.ts";

const HISTORIES = Number(process.env.QGFX_HISTORIES ?? counted(300, 20_000));
const SEED = Number(process.env.QGFX_SEED ?? Date.now() % 2 ** 31);

/** One history: what befalls the run, and at which step. Which step comes next is the scheduler's choice. */
interface History {
  rows: number;
  concurrency: number;
  maxAttempts: number;
  ratePerMinute: number;
  faults: Fault[];
  /** Whether rows are sent with keys. */
  isKeyed: boolean;
  /** Rows whose picture cannot be had. */
  badPictures: number[];
  ledgerFault: LedgerFault | undefined;
  /** The step at which the user stops the run. */
  stopAt: number | undefined;
  /** The step at which the process dies. */
  killAt: number | undefined;
  seed: number;
}

/** Of two answers that ask for a wait of 15 minutes each, the second is outlasted by no key. */
const KEYS_LAST_MS = 20 * 60_000;

const step = fc.nat(80);
const repeats = fc.oneof({ weight: 5, arbitrary: fc.constant(1) }, fc.integer({ min: 2, max: 8 }));
const maybe = <Value>(value: fc.Arbitrary<Value>) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });

const history: fc.Arbitrary<History> = fc.record({
  rows: fc.integer({ min: 1, max: 10 }),
  concurrency: fc.integer({ min: 1, max: 6 }),
  maxAttempts: fc.integer({ min: 1, max: 8 }),
  ratePerMinute: fc.constantFrom(60, 2_400, 1_000_000),
  faults: fc
    .array(fc.tuple(fault, repeats), { maxLength: 20, size: "max" })
    .map((some) => some.flatMap(([one, times]) => new Array<Fault>(times).fill(one))),
  isKeyed: fc.boolean(),
  badPictures: fc.array(fc.nat(20), { maxLength: 2 }),
  ledgerFault: maybe(
    fc.record({ fromWrite: fc.integer({ min: 1, max: 40 }), isLasting: fc.boolean() }),
  ),
  stopAt: maybe(step),
  killAt: maybe(step),
  seed: fc.integer(),
});

/** A run of the executor in a world where every effect ends when the scheduler says so. */
class World {
  readonly clock = new VirtualClock();
  readonly events: ItemEvent[] = [];
  readonly faults: string[] = [];
  readonly ledger: ModelLedger;
  readonly service: ModelService;
  readonly rows: SampleRow[];
  readonly stop = new AbortController();
  readonly #history: History;
  readonly #scheduler: Scheduler;
  readonly #random: () => number;
  readonly #held = new Set<number>();

  constructor(history: History, scheduler: Scheduler) {
    this.#history = history;
    this.#scheduler = scheduler;
    this.#random = seededRandom(history.seed);
    this.rows = uploads(history.rows);
    const delay = (what: string) => scheduler.schedule(Promise.resolve(), what);
    const { faults, concurrency, maxAttempts, isKeyed } = history;
    this.ledger = new ModelLedger(delay, history.ledgerFault, isKeyed);
    const now = () => this.clock.nowMs;
    const { ledger } = this;
    const keysLastMs = isKeyed ? KEYS_LAST_MS : undefined;
    const plan = { faults, concurrency, maxAttempts, keysLastMs, ledger, now, delay };
    this.service = new ModelService(plan);
  }

  /** Runs to the end, or to the step at which the process dies (then undefined). */
  async run(): Promise<Execution | undefined> {
    const { stopAt, killAt, concurrency, maxAttempts, ratePerMinute } = this.#history;
    let execution: Execution | undefined;
    const limits = { concurrency, maxAttempts, ratePerMinute, stop: this.stop.signal };
    void executeUploads(this.rows, this.#effects(), settings(limits)).then((ended) => {
      execution = ended;
    });
    for (let step = 0; ; step += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      if (execution || step === killAt) return execution;
      if (step === stopAt) this.#interrupt();
      else await this.#next();
    }
  }

  async #next(): Promise<void> {
    const isTimeToPass = this.#scheduler.count() === 0 || this.#random() < 0.1;
    if (isTimeToPass && this.clock.step()) return;
    if (this.#scheduler.count() === 0) throw new Error("the run waits for nothing");
    await this.#scheduler.waitNext(1);
  }

  #interrupt(): void {
    this.service.closed ??= "the stop signal";
    this.stop.abort();
  }

  #effects(): UploadEffects {
    return {
      prepare: (upload) => this.#prepare(upload),
      recorder: {
        intent: (upload, attempt) => this.ledger.intent(upload, attempt),
        outcome: (attemptId, outcome) => this.#record(attemptId, outcome),
        unsent: (upload) => this.ledger.unsent(upload),
      },
      emit: (event) => this.#hear(event),
      keys: this.#history.isKeyed
        ? { lostAtMs: () => undefined, maxAgeMs: KEYS_LAST_MS }
        : undefined,
      now: () => this.clock.nowMs,
      sleep: (durationMs, signal) => this.clock.sleep(durationMs, signal),
      random: this.#random,
      isKnownId: (id) => id === OLD_ID || this.ledger.hasId(id),
      urlOf: (id) => `https://library.example/${id}`,
    };
  }

  /** Nobody needs the picture of an upload that has its id. */
  #record(attemptId: number, outcome: AttemptOutcome): Promise<void> {
    const row = this.rows.find(({ name }) => name === this.ledger.nameOf(attemptId));
    if (row && outcome.result === "uploaded") this.#held.delete(row.line);
    return this.ledger.outcome(attemptId, outcome);
  }

  async #prepare({ row }: PlannedRow) {
    const { line, path } = row;
    this.#held.add(line);
    if (this.#held.size > this.#history.concurrency)
      this.faults.push("too many pictures in memory");
    await this.#scheduler.schedule(Promise.resolve(), `reading ${path}`);
    if (this.#history.badPictures.includes(line)) return { problem: "changed" };
    return { send: () => this.service.send(row) };
  }

  #hear(event: ItemEvent): void {
    this.events.push(event);
    if (event.event !== "item.finished") return;
    this.#held.delete(event.line);
    const isDurable = event.graphicId === null || this.ledger.hasId(event.graphicId);
    if (!isDurable && event.error === null)
      this.faults.push(`${event.name} told before it was durable`);
  }
}

/** What holds at any moment, so also at the one of a crash. */
function checkMoment({ ledger, service, faults }: World, { concurrency }: History): void {
  expect([...faults, ...ledger.faults, ...service.faults]).toEqual([]);
  expect(service.duplicates(), "invariant 1").toEqual([]);
  const withIntent = new Set(ledger.attempts.map(({ name }) => name));
  expect(
    service.stored.filter(({ name }) => !withIntent.has(name)),
    "invariant 2",
  ).toEqual([]);
  expect(ledger.open(), "invariant 4").toBeLessThanOrEqual(concurrency);
}

/** What holds of a run that came to its end. */
function checkEnd({ ledger, service, rows, events }: World, execution: Execution): void {
  const { outcomes, unrecorded, stopped } = execution;
  expect(execution.defect).toBeUndefined();
  expect(
    grammarFaults(
      events,
      rows.map(({ line }) => line),
    ),
  ).toEqual([]);
  const rescued = new Set(unrecorded.map(({ graphicId }) => graphicId));
  const lost = [...service.received].filter(
    (id) => id !== OLD_ID && !ledger.hasId(id) && !rescued.has(id),
  );
  expect(lost, "invariant 3").toEqual([]);
  for (const { graphicId, recorded } of unrecorded) expect(ledger.hasId(graphicId)).toBe(recorded);
  const ids = outcomes.flatMap((outcome) => ("graphicId" in outcome ? [outcome.graphicId] : []));
  expect(new Set(ids).size).toBe(ids.length);
  const statuses = outcomes.map(({ status }) => status);
  if (!ledger.hasFailed) expect(statuses).toEqual(rows.map(({ name }) => ledger.statusOf(name)));
  expect(stopped?.by === "ledger").toBe(ledger.hasFailed);
  if (!stopped) expect(statuses).not.toContain("not-run");
}

describe("the executor in any order of events", () => {
  it(`keeps the invariants over ${HISTORIES} histories (seed ${SEED})`, {
    timeout: 30_000 + HISTORIES * 50,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(history, fc.scheduler(), async (one, scheduler) => {
        const world = new World(one, scheduler);
        const execution = await world.run();
        checkMoment(world, one);
        if (execution) checkEnd(world, execution);
      }),
      { numRuns: HISTORIES, seed: SEED },
    );
  });
});
