import { describe, expect, test } from "vitest";
import { checkFaultScript, type FaultScript } from "../../src/sandbox/fault-script.ts";
import { createFaultChooser } from "../../src/sandbox/faults.ts";

function chooser(script: Omit<FaultScript, "version">) {
  return createFaultChooser(checkFaultScript({ version: 1, ...script }));
}

const delay = (delayMs: number) => ({ kind: "delay" as const, delayMs });
const half = { kind: "reset" as const, at: "half-body" as const };

describe("the fault that plays", () => {
  test("is the first that fits number and name", () => {
    const faults = chooser({
      faults: [
        { upload: [2, 3], name: "a.gif", play: delay(1) },
        { upload: 3, play: delay(2) },
        { name: "a.gif", play: delay(3) },
      ],
    });
    expect(faults.afterBody(1, "a.gif")).toEqual(delay(3));
    expect(faults.afterBody(2, "a.gif")).toEqual(delay(1));
    expect(faults.afterBody(3, "b.gif")).toEqual(delay(2));
    expect(faults.afterBody(4, "b.gif")).toBeUndefined();
  });

  test("plays no more often than its times", () => {
    const faults = chooser({ faults: [{ name: "a.gif", times: 2, play: delay(1) }] });
    const played = [1, 2, 3, 4].map((upload) => faults.afterBody(upload, "a.gif") !== undefined);
    expect(played).toEqual([true, true, false, false]);
  });

  test("within the body is asked for before it, and not after", () => {
    const faults = chooser({ faults: [{ upload: 1, play: half }] });
    expect(faults.afterBody(1, "a.gif")).toBeUndefined();
    expect(faults.beforeBody(1)).toMatchObject(half);
    expect(faults.beforeBody(2)).toBeUndefined();
  });
});

describe("a probability", () => {
  const uploads = Array.from({ length: 5000 }, (_, index) => index + 1);
  const draw = (seed: number, order = uploads) => {
    const faults = chooser({ seed, faults: [{ probability: 0.1, play: delay(1) }] });
    return new Set(order.filter((upload) => faults.afterBody(upload, "a.gif")));
  };

  test("plays about that often", () => {
    expect(draw(1).size).toBeGreaterThan(400);
    expect(draw(1).size).toBeLessThan(600);
  });

  test("plays the same for a seed, in whatever order uploads come, and else for another", () => {
    expect(draw(7, uploads.toReversed())).toEqual(draw(7));
    expect(draw(8)).not.toEqual(draw(7));
  });

  test("of 1 always plays, of 0 never", () => {
    const always = chooser({ faults: [{ probability: 1, play: delay(1) }] });
    const never = chooser({ faults: [{ probability: 0, play: delay(1) }] });
    expect(uploads.every((upload) => always.afterBody(upload, "a"))).toBe(true);
    expect(uploads.some((upload) => never.afterBody(upload, "a"))).toBe(false);
  });
});
