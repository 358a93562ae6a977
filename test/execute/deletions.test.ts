import { expect, it } from "vitest";
import type { Answer } from "../../src/execute/answer.ts";
import { decideNext } from "../../src/execute/decide.ts";
import { type DeletionEffects, executeDeletions } from "../../src/execute/execute-deletions.ts";
import { answered } from "./samples.ts";

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

/** Answers in turn, and notes everything in the order it happened. */
function scripted(answers: Answer[], log: string[]): DeletionEffects {
  return {
    send: async (graphicId) => {
      log.push(`send ${graphicId}`);
      return answers.shift() ?? answered(200);
    },
    recorder: {
      intent: async (graphicId) => {
        log.push(`intent ${graphicId}`);
        return Number(graphicId.slice(3));
      },
      outcome: async (id, { result }) => void log.push(`${result} IM_${id}`),
    },
    emit: ({ graphicId, status }) => void log.push(`told ${graphicId} ${status}`),
    now: () => 0,
    sleep: async () => {},
    random: () => 0,
  };
}

function settings(stop = new AbortController().signal) {
  return { concurrency: 1, ratePerMinute: 6e6, maxWaitMs: 1_000, maxAttempts: 3, stop };
}

it("makes each intent durable before its request and each outcome before it is told", async () => {
  const log: string[] = [];
  const effects = scripted([{ kind: "lost", message: "reset" }, answered(404)], log);
  const { ends } = await executeDeletions(["IM_1", "IM_2"], effects, settings());
  expect(log).toEqual([
    ...["intent IM_1", "send IM_1", "unknown IM_1"],
    ...["intent IM_1", "send IM_1", "deleted IM_1", "told IM_1 deleted"],
    ...["intent IM_2", "send IM_2", "deleted IM_2", "told IM_2 deleted"],
  ]);
  expect(ends.map(({ status }) => status)).toEqual(["deleted", "deleted"]);
});

it("sends nothing more once the service refuses, the user interrupts or the ledger is lost", async () => {
  const refused: string[] = [];
  const first = await executeDeletions(
    ["IM_1", "IM_2"],
    scripted([answered(401)], refused),
    settings(),
  );
  expect(first.ends.map(({ status }) => status)).toEqual(["failed", "not-run"]);
  expect(first.stopped?.by).toBe("service");

  const interrupted = await executeDeletions(
    ["IM_1"],
    scripted([], []),
    settings(AbortSignal.abort()),
  );
  expect(interrupted).toMatchObject({ ends: [{ status: "not-run" }], stopped: { by: "user" } });

  const lost: string[] = [];
  const effects = scripted([], lost);
  effects.recorder.intent = () => Promise.reject(new Error("disk full"));
  const third = await executeDeletions(["IM_1", "IM_2"], effects, settings());
  expect(third.stopped).toMatchObject({
    by: "ledger",
    message: expect.stringContaining("disk full"),
  });
  expect(lost.filter((line) => line.startsWith("send"))).toEqual([]);
});
