import { expect, it } from "vitest";
import { executeUploads } from "../../src/execute/execute-uploads.ts";
import type { Answer } from "../../src/execute/outcome.ts";
import { answered, landed, settings, smoothEffects, uploads } from "../support/executor.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const LOST: Answer = { kind: "lost", message: "other side closed" };
const MINUTE_MS = 60_000;

/** Sends one upload with a key that lasts 20 minutes; `answers` in their order, then it lands. */
async function sendOne(answers: readonly Answer[], lostAtMs?: (nowMs: number) => number) {
  const clock = new VirtualClock();
  const sentMs: number[] = [];
  const startMs = clock.nowMs;
  const effects = smoothEffects(clock, {
    keys: { lostAtMs: () => lostAtMs?.(startMs), maxAgeMs: 20 * MINUTE_MS },
    send: async () => {
      sentMs.push(clock.nowMs - startMs);
      return answers[sentMs.length - 1] ?? landed("IM_0123456789a");
    },
  });
  const ended = await clock.run(executeUploads(uploads(1), effects, settings()));
  return { outcome: ended.outcomes[0], sentMs, stopped: ended.stopped };
}

it("asks again for a lost answer, and gives the service a moment before", async () => {
  const { outcome, sentMs } = await sendOne([LOST, LOST]);
  expect(outcome?.status).toBe("uploaded");
  expect(sentMs).toHaveLength(3);
  expect(sentMs[1]).toBeGreaterThanOrEqual(750);
});

it("asks no more than eight times", async () => {
  const { outcome, sentMs } = await sendOne(new Array<Answer>(9).fill(LOST));
  expect(sentMs).toHaveLength(8);
  expect(outcome).toEqual({ status: "unknown", error: "other side closed" });
});

it.each([
  ["refused", answered(422, { error: { ...answered(422), message: "no" } as never })],
  ["stopped by the service", answered(401)],
] as const)("is unknown where its repeat is %s", async (_what, answer) => {
  const { outcome, sentMs } = await sendOne([LOST, answer]);
  expect(sentMs).toHaveLength(2);
  expect(outcome).toMatchObject({ status: "unknown" });
  expect((outcome as { error: string }).error).toContain("; an earlier upload got no answer");
});

it("does not ask again once the key is too old", async () => {
  const wait = answered(429, { retryAfterMs: 15 * MINUTE_MS });
  const { outcome, sentMs } = await sendOne([LOST, wait, wait]);
  expect(sentMs).toHaveLength(3);
  expect(outcome).toEqual({
    status: "unknown",
    error:
      "not asked for again: it was sent too long ago for its key; an earlier upload got no answer",
  });
});

it("goes by when an earlier run sent the key", async () => {
  const wait = answered(429, { retryAfterMs: 2 * MINUTE_MS });
  const { outcome, sentMs } = await sendOne([wait], (nowMs) => nowMs - 19 * MINUTE_MS);
  expect(sentMs).toHaveLength(1);
  expect(outcome?.status).toBe("not-run");
});

it("says of a row that waited when the run was stopped why that was, however old its key", async () => {
  const clock = new VirtualClock();
  const control = new AbortController();
  const effects = smoothEffects(clock, {
    // The first is asked to wait, and the other waits with it.
    keys: {
      lostAtMs: ({ row }) => (row.line === 2 ? undefined : clock.nowMs - 19.9 * MINUTE_MS),
      maxAgeMs: 20 * MINUTE_MS,
    },
    send: async () => answered(429, { retryAfterMs: 5 * MINUTE_MS }),
  });
  clock.after(MINUTE_MS, () => control.abort());
  const given = settings({ stop: control.signal });
  const ended = await clock.run(executeUploads(uploads(2), effects, given));
  expect(ended.outcomes[1]).toMatchObject({
    error: expect.stringMatching(/^HTTP 429: |^not run: /),
  });
});

it("sends again, however late, what was refused and never lost", async () => {
  const wait = answered(429, { retryAfterMs: 15 * MINUTE_MS });
  const { outcome, sentMs } = await sendOne([wait, wait]);
  expect(sentMs).toHaveLength(3);
  expect(outcome?.status).toBe("uploaded");
});

it("stops the run after twenty uploads that are given up, and not after twenty requests", async () => {
  const clock = new VirtualClock();
  let sent = 0;
  const effects = smoothEffects(clock, {
    keys: { lostAtMs: () => undefined, maxAgeMs: 20 * MINUTE_MS },
    send: async () => {
      sent += 1;
      return LOST;
    },
  });
  const ended = await clock.run(executeUploads(uploads(40), effects, settings({ concurrency: 1 })));
  expect(ended.stopped?.message).toContain("20 uploads in a row got no answer");
  expect(sent).toBe(160);
});
