import { describe, expect, it } from "vitest";
import type { DecisionContext } from "../../src/execute/decide.ts";
import { decideNext } from "../../src/execute/decide.ts";
import type { Answer } from "../../src/execute/outcome.ts";
import { answered, landed } from "../support/executor.ts";

const FRESH = "IM_abcdefghijk";
const SEEN = "IM_seenbefore1";
const ODD = { httpStatus: 200, errorCode: "X_1", message: "odd", requestId: null };

function context(given: Partial<DecisionContext> = {}): DecisionContext {
  return {
    isIdempotent: false,
    attempt: 1,
    maxAttempts: 8,
    maxWaitMs: 900_000,
    streak: 1,
    isKnownId: (id) => id === SEEN,
    random: () => 0.5,
    ...given,
  };
}

const notSent: Answer = { kind: "not-sent", message: "connect ECONNREFUSED" };
const lost: Answer = { kind: "lost", message: "socket hang up" };

/** The decision, its wait as "ms row" or "ms pool", and what the ledger keeps. */
function summary(answer: Answer, given: Partial<DecisionContext> = {}): string {
  const decision = decideNext(answer, context(given));
  const wait = "wait" in decision ? decision.wait : undefined;
  const by = decision.next === "stop" ? ` ${decision.by}` : "";
  const waiting = wait ? ` ${wait.delayMs} ${wait.wholePool ? "pool" : "row"}` : "";
  return `${decision.next}${by} ${decision.result}${waiting}`;
}

describe("the decision table, line by line", () => {
  const lines: [string, Answer, Partial<DecisionContext>, string][] = [
    ["nothing sent, 1st in a row", notSent, {}, "retry not-sent 500 pool"],
    ["nothing sent, 4th in a row", notSent, { streak: 4 }, "retry not-sent 4000 pool"],
    ["nothing sent, 5th in a row", notSent, { streak: 5 }, "stop network not-sent"],
    ["nothing sent, last attempt", notSent, { attempt: 8 }, "end failed 500 pool"],
    [
      "nothing sent, and only the user can help",
      { kind: "not-sent", message: "certificate not trusted", remedy: "set X", isLasting: true },
      {},
      "stop network not-sent",
    ],
    ["lost after the first byte", lost, {}, "end unknown"],
    ["200 with a fresh id", landed(FRESH), {}, "done uploaded"],
    ["201 with a fresh id", answered(201, { graphicId: FRESH }), {}, "done uploaded"],
    ["200 with an id seen before", landed(SEEN), {}, "end unknown"],
    ["200 without an id", answered(200), {}, "end unknown"],
    ["200 with a fresh id and an error", landed(FRESH, { error: ODD }), {}, "end unknown"],
    ["204", answered(204), {}, "end unknown"],
    ["200 without an id, Retry-After", answered(200, { retryAfterMs: 5 }), {}, "end unknown"],
    ["429", answered(429), {}, "retry refused 875 pool"],
    ["429, 4th in a row", answered(429), { streak: 4 }, "retry refused 7000 pool"],
    ["429, long Retry-After", answered(429, { retryAfterMs: 9e4 }), {}, "retry refused 90000 pool"],
    ["429, short Retry-After", answered(429, { retryAfterMs: 10 }), {}, "retry refused 875 pool"],
    [
      "429, Retry-After at the limit",
      answered(429, { retryAfterMs: 9e5 }),
      {},
      "retry refused 900000 pool",
    ],
    ["429, Retry-After over it", answered(429, { retryAfterMs: 900_001 }), {}, "stop wait refused"],
    [
      "429, last attempt",
      answered(429, { retryAfterMs: 9e4 }),
      { attempt: 8 },
      "end failed 90000 pool",
    ],
    ["503 with Retry-After", answered(503, { retryAfterMs: 7e3 }), {}, "retry refused 7000 pool"],
    ["503 with Retry-After 0", answered(503, { retryAfterMs: 0 }), {}, "retry refused 500 pool"],
    [
      "503, Retry-After over the limit",
      answered(503, { retryAfterMs: 1e6 }),
      {},
      "stop wait refused",
    ],
    [
      "503, last attempt",
      answered(503, { retryAfterMs: 7e3 }),
      { attempt: 8 },
      "end failed 30000 pool",
    ],
    ["503 without Retry-After", answered(503), {}, "end unknown"],
    ["408", answered(408), {}, "end unknown"],
    ["408 with Retry-After", answered(408, { retryAfterMs: 5 }), {}, "end unknown"],
    ["425", answered(425), {}, "retry refused 500 row"],
    ["425, 3rd attempt", answered(425), { attempt: 3 }, "retry refused 2000 row"],
    ["425, last attempt", answered(425), { attempt: 8 }, "end failed 30000 row"],
    ["425 with Retry-After", answered(425, { retryAfterMs: 2e3 }), {}, "retry refused 2000 pool"],
  ];
  it.each(lines)("%s", (_, answer, given, expected) => {
    expect(summary(answer, given)).toBe(expected);
  });

  const keyed: [string, Answer, Partial<DecisionContext>, string][] = [
    ["lost after the first byte", lost, {}, "retry unknown 875 row"],
    ["lost, 4th attempt", lost, { attempt: 4 }, "retry unknown 7000 row"],
    ["lost, last attempt", lost, { attempt: 8 }, "end unknown"],
    ["500", answered(500), {}, "retry unknown 875 row"],
    ["503 without Retry-After", answered(503), {}, "retry unknown 875 row"],
    ["503 with Retry-After", answered(503, { retryAfterMs: 7e3 }), {}, "retry refused 7000 pool"],
    ["408", answered(408), {}, "retry unknown 875 row"],
    ["409: still busy with it", answered(409), {}, "end unknown"],
    ["422: known for something else", answered(422), {}, "end failed"],
    ["400", answered(400), {}, "end failed"],
    ["401", answered(401), {}, "stop service failed"],
    ["429", answered(429), {}, "retry refused 875 pool"],
    ["303", answered(303), {}, "stop service unknown"],
    ["200 with a fresh id", landed(FRESH), {}, "done uploaded"],
    ["200 with an id seen before", landed(SEEN), {}, "end unknown"],
    ["200 without an id", answered(200), {}, "end unknown"],
    ["200 with a fresh id and an error", landed(FRESH, { error: ODD }), {}, "end unknown"],
  ];
  it.each(keyed)("with a key: %s", (_, answer, given, expected) => {
    expect(summary(answer, { ...given, isKeyed: true })).toBe(expected);
  });

  it.each([400, 411, 413, 415, 422])("%i fails the row", (status) => {
    expect(summary(answered(status))).toBe("end failed");
    expect(summary(answered(status, { retryAfterMs: 1e9 }))).toBe("end failed");
  });

  it.each([405, 407, 414, 417, 421, 426, 431])(
    "%i, said before anything is done, fails the row",
    (status) => expect(summary(answered(status))).toBe("end failed"),
  );

  it.each([401, 403, 404, 410, 300, 301, 302, 304, 307, 308, 399])("%i stops the run", (status) => {
    expect(summary(answered(status))).toBe("stop service failed");
  });

  it.each([
    [400, "ATP_2", "Expected authorization in headers, but none provided."],
    [400, null, "Unknown library."],
    [404, null, "no library with this id"],
  ])("%i %s %s stops the run, for a deletion too", (httpStatus, errorCode, message) => {
    const error = { httpStatus, errorCode, message, requestId: null };
    for (const isIdempotent of [false, true]) {
      expect(summary(answered(httpStatus, { error }), { isIdempotent })).toBe(
        "stop service failed",
      );
    }
  });

  it("303 stops the run and leaves the row unknown", () => {
    expect(summary(answered(303))).toBe("stop service unknown");
  });

  it.each([500, 501, 502, 504, 507, 599])("%i is unknown, whatever Retry-After says", (status) => {
    expect(summary(answered(status))).toBe("end unknown");
    expect(summary(answered(status, { retryAfterMs: 1000 }))).toBe("end unknown");
  });

  it.each([100, 102, 199, 402, 409, 412, 418, 423, 424, 451, 499, 600, 999])(
    "%i, which the table does not name, is unknown",
    (status) => expect(summary(answered(status))).toBe("end unknown"),
  );

  it("never takes an id from an answer that is no success", () => {
    for (let status = 100; status < 1000; status += 1) {
      const { next } = decideNext(answered(status, { graphicId: FRESH }), context());
      expect(next === "done").toBe(status >= 200 && status < 300);
    }
  });
});

describe("what the user is told", () => {
  const error = {
    httpStatus: 401,
    errorCode: "DCD_7",
    message: "Unrecognized X-API-TOKEN.",
    requestId: "7a00-1",
  };

  it("names status, code, message and request id, and what to do", () => {
    expect(decideNext(answered(401, { error }), context())).toMatchObject({
      message: "HTTP 401 DCD_7: Unrecognized X-API-TOKEN. (request id 7a00-1)",
      hint: expect.stringContaining("QUALTRICS_API_KEY"),
    });
  });

  it("says how often nothing could be sent, and why", () => {
    expect(decideNext(notSent, context({ streak: 5 }))).toMatchObject({
      message: "5 requests in a row could not be sent: connect ECONNREFUSED",
      hint: expect.stringContaining("run the same command again"),
    });
  });

  it("says how long the service asks to wait", () => {
    expect(decideNext(answered(429, { retryAfterMs: 3_600_000 }), context())).toMatchObject({
      message:
        "the service asks to wait 3600 s, over this run's limit of 900 s: HTTP 429: no message from the service",
      hint: expect.stringContaining("wait 3600 s"),
    });
  });

  it("names an id that came back twice", () => {
    expect(decideNext(landed(SEEN), context())).toMatchObject({
      failure: { message: `the answer repeats graphic id ${SEEN} of another upload` },
    });
  });

  it("names an id that came with an error", () => {
    expect(decideNext(landed(FRESH, { error: ODD }), context())).toMatchObject({
      failure: {
        errorCode: "X_1",
        message: `the answer holds graphic id ${FRESH} and an error: odd`,
      },
    });
  });
});
