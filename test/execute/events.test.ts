import { describe, expect, it } from "vitest";
import { runEventSchema } from "../../src/execute/events.ts";

const head = { version: 1, time: "2024-01-01T00:00:00.000Z" };
const item = { ...head, line: 2, path: "a.png", name: "a.png", folder: "Logos" };
const planned = { create: 1, unchanged: 0, replace: 0, orphan: 0, unknown: 0, bytes: 3 };
const counted = { uploaded: 1, unchanged: 0, failed: 0, unknown: 0, notRun: 0 };

const EVENTS = [
  {
    event: "run.started",
    ...head,
    manifest: "m.csv",
    target: { host: "https://a.qualtrics.com", library: "UR_1" },
    summary: planned,
  },
  { event: "item.started", ...item, attempt: 1 },
  { event: "item.retrying", ...item, attempt: 1, delayMs: 5, reason: "HTTP 429", httpStatus: 429 },
  { event: "item.retrying", ...item, attempt: 1, delayMs: 5, reason: "refused", httpStatus: null },
  {
    event: "item.finished",
    ...item,
    status: "uploaded",
    graphicId: "IM_1",
    url: "u",
    sha256: "00",
    error: null,
    warning: "HTTP 200: odd",
  },
  {
    event: "item.finished",
    ...item,
    status: "not-run",
    graphicId: null,
    url: null,
    sha256: null,
    error: "why",
    warning: null,
  },
  {
    event: "run.finished",
    ...head,
    summary: counted,
    exitCode: 0,
    durationMs: 5,
    results: "m.results.csv",
  },
];

describe("the events", () => {
  it.each(EVENTS)("$event is told apart by its name and keeps every key", (event) => {
    expect(runEventSchema.parse(JSON.parse(JSON.stringify(event)))).toEqual(event);
  });

  it.each(EVENTS)("$event refuses a missing and an unknown key", (event) => {
    expect(runEventSchema.safeParse({ ...event, more: 1 }).success).toBe(false);
    for (const key of Object.keys(event)) {
      expect(runEventSchema.safeParse({ ...event, [key]: undefined }).success, key).toBe(false);
    }
  });
});
