import { describe, expect, it } from "vitest";
import { Pace, type Passage, type Ticket } from "../../src/execute/pace.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

function paceOf(ratePerMinute: number, concurrency: number, atFirst = 4) {
  const clock = new VirtualClock();
  let sleeps = 0;
  const sleep = (durationMs: number) => {
    sleeps += 1;
    return clock.sleep(durationMs);
  };
  const wall = { offsetMs: 0 };
  const now = () => clock.nowMs + wall.offsetMs;
  const pace = new Pace({ ratePerMinute, concurrency, atFirst }, { now, sleep });
  return { pace, clock, wall, sleeps: () => sleeps };
}

/** The tickets that are free at once of so many that are wanted. */
async function takeFree(pace: Pace, wanted: number): Promise<Ticket[]> {
  const tickets: Ticket[] = [];
  for (let count = 0; count < wanted; count += 1) {
    void pace.enter().then((ticket) => ticket && tickets.push(ticket));
  }
  await new Promise((resolve) => setImmediate(resolve));
  return tickets;
}

async function take(pace: Pace): Promise<Ticket> {
  const [ticket] = await takeFree(pace, 1);
  if (!ticket) throw new Error("no ticket is free");
  return ticket;
}

/** Ends all requests under way alike after `delayMs`, with more always waiting; gives how many there were. */
function rounds(
  pace: Pace,
  clock: VirtualClock,
): (passage: Passage, delayMs?: number) => Promise<number> {
  let underWay: Ticket[] = [];
  const enter = async () => {
    const ticket = await pace.enter();
    if (ticket) underWay.push(ticket);
  };
  for (let count = 0; count < 300; count += 1) void enter();
  return async (passage, delayMs = 100) => {
    await new Promise((resolve) => setImmediate(resolve));
    const ended = underWay;
    underWay = [];
    clock.nowMs += delayMs;
    for (const ticket of ended) pace.note(ticket, passage);
    for (const ticket of ended) pace.leave(ticket);
    for (const _ of ended) void enter();
    return ended.length;
  };
}

describe("the pace", () => {
  it("starts with as many as it is told, or fewer where fewer are allowed", async () => {
    expect(await takeFree(paceOf(1e6, 8, 6).pace, 100)).toHaveLength(6);
    expect(await takeFree(paceOf(1e6, 2, 6).pace, 100)).toHaveLength(2);
  });

  it("rises fast before there is trouble, falls by half once for all, then rises slowly", async () => {
    const { pace, clock } = paceOf(1e9, 128);
    const round = rounds(pace, clock);
    expect(await round("good")).toBe(4);
    const reached = await round("good");
    expect(reached).toBeGreaterThan(16);
    await round("good");
    const most = await round("trouble");
    expect(await round("good")).toBe(Math.floor(most / 2));
    const after = await round("good");
    expect(after).toBeGreaterThan((most / 2) * 1.1);
    expect(after).toBeLessThan((most / 2) * 1.3);
  });

  it("never rises over the concurrency and never falls under one", async () => {
    const { pace, clock } = paceOf(1e9, 3);
    const round = rounds(pace, clock);
    for (let count = 0; count < 20; count += 1) expect(await round("good")).toBe(3);
    for (let count = 0; count < 20; count += 1) await round("trouble");
    expect(await round("trouble")).toBe(1);
  });

  it("falls while answers take long, and not below what it began with", async () => {
    const { pace, clock } = paceOf(1e9, 128);
    const round = rounds(pace, clock);
    for (let count = 0; count < 10; count += 1) await round("good");
    expect(await round("good")).toBe(128);
    const sizes: number[] = [];
    for (let count = 0; count < 10; count += 1) sizes.push(await round("good", 20_000));
    expect(sizes[1]).toBe(64);
    expect(sizes.at(-1)).toBe(4);
  });

  it("leaves the number under way as it is at a 429, which is about the rate", async () => {
    const { pace, clock } = paceOf(1e9, 128);
    const round = rounds(pace, clock);
    for (let count = 0; count < 10; count += 1) await round("good");
    await round("throttled");
    expect(await round("good")).toBe(128);
  });

  it.each([
    [2_400, 20],
    [2_400, 200],
    [2_400, 2_000],
    [600, 2_000],
  ])("settles at what %i a minute and answers after %i ms need", async (rate, latencyMs) => {
    const { pace, clock } = paceOf(rate, 128, 16);
    const sentAtMs: number[] = [];
    const worker = async () => {
      for (let ticket = await pace.enter(); ticket; ticket = await pace.enter()) {
        sentAtMs.push(clock.nowMs);
        if (sentAtMs.length >= 2_000) pace.close();
        await clock.sleep(latencyMs);
        pace.note(ticket, "good");
        pace.leave(ticket);
      }
    };
    await clock.run(Promise.all(Array.from({ length: 200 }, worker)));
    const tookMs = (sentAtMs.at(-1) ?? 0) - (sentAtMs[0] ?? 0);
    expect((sentAtMs.length * 60_000) / tookMs).toBeGreaterThan(0.95 * rate);
    const needed = (rate / 60_000) * latencyMs;
    expect(pace.places).toBeLessThanOrEqual(Math.max(16, 1.25 * needed + 4));
  });

  it("never needs a timer while tokens are there", async () => {
    const { pace, clock, sleeps } = paceOf(1_000_000, 64);
    for (let second = 0; second < 10; second += 1) {
      for (let sent = 0; sent < 800; sent += 1) {
        const ticket = await take(pace);
        pace.note(ticket, "good");
        pace.leave(ticket);
      }
      clock.nowMs += 1_000;
    }
    expect(sleeps()).toBe(0);
  });

  it("lets nobody in before the brake ends, and then one alone until an answer is good", async () => {
    const { pace, clock } = paceOf(1e6, 8);
    const startMs = clock.nowMs;
    const first = await take(pace);
    pace.note(first, "throttled");
    pace.brake(5_000);
    pace.brake(1_000);
    pace.leave(first);
    const entered: number[] = [];
    const waiting = [1, 2, 3].map(async () => {
      const ticket = await pace.enter();
      if (!ticket) throw new Error("closed");
      entered.push(clock.nowMs - startMs);
      await clock.sleep(100);
      pace.note(ticket, "good");
      pace.leave(ticket);
    });
    expect(pace.isBraked()).toBe(true);
    await clock.run(Promise.all(waiting));
    expect(entered).toEqual([5_000, 5_100, 5_100]);
  });

  it("does not crawl after a 429 to the very first request", async () => {
    const { pace, clock } = paceOf(2_400, 8);
    const first = await take(pace);
    pace.note(first, "throttled");
    pace.brake(1_000);
    pace.leave(first);
    const startMs = clock.nowMs;
    for (let sent = 0; sent < 100; sent += 1) {
      const ticket = await clock.run(pace.enter());
      if (!ticket) throw new Error("closed");
      pace.note(ticket, "good");
      pace.leave(ticket);
    }
    expect(clock.nowMs - startMs).toBeLessThan(10_000);
  });

  it("holds a brake for little more than its length when the wall clock steps back", async () => {
    const { pace, clock, wall } = paceOf(1e6, 1);
    const startMs = clock.nowMs;
    pace.brake(5_000);
    const entered = pace.enter();
    wall.offsetMs = -3_600_000;
    await clock.run(entered);
    expect(clock.nowMs - startMs).toBeGreaterThanOrEqual(5_000);
    expect(clock.nowMs - startMs).toBeLessThanOrEqual(10_000);
  });

  it("counts what was under way together as one failure", async () => {
    const { pace } = paceOf(1e6, 8);
    const together = await takeFree(pace, 4);
    expect(together.map((ticket) => pace.note(ticket, "not-sent"))).toEqual([1, 1, 1, 1]);
    for (const ticket of together) pace.leave(ticket);
    const next = await take(pace);
    expect(pace.note(next, "not-sent")).toBe(2);
    pace.leave(next);
    const answered = await take(pace);
    pace.note(answered, "throttled");
    pace.leave(answered);
    expect(pace.note(await take(pace), "not-sent")).toBe(1);
  });

  it("sends everyone home when closed", async () => {
    const { pace } = paceOf(1e6, 4);
    await takeFree(pace, 4);
    const waiting = [pace.enter(), pace.enter()];
    pace.close();
    expect(await Promise.all(waiting)).toEqual([undefined, undefined]);
    expect(await pace.enter()).toBeUndefined();
  });
});
