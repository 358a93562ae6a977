import type { Answer } from "./answer.ts";
import { backOffMs, throttledBackOffMs } from "./back-off.ts";
import { type Failure, formatFailure, localFailure } from "./failure.ts";

/** So many failures to send anything, with no answer between them, stop the run. */
export const NOT_SENT_LIMIT = 5;

/** What a decision depends on besides the answer. */
export interface DecisionContext {
  /** 1 for a row's first request. */
  attempt: number;
  maxAttempts: number;
  /** A longer `Retry-After` stops the run. */
  maxWaitMs: number;
  /** Failures of this answer's kind (nothing sent, 429) in a row over the whole pool, this one included. */
  streak: number;
  /** Whether a graphic id stands in the ledger or came back earlier in this run. */
  isKnownId(graphicId: string): boolean;
  /** [0, 1) */
  random(): number;
}

/** How long nobody (`wholePool`), or only this row, sends again. */
export interface Wait {
  delayMs: number;
  wholePool: boolean;
}

/** What follows from one POST; `result` is what the ledger keeps of the attempt. */
export type Decision =
  | { next: "done"; result: "uploaded"; graphicId: string; url: string }
  | { next: "retry"; result: "refused" | "not-sent"; failure: Failure; wait: Wait }
  /** The row failed; the pool still waits where the last answer asked for it. */
  | { next: "fail"; result: "failed"; failure: Failure; wait: Wait | undefined }
  | { next: "unknown"; result: "unknown"; failure: Failure }
  | Stop;

/** Nothing more is sent in this run. */
interface Stop {
  next: "stop";
  result: "failed" | "refused" | "not-sent" | "unknown";
  failure: Failure;
  /** Whose doing the stop is: the service refused, nothing gets through, or it asks for too long a wait. */
  by: "service" | "network" | "wait";
  message: string;
  hint: string;
}

type Answered = Extract<Answer, { kind: "answered" }>;

/** Refused for good by the decision table. */
const FAILED = new Set([400, 404, 411, 413, 415, 422]);
/** Said of the request line, the way or the headers before anything is done (RFC 9110 §15.5, RFC 6585 §5). */
const FAILED_BEFORE_ACTION = new Set([405, 407, 410, 414, 417, 421, 426, 431]);

/** Ends every hint of a run that stopped early. */
export const RESUME = "run the same command again: what is uploaded is not sent again";

/**
 * The decision table for one POST (reliability: Decision table).
 *
 * | answer | next | recorded as | waits |
 * |---|---|---|---|
 * | nothing was sent, fewer than 5 in a row | retry | not-sent | the pool, full jitter |
 * | nothing was sent, the 5th in a row | stop (network) | not-sent | |
 * | 2xx, valid id, never seen | done | uploaded | |
 * | 2xx, valid id, seen before | unknown | unknown | |
 * | 2xx without a valid id | unknown | unknown | |
 * | 429 | retry | refused | the pool, max(Retry-After, back-off) |
 * | 503 with Retry-After | retry | refused | the pool, max(Retry-After, full jitter) |
 * | 408, 425 | retry | refused | this row, full jitter; with Retry-After as 503 |
 * | any of these retries at the last attempt | fail | failed | as the retry would |
 * | any of these with Retry-After over `maxWaitMs` | stop (wait) | refused | |
 * | 400, 404, 411, 413, 415, 422 | fail | failed | |
 * | 405, 407, 410, 414, 417, 421, 426, 431 | fail | failed | |
 * | 401, 403, 3xx but 303 | stop (service) | failed | |
 * | 303: by RFC 9110 §15.4.4 the POST was carried out | stop (service) | unknown | |
 * | 503 without Retry-After, other 5xx, any other status | unknown | unknown | |
 * | lost after the first byte | unknown | unknown | |
 *
 * `Retry-After` counts in the lines that name it and in no other.
 */
export function decideNext(answer: Answer, context: DecisionContext): Decision {
  if (answer.kind === "lost") return unknown(localFailure(answer.message));
  if (answer.kind === "not-sent") return decideNotSent(answer.message, context);
  const { httpStatus } = answer;
  if (isBetween(httpStatus, 200, 299)) return decideSuccess(answer, context);
  const failure = failureOf(answer);
  if (httpStatus === 429 || httpStatus === 408 || httpStatus === 425) {
    return decideRetry(answer, failure, context);
  }
  if (httpStatus === 503 && answer.retryAfterMs !== null) {
    return decideRetry(answer, failure, context);
  }
  if (FAILED.has(httpStatus) || FAILED_BEFORE_ACTION.has(httpStatus)) {
    return { next: "fail", result: "failed", failure, wait: undefined };
  }
  return decideRefusal(httpStatus, failure);
}

function decideNotSent(message: string, context: DecisionContext): Decision {
  const failure = localFailure(message);
  if (context.streak >= NOT_SENT_LIMIT) {
    return {
      next: "stop",
      result: "not-sent",
      failure,
      by: "network",
      message: `${context.streak} requests in a row could not be sent: ${message}`,
      hint: `check the network and --host, then ${RESUME}`,
    };
  }
  const wait = { delayMs: backOffMs(context.streak, context.random), wholePool: true };
  if (context.attempt >= context.maxAttempts)
    return { next: "fail", result: "failed", failure, wait };
  return { next: "retry", result: "not-sent", failure, wait };
}

function decideSuccess(answer: Answered, context: DecisionContext): Decision {
  const { graphicId } = answer;
  if (graphicId === null) {
    return unknown(failureOf(answer, "the answer holds no valid graphic id"));
  }
  if (context.isKnownId(graphicId)) {
    return unknown(
      failureOf(answer, `the answer repeats graphic id ${graphicId} of another upload`),
    );
  }
  return { next: "done", result: "uploaded", graphicId, url: answer.url ?? "" };
}

function decideRetry(answer: Answered, failure: Failure, context: DecisionContext): Decision {
  const { retryAfterMs } = answer;
  if (retryAfterMs !== null && retryAfterMs > context.maxWaitMs) {
    const wait = formatSeconds(retryAfterMs);
    return {
      next: "stop",
      result: "refused",
      failure,
      by: "wait",
      message: `the service asks to wait ${wait}, over this run's limit of ${formatSeconds(context.maxWaitMs)}: ${formatFailure(failure)}`,
      hint: `wait ${wait}, then ${RESUME}`,
    };
  }
  const ownMs =
    answer.httpStatus === 429
      ? throttledBackOffMs(context.streak, context.random)
      : backOffMs(context.attempt, context.random);
  const wait = {
    delayMs: Math.ceil(Math.max(retryAfterMs ?? 0, ownMs)),
    wholePool: answer.httpStatus === 429 || retryAfterMs !== null,
  };
  if (context.attempt >= context.maxAttempts)
    return { next: "fail", result: "failed", failure, wait };
  return { next: "retry", result: "refused", failure, wait };
}

function decideRefusal(httpStatus: number, failure: Failure): Decision {
  const message = formatFailure(failure);
  const stop = { next: "stop", result: "failed", failure, by: "service", message } as const;
  if (httpStatus === 401) {
    return { ...stop, hint: `check the token (QUALTRICS_API_KEY or --token-file), then ${RESUME}` };
  }
  if (httpStatus === 403) {
    return { ...stop, hint: `ask for access to the library or check --library, then ${RESUME}` };
  }
  if (isBetween(httpStatus, 300, 399)) {
    const result = httpStatus === 303 ? "unknown" : "failed";
    return { ...stop, result, hint: `check --host: redirects are not followed; then ${RESUME}` };
  }
  return unknown(failure);
}

function unknown(failure: Failure): Decision {
  return { next: "unknown", result: "unknown", failure };
}

function failureOf(answer: Answered, message?: string): Failure {
  return {
    httpStatus: answer.httpStatus,
    errorCode: answer.error?.code ?? null,
    message: message ?? answer.error?.message ?? "no message from the service",
    requestId: answer.error?.requestId ?? null,
  };
}

function isBetween(value: number, first: number, last: number): boolean {
  return value >= first && value <= last;
}

function formatSeconds(durationMs: number): string {
  return `${Math.ceil(durationMs / 1000)} s`;
}
