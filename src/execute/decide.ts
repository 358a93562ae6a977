import type { Effects, Settings } from "./effects.ts";
import {
  type Answer,
  type Answered,
  type Failure,
  formatFailure,
  localFailure,
  type NextStep,
  resumeHint,
  type Unanswered,
  type Wait,
} from "./outcome.ts";
import { backOffMs, throttledBackOffMs } from "./retry.ts";

/** What a decision depends on besides the answer. */
export interface DecisionContext
  extends Pick<Settings, "maxAttempts" | "maxWaitMs">,
    Pick<Effects<never>, "isIdempotent" | "random"> {
  /** Whether the request was sent with a key by which the service knows it again. */
  isKeyed?: boolean;
  /** 1 for a row's first request. */
  attempt: number;
  /** Failures of this answer's kind (nothing sent, 429) in a row over the whole pool, this one included. */
  streak: number;
  /** Whether a graphic id stands in the ledger or came back earlier in this run. */
  isKnownId(graphicId: string): boolean;
}

/** So many failures to send anything, with no answer between them, stop the run. */
const NOT_SENT_LIMIT = 5;

/**
 * Refused for good. Beside what reliability names, what is said of the request line, the way or the headers before
 * anything is done (RFC 9110 §15.5, RFC 6585 §5).
 */
const FAILED = new Set([400, 405, 407, 411, 413, 414, 415, 417, 421, 422, 426, 431]);
/** Nothing with that id is there any more, whoever deleted it. */
const GONE = new Set([404, 410]);

const DELETED: NextStep = { next: "done", result: "deleted", graphicId: null };

/**
 * The decision table (reliability: Decision table). A POST that may have been carried out is not sent again; a DELETE
 * is simply asked again, and then answered 404 (RFC 9110 §9.2.2). A POST with a key is asked again where its answer was
 * lost, with the same key; see docs/decisions/0010-keys.md.
 *
 * | answer | POST | DELETE | recorded as | waits |
 * |---|---|---|---|---|
 * | nothing was sent, and only the user can put that right | stop (network) | stop | not-sent | |
 * | nothing was sent, fewer than 5 in a row | retry | retry | not-sent | the pool, full jitter |
 * | nothing was sent, the 5th in a row | stop (network) | stop | not-sent | |
 * | 2xx | | done | deleted | |
 * | 2xx, valid id, never seen, no error | done | | uploaded | |
 * | 2xx without a valid id, with an error, with an id seen before | end | | unknown | |
 * | 404, 410, and 400 about the token; any of them about the library | stop (service) | see below | failed | |
 * | 404, 410 | | done | deleted | |
 * | 429 | retry | retry | refused | the pool, max(Retry-After, back-off) |
 * | 503 with Retry-After | retry | retry | refused | the pool, max(Retry-After, full jitter) |
 * | 425 | retry | retry | refused | this row, full jitter; with Retry-After as 503 |
 * | 408 | end: unknown; with a key retry | retry | refused; of a POST unknown | as 425; of a POST as below |
 * | any of these with Retry-After over `maxWaitMs` | stop (wait) | stop | refused | |
 * | any of these retries at the last attempt | end | end | failed | as the retry would |
 * | 400, 405, 407, 411, 413, 414, 415, 417, 421, 422, 426, 431 | end | end | failed | |
 * | 401, 403, 3xx but 303 | stop (service) | stop | failed | |
 * | 303: by RFC 9110 §15.4.4 the POST was carried out | stop (service): unknown | stop | failed | |
 * | any other below 500 | end: unknown | end | failed | |
 * | 503 without Retry-After, any other; lost after the first byte | end; with a key retry | retry | unknown | this row, full jitter; of a POST the last quarter of it |
 *
 * An earlier request with the same key that got no answer may have been carried out, so where one of them did not, the
 * row is unknown however the others ended, unless one brings an id (retry.ts).
 *
 * `Retry-After` counts in the lines that name it and in no other.
 */
export function decideNext(answer: Answer, context: DecisionContext): NextStep {
  if (answer.kind !== "answered") return decideUnanswered(answer, context);
  const { isIdempotent } = context;
  const { httpStatus } = answer;
  if (isBetween(httpStatus, 200, 299)) {
    return isIdempotent ? DELETED : decideUploaded(answer, context);
  }
  const failure = failureOf(answer);
  if (isRefusedForAll(answer, isIdempotent))
    return stopByService(httpStatus, failure, isIdempotent);
  if (isIdempotent && GONE.has(httpStatus)) return DELETED;
  if (isNotNow(answer, isIdempotent)) return decideNotNow(answer, failure, context);
  if (FAILED.has(httpStatus)) return { next: "end", result: "failed", failure };
  // What a service says of a key (409: still busy with it, or known for something else) is for a person to look at.
  const isLost = httpStatus >= 500 || httpStatus === 408;
  if (isIdempotent && httpStatus < 500) return { next: "end", result: "failed", failure };
  return decideDoubtful(failure, isLost ? context : { ...context, isKeyed: false });
}

function decideUnanswered(
  { kind, message, remedy = "check the network and --host", isLasting }: Unanswered,
  context: DecisionContext,
): NextStep {
  const failure = localFailure(message);
  if (kind === "lost") return decideDoubtful(failure, context);
  const { streak, random, isIdempotent } = context;
  if (!isLasting && streak < NOT_SENT_LIMIT) {
    const wait = { delayMs: backOffMs(streak, random), wholePool: true };
    return retryUnlessLast("not-sent", failure, wait, context);
  }
  // The next request would meet the same.
  const inARow = `${streak} requests in a row could not be sent: ${message}`;
  return {
    next: "stop",
    result: "not-sent",
    failure,
    by: "network",
    message: isLasting ? message : inARow,
    hint: `${remedy}, then ${resumeHint(isIdempotent)}`,
  };
}

function retryUnlessLast(
  result: "not-sent" | "refused",
  failure: Failure,
  wait: Wait,
  context: DecisionContext,
): NextStep {
  if (isLast(context)) return { next: "end", result: "failed", failure, wait };
  return { next: "retry", result, failure, wait };
}

/** It may have been carried out. */
function decideDoubtful(failure: Failure, context: DecisionContext): NextStep {
  const { isIdempotent, isKeyed, attempt, random } = context;
  const mayRepeat = isIdempotent || isKeyed;
  if (!mayRepeat || isLast(context)) return { next: "end", result: "unknown", failure };
  // The service may still be busy with the upload that it did not answer: it gets a moment.
  const delayMs = isKeyed ? throttledBackOffMs(attempt, random) : backOffMs(attempt, random);
  const wait = { delayMs, wholePool: false };
  return { next: "retry", result: "unknown", failure, wait };
}

function decideUploaded(answer: Answered, { isKnownId }: DecisionContext): NextStep {
  const { graphicId, error } = answer;
  const unknown = (message: string): NextStep => {
    return { next: "end", result: "unknown", failure: { ...failureOf(answer), message } };
  };
  if (graphicId === null) return unknown("the answer holds no valid graphic id");
  if (error)
    return unknown(`the answer holds graphic id ${graphicId} and an error: ${error.message}`);
  if (isKnownId(graphicId)) {
    return unknown(`the answer repeats graphic id ${graphicId} of another upload`);
  }
  return { next: "done", result: "uploaded", graphicId };
}

/**
 * Whether every other request of the run would be answered the same: the token, the library or the host is wrong. All
 * uploads go to one path, the library's, so where that is not there (404) no row can land. Which code the service has
 * for that is not known (qualtrics-api: Answers): its text counts, too.
 */
function isRefusedForAll({ httpStatus, error }: Answered, isIdempotent: boolean): boolean {
  if (httpStatus === 401 || httpStatus === 403 || isBetween(httpStatus, 300, 399)) return true;
  if (!isIdempotent && GONE.has(httpStatus)) return true;
  if (httpStatus !== 400 && !GONE.has(httpStatus)) return false;
  return ABOUT_ACCESS.test(error?.errorCode ?? "") || /\blibrary\b/i.test(error?.message ?? "");
}

const ABOUT_ACCESS = /^(ATP|AuthZ|DCD)_/i;

/** Whether the service certainly did nothing, and says that it may later. */
function isNotNow({ httpStatus, retryAfterMs }: Answered, isIdempotent: boolean): boolean {
  if (httpStatus === 503) return retryAfterMs !== null;
  return httpStatus === 429 || httpStatus === 425 || (httpStatus === 408 && isIdempotent);
}

function decideNotNow(
  { httpStatus, retryAfterMs }: Answered,
  failure: Failure,
  context: DecisionContext,
): NextStep {
  if (retryAfterMs !== null && retryAfterMs > context.maxWaitMs) {
    const wait = formatSeconds(retryAfterMs);
    return {
      next: "stop",
      result: "refused",
      failure,
      by: "wait",
      message: `the service asks to wait ${wait}, over this run's limit of ${formatSeconds(context.maxWaitMs)}: ${formatFailure(failure)}`,
      hint: `wait ${wait}, then ${resumeHint(context.isIdempotent)}`,
    };
  }
  const ownMs =
    httpStatus === 429
      ? throttledBackOffMs(context.streak, context.random)
      : backOffMs(context.attempt, context.random);
  const wait = {
    delayMs: Math.ceil(Math.max(retryAfterMs ?? 0, ownMs)),
    wholePool: httpStatus === 429 || retryAfterMs !== null,
  };
  return retryUnlessLast("refused", failure, wait, context);
}

const REMEDIES = new Map([
  [400, "check the token and --library (`qgfx libraries` lists yours)"],
  [401, "check the token (QUALTRICS_API_KEY or --token-file)"],
  [404, "check --library (`qgfx libraries` lists yours)"],
  [410, "check --library (`qgfx libraries` lists yours)"],
]);

function stopByService(httpStatus: number, failure: Failure, isIdempotent: boolean): NextStep {
  const isCarriedOut = httpStatus === 303 && !isIdempotent;
  const access = isIdempotent
    ? "ask for the right to delete from the library"
    : "ask for access to the library or check --library";
  const remedy = isBetween(httpStatus, 300, 399)
    ? "check --host: redirects are not followed"
    : (REMEDIES.get(httpStatus) ?? access);
  return {
    next: "stop",
    result: isCarriedOut ? "unknown" : "failed",
    failure,
    by: "service",
    message: formatFailure(failure),
    hint: `${remedy}, then ${resumeHint(isIdempotent)}`,
  };
}

function isLast({ attempt, maxAttempts }: DecisionContext): boolean {
  return attempt >= maxAttempts;
}

function failureOf({ httpStatus, error }: Answered): Failure {
  return error ?? { ...localFailure("no message from the service"), httpStatus };
}

function isBetween(value: number, first: number, last: number): boolean {
  return value >= first && value <= last;
}

function formatSeconds(durationMs: number): string {
  return `${Math.ceil(durationMs / 1000)} s`;
}
