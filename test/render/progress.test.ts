import { PassThrough } from "node:stream";
import { expect, it } from "vitest";
import type { RunEvent } from "../../src/execute/events.ts";
import { plainProgress } from "../../src/render/progress.ts";
import { finished, retrying, runStarted, started } from "./progress-events.ts";

function linesOf(events: readonly RunEvent[]): string[] {
  const stream = new PassThrough({ encoding: "utf8" });
  const progress = plainProgress(stream, (_format, text) => text);
  for (const event of events) progress.show(event);
  return String(stream.read() ?? "")
    .split("\n")
    .slice(0, -1);
}

/** `count` uploads, one every 50 ms. */
const uploads = (count: number) =>
  Array.from({ length: count }, (_, index) => [
    started(index + 2, index * 50),
    finished(index + 2, (index + 1) * 50),
  ]).flat();

it("gives a small run a line an upload and a retry", () => {
  const lines = linesOf([runStarted(200), retrying(2, 0), ...uploads(200)]);
  expect(lines).toHaveLength(201);
  expect(lines[0]).toBe("retrying Früchte/row 2 in 2 s: HTTP 429");
  expect(lines[1]).toBe("uploaded Früchte/row 2 IM_123456789012345");
});

it("gives a large run a line every five seconds, and one at its end", () => {
  const retries = Array.from({ length: 1000 }, () => retrying(2, 0));
  expect(linesOf([runStarted(400), ...retries, ...uploads(400)])).toEqual([
    "100 of 400 uploaded, 20.0/s, about 15 s left, 1,000 tried again",
    "200 of 400 uploaded, 20.0/s, about 10 s left, 1,000 tried again",
    "300 of 400 uploaded, 20.0/s, about 5 s left, 1,000 tried again",
    "400 of 400 uploaded, 20.0/s, 1,000 tried again",
  ]);
});

it("still gives every failure of a large run its line", () => {
  const failures = Array.from({ length: 300 }, (_, index) => finished(index + 2, 1, "failed"));
  expect(linesOf([runStarted(300), ...failures])).toHaveLength(300);
});
