import { expect, test } from "vitest";
import { formatRetryAfter } from "../../src/sandbox/answer.ts";
import { createRateLimit } from "../../src/sandbox/faults.ts";

test("a burst goes through at once, then one for each part of the minute", () => {
  const limit = createRateLimit({ perMinute: 60, burst: 2, retryAfter: "seconds" });
  expect([0, 0, 0].map((nowMs) => limit(nowMs))).toEqual([undefined, undefined, 1000]);
  expect(limit(400)).toBeCloseTo(600);
  expect(limit(1000)).toBeUndefined();
  expect(limit(1000)).toBeCloseTo(1000);
});

test("an idle hour saves up no more than the burst", () => {
  const limit = createRateLimit({ perMinute: 600, retryAfter: "seconds" });
  limit(0);
  const passed = Array.from({ length: 20 }, () => limit(3_600_000));
  expect(passed.filter((waitMs) => waitMs === undefined)).toHaveLength(10);
});

test("Retry-After is rounded up in either form", () => {
  const nowMs = Date.UTC(2024, 0, 1, 0, 0, 0, 300);
  expect(formatRetryAfter("seconds", 1, nowMs)).toBe("1");
  expect(formatRetryAfter("seconds", 2000, nowMs)).toBe("2");
  expect(formatRetryAfter("date", 1000, nowMs)).toBe("Mon, 01 Jan 2024 00:00:02 GMT");
});
