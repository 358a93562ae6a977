import { expect, it } from "vitest";
import { type DeletionEffects, executeDeletions } from "../../../src/execute/execute-deletions.ts";
import type { Answer } from "../../../src/execute/outcome.ts";
import { answered } from "../../support/executor.ts";

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
      unsent: async () => {},
    },
    emit: ({ graphicId, status }) => void log.push(`told ${graphicId} ${status}`),
    now: () => 0,
    sleep: async () => {},
    random: () => 0,
  };
}

function settings(stop = new AbortController().signal) {
  return { concurrency: 1, atFirst: 1, ratePerMinute: 6e6, maxWaitMs: 1_000, maxAttempts: 3, stop };
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
