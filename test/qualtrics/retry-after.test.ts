import { expect, test } from "vitest";
import { parseHttpDate, parseRetryAfter } from "../../src/qualtrics/read-answer.ts";

const NOON = "Fri, 31 Dec 1999 12:00:00 GMT";
const NOON_MS = Date.UTC(1999, 11, 31, 12);

test.each([
  [undefined, null],
  ["0", 0],
  ["120", 120_000],
  [" 7 ", 7_000],
  ["99999999999999999999", Number.MAX_SAFE_INTEGER],
  ["Fri, 31 Dec 1999 12:00:30 GMT", 30_000],
  ["Friday, 31-Dec-99 12:00:30 GMT", 30_000],
  ["Fri Dec 31 12:00:30 1999", 30_000],
  ["Fri, 31 Dec 1999 11:59:00 GMT", 0],
  [["3", "9", "soon"], 9_000],
  ["", null],
  ["-1", null],
  ["1.5", null],
  ["1e3", null],
  ["soon", null],
  ["2000-01-01T00:00:00Z", null],
  ["Fri, 31 Foo 1999 12:00:30 GMT", null],
  ["Fri, 31 Dec 1999 99:99:99 GMT", null],
])("Retry-After %j is %j ms", (value, waitMs) => {
  expect(parseRetryAfter(value, undefined, NOON_MS)).toBe(waitMs);
});

test("a date counts from the answer's own Date, whatever this machine's clock says", () => {
  const until = "Fri, 31 Dec 1999 12:01:00 GMT";
  const skewedNowMs = NOON_MS + 3_600_000;
  expect(parseRetryAfter(until, NOON, skewedNowMs)).toBe(60_000);
  expect(parseRetryAfter(until, "yesterday", NOON_MS + 10_000)).toBe(50_000);
});

test("asctime is GMT and pads its day with a blank", () => {
  expect(parseHttpDate("Sun Nov  6 08:49:37 1994")).toBe(Date.UTC(1994, 10, 6, 8, 49, 37));
});

test("a two-digit year is never more than 50 years ahead", () => {
  const year = new Date(
    parseHttpDate("Sunday, 06-Nov-94 08:49:37 GMT") ?? Number.NaN,
  ).getUTCFullYear();
  expect(year % 100).toBe(94);
  expect(year).toBeLessThanOrEqual(new Date().getUTCFullYear() + 50);
});
