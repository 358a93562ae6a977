import fc from "fast-check";
import type { Answer } from "../../../src/execute/outcome.ts";
import { answered, landed } from "../../support/executor.ts";

/** What the model service does with one request. */
export interface Fault {
  kind: "answer" | "lost" | "not-sent";
  httpStatus: number;
  /** Whether the service keeps the graphic, whatever the client hears of it. */
  isStored: boolean;
  /** `earlier`: the id of another graphic of this run; `old`: one that the ledger held before. */
  id: "own" | "none" | "earlier" | "old";
  retryAfterMs: number | null;
}

export const SMOOTH: Fault = {
  kind: "answer",
  httpStatus: 200,
  isStored: true,
  id: "own",
  retryAfterMs: null,
};

const REFUSED = { isStored: false, id: "none" } as const;

function refusal(httpStatus: number, retryAfterMs: number | null = null): Fault {
  return { kind: "answer", httpStatus, ...REFUSED, retryAfterMs };
}

const wait = fc.option(fc.constantFrom(0, 1, 1_000, 30_000, 120_000, 900_000));

/** Every kind of answer of the decision table, mostly good ones. */
export const fault: fc.Arbitrary<Fault> = fc.oneof(
  { weight: 30, arbitrary: fc.constant(SMOOTH) },
  { weight: 6, arbitrary: wait.map((waitMs) => refusal(429, waitMs)) },
  { weight: 6, arbitrary: fc.constant<Fault>({ ...SMOOTH, ...REFUSED, kind: "not-sent" }) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(0, 5_000, 200_000).map((waitMs) => refusal(503, waitMs)),
  },
  {
    weight: 3,
    arbitrary: wait.map((waitMs) => refusal(425, waitMs)),
  },
  { weight: 2, arbitrary: fc.constantFrom(400, 404, 413, 431).map((status) => refusal(status)) },
  {
    weight: 4,
    arbitrary: fc
      .boolean()
      .map((isStored): Fault => ({ ...SMOOTH, id: "none", kind: "lost", isStored })),
  },
  {
    weight: 4,
    arbitrary: fc
      .record({ status: fc.constantFrom(408, 500, 502, 503, 504, 409), isStored: fc.boolean() })
      .map(({ status, isStored }) => ({ ...refusal(status), isStored })),
  },
  {
    weight: 3,
    arbitrary: fc
      .constantFrom<Fault["id"]>("none", "earlier", "old")
      .map((id) => ({ ...SMOOTH, id })),
  },
  { weight: 1, arbitrary: fc.constantFrom(401, 403, 302).map((status) => refusal(status)) },
  { weight: 1, arbitrary: fc.constant<Fault>({ ...SMOOTH, id: "none", httpStatus: 303 }) },
  { weight: 1, arbitrary: fc.constantFrom(429, 503).map((status) => refusal(status, 900_001)) },
);

/** The answer the client gets; `id` is the one the fault calls for. */
export function answerOf({ kind, httpStatus, retryAfterMs }: Fault, id: string | null): Answer {
  if (kind === "not-sent") return { kind, message: "connect ECONNREFUSED" };
  if (kind === "lost") return { kind, message: "other side closed" };
  return id === null ? answered(httpStatus, { retryAfterMs }) : landed(id, { retryAfterMs });
}

/** Whether the answer's `Retry-After` binds the client. */
export function isBinding({ kind, httpStatus, retryAfterMs }: Fault): boolean {
  if (kind !== "answer" || retryAfterMs === null) return false;
  return [425, 429, 503].includes(httpStatus);
}

/** Whether the answer ends the run. */
export function isFinal({ kind, httpStatus, retryAfterMs }: Fault): boolean {
  if (kind !== "answer") return false;
  if ([401, 403, 404].includes(httpStatus) || (httpStatus >= 300 && httpStatus < 400)) return true;
  return (httpStatus === 429 || httpStatus === 503) && (retryAfterMs ?? 0) > 900_000;
}
