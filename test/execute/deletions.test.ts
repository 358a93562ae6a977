import { expect, it } from "vitest";
import { decideNext } from "../../src/execute/decide.ts";
import { answered } from "../support/executor.ts";

const FIRST = {
  isIdempotent: true,
  attempt: 1,
  maxAttempts: 3,
  maxWaitMs: 60_000,
  streak: 1,
  isKnownId: () => false,
  random: () => 0.5,
};
const LAST = { ...FIRST, attempt: 3 };

it.each([
  [answered(200), "done", "deleted"],
  [answered(204), "done", "deleted"],
  [answered(404), "done", "deleted"],
  [answered(410), "done", "deleted"],
  [answered(400), "end", "failed"],
  [answered(401), "stop", "failed"],
  [answered(403), "stop", "failed"],
  [answered(302), "stop", "failed"],
  [answered(303), "stop", "failed"],
  [answered(409), "end", "failed"],
  [answered(408), "retry", "refused"],
  [answered(429), "retry", "refused"],
  [answered(429, { retryAfterMs: 120_000 }), "stop", "refused"],
  [answered(503, { retryAfterMs: 1_000 }), "retry", "refused"],
  [answered(503), "retry", "unknown"],
  [answered(500), "retry", "unknown"],
  [{ kind: "lost", message: "reset" } as const, "retry", "unknown"],
  [{ kind: "not-sent", message: "refused" } as const, "retry", "not-sent"],
])("decides %j as %s", (answer, next, result) => {
  expect(decideNext(answer, FIRST)).toMatchObject({ next, result });
});

it.each([
  [answered(500), "unknown"],
  [{ kind: "lost", message: "reset" } as const, "unknown"],
  [answered(429), "failed"],
  [{ kind: "not-sent", message: "refused" } as const, "failed"],
])("gives up after the last attempt, and says whether it may be gone: %j", (answer, result) => {
  expect(decideNext(answer, LAST)).toMatchObject({ next: "end", result });
});

it("stops when nothing gets through five times in a row", () => {
  const answer = { kind: "not-sent", message: "refused" } as const;
  expect(decideNext(answer, { ...FIRST, streak: 5 })).toMatchObject({ next: "stop" });
});
