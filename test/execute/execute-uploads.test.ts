import { describe, expect, it } from "vitest";
import type { Recorder } from "../../src/execute/effects.ts";
import { executeUploads } from "../../src/execute/execute-uploads.ts";
import type { Answer } from "../../src/execute/outcome.ts";
import {
  answered,
  type GivenEffects,
  landed,
  settings,
  smoothEffects,
  uploads,
} from "../support/executor.ts";
import { ID, keepingRecorder, landing, run, statuses } from "../support/trial.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

describe("a run without trouble", () => {
  it("gives every row its outcome, in the order of the rows", async () => {
    const ended = await run({
      rows: 20,
      send: async (request, sent, clock) => {
        await clock.sleep((sent * 7919) % 900);
        return landing(request);
      },
    });
    expect(ended.outcomes.map((outcome) => "graphicId" in outcome && outcome.graphicId)).toEqual(
      uploads(20).map(({ name }) => `${ID}${name}`),
    );
    expect(ended).toMatchObject({ stopped: undefined, notices: [], unrecorded: [] });
    expect(ended.defect).toBeUndefined();
  });

  it("does nothing with no rows", async () => {
    expect(await run({ rows: 0 })).toMatchObject({ outcomes: [], events: [], stopped: undefined });
  });

  it("hands each distinct notice on once", async () => {
    const notice = "Request proxied. For faster response times, use this host instead: x";
    const ended = await run({ rows: 5, send: ({ name }) => landed(`${ID}${name}`, { notice }) });
    expect(ended.notices).toEqual([notice]);
  });
});

describe("a row that cannot be uploaded", () => {
  it("fails without a request when its picture cannot be had", async () => {
    const { recorder, log } = keepingRecorder();
    const ended = await run({
      effects: () => ({
        recorder,
        problemOf: ({ name }) => (name === "1" ? "1.png changed" : undefined),
      }),
    });
    expect(statuses(ended)).toBe("uploaded failed uploaded");
    expect(ended.outcomes[1]).toEqual({ status: "failed", error: "1.png changed" });
    expect(log).toContain("unsent 1 1.png changed");
    expect(ended.sent.map(({ name }) => name)).not.toContain("1");
  });

  it("fails alone, with the service's words", async () => {
    const error = {
      httpStatus: 400,
      errorCode: "MFDP_3",
      message: "Missing Content-Type",
      requestId: "r-1",
    };
    const ended = await run({
      send: (request) => (request.name === "1" ? answered(400, { error }) : landing(request)),
    });
    expect(statuses(ended)).toBe("uploaded failed uploaded");
    expect(ended.outcomes[1]).toEqual({
      status: "failed",
      error: "HTTP 400 MFDP_3: Missing Content-Type (request id r-1)",
    });
  });

  it("is sent eight times at most, and fails with the last error", async () => {
    const ended = await run({ rows: 1, send: () => answered(425) });
    expect(ended.sent).toHaveLength(8);
    expect(ended.outcomes).toEqual([
      { status: "failed", error: "HTTP 425: no message from the service" },
    ]);
    expect(ended.events.filter(({ event }) => event === "item.retrying")).toHaveLength(7);
  });

  it("waits longer before each attempt, while the others go on", async () => {
    const ended = await run({
      rows: 2,
      effects: () => ({ random: () => 0.5 }),
      send: (request, sent) =>
        request.name === "0" && sent < 5 ? answered(425) : landing(request),
    });
    const sentAtMs = (row: string) =>
      ended.sent.filter(({ name }) => name === row).map(({ atMs }) => atMs);
    expect(sentAtMs("0")).toEqual([0, 700, 1_900, 4_100]);
    expect(sentAtMs("1")[0]).toBeLessThan(100);
  });

  it("is unknown and not sent again when its answer is lost", async () => {
    const ended = await run({
      send: (request) =>
        request.name === "1" ? { kind: "lost", message: "reset" } : landing(request),
    });
    expect(statuses(ended)).toBe("uploaded unknown uploaded");
    expect(ended.sent).toHaveLength(3);
  });

  it.each([1, 3])(
    "is unknown when its id came back before, in this run or an earlier one (%i at once)",
    async (concurrency) => {
      const { recorder, kept } = keepingRecorder();
      const known = () => [`${ID}old`, ...kept.map(({ graphicId }) => graphicId)];
      const ended = await run({
        send: ({ name }) => landed(name === "2" ? `${ID}old` : `${ID}same`),
        settings: { concurrency },
        effects: () => ({ recorder, isKnownId: (id) => known().includes(id) }),
      });
      expect(statuses(ended)).toBe("uploaded unknown unknown");
      expect(ended.outcomes[1]).toMatchObject({ error: expect.stringContaining(`${ID}same`) });
    },
  );
});

describe("a service that asks to wait", () => {
  it("is left alone by the whole pool for as long as it says", async () => {
    const ended = await run({
      rows: 12,
      settings: { concurrency: 4 },
      send: (request, sent) =>
        sent === 6 ? answered(429, { retryAfterMs: 60_000 }) : landing(request),
    });
    expect(statuses(ended)).toMatch(/^(uploaded ?){12}$/);
    const brakedAtMs = ended.sent[5]?.atMs ?? 0;
    const during = ended.sent.filter(
      ({ atMs }) => atMs > brakedAtMs + 200 && atMs < brakedAtMs + 60_200,
    );
    expect(during).toEqual([]);
    expect(ended.sent).toHaveLength(13);
  });

  it("gets no request whose intent was being written when the brake came", async () => {
    const { recorder, log } = keepingRecorder();
    const slow: Recorder["intent"] = async (upload, attempt) => {
      const attemptId = await recorder.intent(upload, attempt);
      if (upload.row.name === "1") await clockOf.sleep(300);
      return attemptId;
    };
    let clockOf = new VirtualClock();
    const ended = await run({
      rows: 2,
      settings: { concurrency: 2 },
      effects: (clock) => {
        clockOf = clock;
        return { recorder: { ...recorder, intent: slow } };
      },
      send: (request, sent) =>
        sent === 1 ? answered(503, { retryAfterMs: 5_000 }) : landing(request),
    });
    expect(statuses(ended)).toBe("uploaded uploaded");
    expect(ended.sent.slice(1).every(({ atMs }) => atMs >= 5_200)).toBe(true);
    expect(log).toContain("outcome 2 not-sent");
    expect(log.filter((line) => line === "intent 1.1")).toHaveLength(2);
  });

  it("ends the run when it asks for more than the run's limit", async () => {
    const ended = await run({
      rows: 5,
      settings: { concurrency: 1 },
      send: (request, sent) =>
        sent === 2 ? answered(503, { retryAfterMs: 900_001 }) : landing(request),
    });
    expect(statuses(ended)).toBe("uploaded not-run not-run not-run not-run");
    expect(ended.stopped).toMatchObject({
      by: "wait",
      hint: expect.stringContaining("wait 901 s"),
    });
    expect(ended.sent).toHaveLength(2);
  });
});

describe("a network that is down", () => {
  const down: Answer = { kind: "not-sent", message: "connect ECONNREFUSED" };

  it("stops the run after five failures in a row, however many workers there are", async () => {
    const { recorder, kept } = keepingRecorder();
    const ended = await run({ rows: 30, send: () => down, effects: () => ({ recorder }) });
    expect(ended.stopped).toMatchObject({ by: "network" });
    expect(new Set(ended.outcomes.map(({ status }) => status))).toEqual(new Set(["not-run"]));
    // Four started together count as one; then one at a time.
    expect(ended.sent).toHaveLength(8);
    expect(kept.map(({ result }) => result)).toEqual(new Array(8).fill("not-sent"));
  });

  it("does not stop the run when it is back within a second", async () => {
    const ended = await run({
      rows: 60,
      send: (request, _, clock) =>
        clock.nowMs % 60_000 > 500 && clock.nowMs % 60_000 < 1_500 ? down : landing(request),
    });
    expect(ended.stopped).toBeUndefined();
    expect(statuses(ended)).toMatch(/^(uploaded ?){60}$/);
  });

  it("starts its count again with any answer", async () => {
    const ended = await run({
      rows: 2,
      settings: { concurrency: 1 },
      send: (request, sent) => {
        if (sent === 5) return answered(425);
        return sent < 8 ? down : landing(request);
      },
    });
    expect(statuses(ended)).toBe("uploaded uploaded");
  });
});

describe("the end of a run before its last row", () => {
  it("comes with 401: the row failed, the rest was not run, what was under way is kept", async () => {
    const ended = await run({
      rows: 8,
      send: (request, sent) => (sent === 2 ? answered(401) : landing(request)),
    });
    expect(ended.stopped).toMatchObject({ by: "service", message: expect.stringContaining("401") });
    expect(statuses(ended)).toBe(
      "uploaded failed uploaded uploaded not-run not-run not-run not-run",
    );
    expect(ended.outcomes[7]).toMatchObject({ error: expect.stringContaining("HTTP 401") });
  });

  it("comes with the stop signal: nothing new, those in flight finish", async () => {
    const stop = new AbortController();
    const ended = await run({
      rows: 8,
      settings: { stop: stop.signal },
      send: (request, sent) => {
        if (sent === 1) stop.abort();
        return landing(request);
      },
    });
    expect(ended.stopped).toMatchObject({ by: "user" });
    expect(statuses(ended)).toBe(
      "uploaded uploaded uploaded uploaded not-run not-run not-run not-run",
    );
  });

  it("sends nothing when the signal came before", async () => {
    const ended = await run({ settings: { stop: AbortSignal.abort() } });
    expect(ended.sent).toEqual([]);
    expect(statuses(ended)).toBe("not-run not-run not-run");
  });

  it.each([
    ["a brake", answered(429, { retryAfterMs: 600_000 })],
    ["a row's back-off", answered(425)],
  ])("does not wait for %s, and leaves no timer behind", async (_, answer) => {
    let clockOf = new VirtualClock();
    const stop = new AbortController();
    const ended = await run({
      settings: { stop: stop.signal },
      send: () => answer,
      effects: (clock) => {
        clock.after(210, () => stop.abort());
        clockOf = clock;
        return { random: () => 0.99 };
      },
    });
    expect(ended.tookMs).toBe(210);
    expect(clockOf.pending).toBe(0);
    expect(statuses(ended)).toBe("not-run not-run not-run");
    expect(ended.outcomes[0]).toMatchObject({ error: expect.stringMatching(/^HTTP 42[59]/) });
  });

  it("tells of the ledger rather than of the signal", async () => {
    const stop = new AbortController();
    const { recorder } = keepingRecorder((what) => what.startsWith("outcome"));
    const ended = await run({
      settings: { stop: stop.signal },
      effects: () => ({ recorder }),
      send: (request) => {
        stop.abort();
        return landing(request);
      },
    });
    expect(ended.stopped).toMatchObject({ by: "ledger" });
  });
});

describe("a defect of ours", () => {
  const defect = new TypeError("x is not a function");
  const broken: [string, GivenEffects, string][] = [
    ["reading", { prepare: () => Promise.reject(defect) }, "not-run not-run not-run"],
    ["sending", { send: () => Promise.reject(defect) }, "unknown unknown unknown"],
    [
      "telling",
      {
        emit: () => {
          throw defect;
        },
      },
      "uploaded not-run not-run",
    ],
  ];
  it.each(broken)(
    "in %s ends the run, and every row still has an outcome",
    async (_, effects, expected) => {
      const clock = new VirtualClock();
      const run = executeUploads(uploads(3), smoothEffects(clock, effects), settings());
      const execution = await clock.run(run);
      expect(execution.defect).toEqual({ error: defect });
      expect(statuses(execution)).toBe(expected);
    },
  );
});
