import { backOffMs, throttledBackOffMs } from "./back-off.ts";
import { NOT_SENT_LIMIT, type Wait } from "./decide.ts";
import type { DeletionAnswer } from "./deletion-answer.ts";
import { type Failure, formatFailure, localFailure } from "./failure.ts";

/** What a decision depends on besides the answer; as for an upload. */
export interface DeletionContext {
  attempt: number;
  maxAttempts: number;
  maxWaitMs: number;
  /** Failures of this answer's kind in a row, this one included. */
  streak: number;
  /** [0, 1) */
  random(): number;
}

/** What follows from one DELETE; `result` is what the ledger keeps of the attempt. */
export type DeletionDecision =
  | { next: "done"; result: "deleted" }
  | { next: "retry"; result: "refused" | "not-sent" | "unknown"; failure: Failure; wait: Wait }
  | { next: "fail"; result: "failed" | "unknown"; failure: Failure }
  | {
      next: "stop";
      result: "failed" | "refused" | "not-sent";
      failure: Failure;
      by: "service" | "network" | "wait";
      message: string;
      hint: string;
    };

type Answered = Extract<DeletionAnswer, { kind: "answered" }>;

/** Nothing with that id is there any more, whoever deleted it. */
const GONE = new Set([404, 410]);
const TRY_AGAIN = new Set([408, 425, 429]);

/**
 * The decision table for one DELETE. It is idempotent (RFC 9110 §9.2.2): what may have been carried out is
 * simply asked again, and then answered 404.
 *
 * | answer | next | recorded as |
 * |---|---|---|
 * | 2xx, 404, 410 | done | deleted |
 * | nothing was sent, fewer than 5 in a row | retry | not-sent |
 * | nothing was sent, the 5th in a row | stop (network) | not-sent |
 * | 401, 403, 3xx | stop (service) | failed |
 * | 408, 425, 429, 503 with Retry-After | retry, the pool waits | refused |
 * | the same with Retry-After over `maxWaitMs` | stop (wait) | refused |
 * | any other 5xx, lost after the first byte | retry | unknown |
 * | any of these retries at the last attempt | fail | failed; unknown where it may be gone |
 * | any other status | fail | failed |
 */
export function decideDeletion(answer: DeletionAnswer, context: DeletionContext): DeletionDecision {
  if (answer.kind === "not-sent") return decideNotSent(localFailure(answer.message), context);
  if (answer.kind === "lost") return askAgain(localFailure(answer.message), context);
  const { httpStatus } = answer;
  if (isBetween(httpStatus, 200, 299) || GONE.has(httpStatus)) {
    return { next: "done", result: "deleted" };
  }
  const failure = failureOf(answer);
  const isAskedToWait = httpStatus === 503 && answer.retryAfterMs !== null;
  if (TRY_AGAIN.has(httpStatus) || isAskedToWait) return decideWait(answer, failure, context);
  if (isBetween(httpStatus, 500, 599)) return askAgain(failure, context);
  if (httpStatus === 401 || httpStatus === 403 || isBetween(httpStatus, 300, 399)) {
    return stopByService(httpStatus, failure);
  }
  return { next: "fail", result: "failed", failure };
}

function decideNotSent(failure: Failure, context: DeletionContext): DeletionDecision {
  if (context.streak >= NOT_SENT_LIMIT) {
    return {
      next: "stop",
      result: "not-sent",
      failure,
      by: "network",
      message: `${context.streak} requests in a row could not be sent: ${failure.message}`,
      hint: `check the network and --host, then ${AGAIN}`,
    };
  }
  if (context.attempt >= context.maxAttempts) return { next: "fail", result: "failed", failure };
  const wait = { delayMs: backOffMs(context.streak, context.random), wholePool: true };
  return { next: "retry", result: "not-sent", failure, wait };
}

function askAgain(failure: Failure, context: DeletionContext): DeletionDecision {
  if (context.attempt >= context.maxAttempts) return { next: "fail", result: "unknown", failure };
  const wait = { delayMs: backOffMs(context.attempt, context.random), wholePool: false };
  return { next: "retry", result: "unknown", failure, wait };
}

function decideWait(
  { httpStatus, retryAfterMs }: Answered,
  failure: Failure,
  context: DeletionContext,
): DeletionDecision {
  if (retryAfterMs !== null && retryAfterMs > context.maxWaitMs) {
    const message = `the service asks to wait ${Math.ceil(retryAfterMs / 1000)} s: ${formatFailure(failure)}`;
    const hint = `wait that long, then ${AGAIN}`;
    return { next: "stop", result: "refused", failure, by: "wait", message, hint };
  }
  if (context.attempt >= context.maxAttempts) return { next: "fail", result: "failed", failure };
  const ownMs =
    httpStatus === 429
      ? throttledBackOffMs(context.streak, context.random)
      : backOffMs(context.attempt, context.random);
  const wait = { delayMs: Math.ceil(Math.max(retryAfterMs ?? 0, ownMs)), wholePool: true };
  return { next: "retry", result: "refused", failure, wait };
}

const AGAIN = "run the same command again: what is deleted stays deleted";

function stopByService(httpStatus: number, failure: Failure): DeletionDecision {
  const remedy =
    httpStatus === 401
      ? "check the token (QUALTRICS_API_KEY or --token-file)"
      : httpStatus === 403
        ? "ask for the right to delete from the library"
        : "check --host: redirects are not followed";
  const message = formatFailure(failure);
  return {
    next: "stop",
    result: "failed",
    failure,
    by: "service",
    message,
    hint: `${remedy}, then ${AGAIN}`,
  };
}

function failureOf({ httpStatus, error }: Answered): Failure {
  return {
    httpStatus,
    errorCode: error?.code ?? null,
    message: error?.message ?? "no message from the service",
    requestId: error?.requestId ?? null,
  };
}

function isBetween(value: number, first: number, last: number): boolean {
  return value >= first && value <= last;
}
