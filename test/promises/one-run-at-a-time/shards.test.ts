import { describe, expect, it, onTestFinished } from "vitest";
import { isInShard, parseShard } from "../../../src/plan/shard.ts";
import { type AtTerminal, hasTerminals, startAtTerminal } from "../../support/at-terminal.ts";
import { firstOf } from "../../support/counts.ts";
import { type Gate, openGate } from "../../support/gate.ts";
import { png } from "../../support/pictures.ts";
import { BIN, type Ended, type Running, start } from "../../support/program.ts";
import { openWorkplace, type Workplace } from "../../support/workplace.ts";

const NAMES = Array.from({ length: 12 }, (_, index) => `p${index}`);

/** `K/N`, or the whole manifest. */
type Part = string;
const WHOLE: Part = "whole";

/** Each pair has rows in common. The quick suite tries one of them in each way. */
const PAIRS: [first: Part, second: Part][] = [
  ["1/2", WHOLE],
  ["1/2", "1/3"],
  [WHOLE, "1/2"],
];
const [A = ["", ""], B = A, C = A] = PAIRS;

function namesOf(part: Part): string[] {
  const shard = parseShard(part);
  return NAMES.filter((name) => !shard || isInShard({ folder: "F", name }, shard)).sort();
}

const ofPart = (part: Part) => (part === WHOLE ? [] : ["--shard", part]);

/** A manifest whose service is behind a gate. */
class Shared {
  readonly place: Workplace;
  readonly gate: Gate;

  constructor(place: Workplace, gate: Gate) {
    this.place = place;
    this.gate = gate;
  }

  get #options() {
    const env = { ...this.place.env, QUALTRICS_BASE_URL: this.gate.url };
    return { cwd: this.place.dir, env };
  }

  start(...args: string[]): Running {
    const running = start(process.execPath, [BIN, ...args], this.#options);
    onTestFinished(() => void running.child.kill("SIGKILL"));
    return running;
  }

  qgfx(...args: string[]): Promise<Ended> {
    return this.start(...args).ended;
  }

  startApply(part: Part): Running {
    return this.start("apply", "m.csv", "--yes", ...ofPart(part));
  }

  apply(part: Part): Promise<Ended> {
    return this.startApply(part).ended;
  }

  /** `apply` without `--yes`, once it waits for the answer. */
  async askedToApply(part: Part): Promise<AtTerminal> {
    const command = [process.execPath, BIN, "apply", "m.csv", ...ofPart(part)];
    const waiting = startAtTerminal(command, this.#options);
    onTestFinished(() => void waiting.child.kill("SIGKILL"));
    await waiting.asked;
    return waiting;
  }

  async heldNames(): Promise<string[]> {
    return (await this.place.held()).map(({ name }) => name).sort();
  }
}

function writeSheet(place: Workplace, names: readonly string[]): void {
  const rows = names.map((name) => `${name}.png,${name},F`);
  place.write("m.csv", ["path,name,folder", ...rows, ""].join("\n"));
}

async function openShared(): Promise<Shared> {
  const place = await openWorkplace();
  for (const [index, name] of NAMES.entries()) place.write(`${name}.png`, png(index));
  writeSheet(place, NAMES);
  return new Shared(place, await openGate(place.sandbox.url));
}

const isHeld = {
  code: 7,
  stderr: expect.stringMatching(/LEDGER_LOCKED: a run of .+ \(process \d+/),
};
const isUnmerged = { code: 2, stderr: expect.stringContaining("SHARDS_NOT_MERGED") };

describe.skipIf(!hasTerminals)("while a run waits at its question (needs python3)", () => {
  it.each(firstOf(1, [A, B, C]))(
    "%s keeps %s out, and sends its rows once",
    async (first, second) => {
      const shared = await openShared();
      shared.gate.open();
      // A ledger of the whole manifest is there, for a shard to take in.
      writeSheet(shared.place, NAMES.slice(0, 1));
      expect(await shared.apply(WHOLE)).toMatchObject({ code: 0 });
      writeSheet(shared.place, NAMES);
      const waiting = await shared.askedToApply(first);
      expect(await shared.apply(second)).toMatchObject(isHeld);
      expect(await shared.heldNames()).toEqual(NAMES.slice(0, 1));
      waiting.answer("y");
      expect(await waiting.ended).toMatchObject({ code: 0 });
      const sent = [...new Set([...NAMES.slice(0, 1), ...namesOf(first)])].sort();
      expect(await shared.heldNames()).toEqual(sent);
      const after = first === WHOLE ? { code: 0 } : isUnmerged;
      expect(await shared.apply(second)).toMatchObject(after);
      expect(await shared.heldNames()).toEqual(sent);
    },
  );

  it.each(firstOf(1, [B, C, A]))(
    "%s keeps %s out no longer once it is killed",
    async (first, second) => {
      const shared = await openShared();
      shared.gate.open();
      const waiting = await shared.askedToApply(first);
      const { stderr } = await shared.apply(second);
      process.kill(Number(/\(process (\d+)/.exec(stderr)?.[1]), "SIGKILL");
      await waiting.ended;
      expect(await shared.apply(second)).toMatchObject({ code: 0 });
      expect(await shared.heldNames()).toEqual(namesOf(second));
    },
  );

  it.each(
    firstOf(1, [
      ["merge", "m.csv", "--ledgers", "elsewhere.db"],
      ["adopt", "m.csv", "--from", "elsewhere.csv", "--yes"],
    ]),
  )("a shard keeps %s from changing what it took in", async (...args) => {
    const shared = await openShared();
    shared.gate.open();
    // With results of its own, too: what those say would be known, and nothing left to ask about.
    const elsewhere = ["--ledger", "elsewhere.db", "--results", "elsewhere.csv"];
    expect(await shared.qgfx("apply", "m.csv", "--yes", ...elsewhere)).toMatchObject({ code: 0 });
    const waiting = await shared.askedToApply("1/2");
    expect(await shared.qgfx(...args)).toMatchObject(isHeld);
    waiting.answer("n");
    expect(await waiting.ended).toMatchObject({ code: 4 });
    expect(await shared.qgfx(...args)).toMatchObject({ code: 0 });
  });
});

describe("while a run sends", () => {
  it.each(firstOf(1, [C, A, B]))(
    "%s keeps %s out, and sends its rows once",
    async (first, second) => {
      const shared = await openShared();
      const sending = shared.startApply(first);
      await shared.gate.reached(1);
      expect(await shared.apply(second)).toMatchObject(isHeld);
      shared.gate.open();
      expect(await sending.ended).toMatchObject({ code: 0 });
      expect(await shared.heldNames()).toEqual(namesOf(first));
    },
  );

  it.each(firstOf(1, [WHOLE, "1/3"]))(
    "what 1/2 may have sent keeps %s out after its kill",
    async (second) => {
      const shared = await openShared();
      const sending = shared.startApply("1/2");
      await shared.gate.reached(1);
      sending.child.kill("SIGKILL");
      await sending.ended;
      expect(await shared.apply(second)).toMatchObject(isUnmerged);
      expect(await shared.heldNames()).toEqual([]);
    },
  );

  it("shards of one split send side by side, and each can be read", async () => {
    const shared = await openShared();
    const one = shared.startApply("1/2");
    await shared.gate.reached(1);
    const before = namesOf("1/2").length;
    const two = shared.startApply("2/2");
    // More than the rows of 1/2 can open.
    await shared.gate.reached(before + 1);
    expect(await shared.qgfx("plan", "m.csv", "--shard", "1/2")).toMatchObject({ code: 0 });
    expect(await shared.qgfx("results", "m.csv", "--shard", "2/2")).toMatchObject({ code: 0 });
    expect(await shared.qgfx("plan", "m.csv")).toMatchObject(isUnmerged);
    expect(await shared.qgfx("merge", "m.csv")).toMatchObject(isHeld);
    shared.gate.open();
    for (const { ended } of [one, two]) expect(await ended).toMatchObject({ code: 0 });
    expect(await shared.qgfx("merge", "m.csv")).toMatchObject({ code: 0 });
    expect(await shared.heldNames()).toEqual(namesOf(WHOLE));
    expect(await shared.apply(WHOLE)).toMatchObject({ code: 0 });
    expect(await shared.heldNames()).toEqual(namesOf(WHOLE));
  });
});
