import { describe, expect, it } from "vitest";
import { Pace, type Passage, type Ticket } from "../../src/execute/pace.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

function paceOf(ratePerMinute: number, concurrency: number) {
  const clock = new VirtualClock();
  let sleeps = 0;
  const sleep = (durationMs: number) => {
    sleeps += 1;
    return clock.sleep(durationMs);
  };
  const wall = { offsetMs: 0 };
  const now = () => clock.nowMs + wall.offsetMs;
  const pace = new Pace({ ratePerMinute, concurrency }, { now, sleep });
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

/** Ends all requests under way alike, with more always waiting; gives how many there were. */
function rounds(pace: Pace): (passage: Passage) => Promise<number> {
  let underWay: Ticket[] = [];
  const enter = async () => {
    const ticket = await pace.enter();
    if (ticket) underWay.push(ticket);
  };
  for (let count = 0; count < 100; count += 1) void enter();
  return async (passage) => {
    await new Promise((resolve) => setImmediate(resolve));
    const ended = underWay;
    underWay = [];
    for (const ticket of ended) pace.note(ticket, passage);
    for (const ticket of ended) pace.leave(ticket);
    for (const _ of ended) void enter();
    return ended.length;
  };
}

describe("the pace", () => {
  it("starts with four at once, or fewer where fewer are wanted", async () => {
    expect(await takeFree(paceOf(1e6, 8).pace, 100)).toHaveLength(4);
    expect(await takeFree(paceOf(1e6, 2).pace, 100)).toHaveLength(2);
  });

  it("rises by one a round and falls by half, once for all that were under way", async () => {
    const round = rounds(paceOf(1e9, 64).pace);
    const sizes: number[] = [];
    while (sizes.length < 16) sizes.push(await round("good"));
    expect(sizes[0]).toBe(4);
    const steps = sizes.slice(1).map((size, index) => size - (sizes[index] ?? 0));
    expect(Math.max(...steps)).toBe(1);
    const reached = await round("trouble");
    expect(reached).toBeGreaterThan(12);
    expect(await round("trouble")).toBe(Math.floor(reached / 2));
    expect(await round("good")).toBe(Math.floor(reached / 4));
  });

  it("never rises over the concurrency and never falls under one", async () => {
    const round = rounds(paceOf(1e9, 3).pace);
    for (let count = 0; count < 20; count += 1) expect(await round("good")).toBe(3);
    for (let count = 0; count < 20; count += 1) await round("trouble");
    expect(await round("trouble")).toBe(1);
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
