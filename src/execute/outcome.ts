/** What is told of a request that was not done, or of what is odd about it; the ledger keeps the same fields. */
export interface Failure {
  /** Null where there was no answer. */
  httpStatus: number | null;
  /** `meta.error.errorCode`, e.g. `MFDP_3`; null where the service gave none. */
  errorCode: string | null;
  message: string;
  /** `meta.requestId`; null where absent or empty. */
  requestId: string | null;
}

/** A whole answer. */
export interface Answered {
  kind: "answered";
  httpStatus: number;
  /** Set only for a 2xx to an upload whose body holds a valid id. */
  graphicId: string | null;
  /** `Retry-After` as milliseconds from the answer's arrival; null when absent or unreadable. */
  retryAfterMs: number | null;
  /** Null where the service did what it was asked, and nothing else is said. */
  error: Failure | null;
  /** `meta.notice`, e.g. the "use this host instead" text. */
  notice: string | null;
  /** `meta.warning` of a request that was done: what it did besides. */
  warning: Failure | null;
}

/**
 * A request without a whole answer (reliability: Facts):
 * - `not-sent`: no byte was written, so nothing happened at the service.
 * - `lost`: bytes were written: anything may have happened.
 */
export interface Unanswered {
  kind: "not-sent" | "lost";
  message: string;
  /** What the user can put right. */
  remedy?: string;
  /** Sending again is of no use before that is done. */
  isLasting?: true;
}

/** How one request ended, by how far it got. */
export type Answer = Unanswered | Answered;

/** How one attempt ended, as the ledger keeps it. */
export interface AttemptOutcome extends Omit<Failure, "message"> {
  /**
   * `uploaded`: an id came back. `deleted`: the graphic is gone. `refused`: the service certainly did nothing (it may
   * be tried again). `not-sent`: no byte left. `failed`: refused for good. `unknown`: it may have been done.
   */
  result: "uploaded" | "deleted" | "refused" | "not-sent" | "failed" | "unknown";
  /** Set where an upload brought a graphic, and `url` with it. */
  graphicId: string | null;
  url: string | null;
  message: string | null;
  /** ISO 8601. */
  finishedAt: string;
}

/**
 * A failure as the user reads it: HTTP status, service code, message and request id, each where known. Made
 * from the recorded fields alone, so the ledger gives the same text again.
 */
export function formatFailure(failure: Failure): string {
  const status = failure.httpStatus === null ? "" : `HTTP ${failure.httpStatus}`;
  const head = [status, failure.errorCode ?? ""].filter((part) => part !== "").join(" ");
  const text = head === "" ? failure.message : `${head}: ${failure.message}`;
  return failure.requestId === null ? text : `${text} (request id ${failure.requestId})`;
}

/** A failure the service said nothing of. */
export function localFailure(message: string): Failure {
  return { httpStatus: null, errorCode: null, message, requestId: null };
}

/** What an exception says, whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What became of one row or graphic in this run; each starts as `not-run` and is overwritten. */
export type Outcome =
  | { status: "uploaded"; graphicId: string; url: string; uploadedAt: string }
  | { status: "deleted" }
  | { status: "failed"; error: string }
  | { status: "unknown"; error: string }
  | { status: "not-run"; error: string };

/** How a row stands: the `status` column of the results. */
export type Standing = Exclude<Outcome["status"], "deleted">;

/** How a row ended in one run. */
export type Status = Standing | "unchanged";

/** What is said of a row whose latest upload failed while an earlier one has got no answer. */
export function stillUnknown(error: string): string {
  return `${error}; an earlier upload got no answer`;
}

/** Why a run ended before its last row, and what the user can do. */
export interface Stopped {
  by: "user" | "service" | "network" | "wait" | "ledger" | "canary" | "failures";
  message: string;
  hint: string;
}

/** How long all rows wait (`wholePool`), or this row alone, before the next request. */
export interface Wait {
  delayMs: number;
  wholePool: boolean;
}

/** What follows from one request; `result` is what the ledger keeps of the attempt. */
export type NextStep =
  | { next: "done"; result: "uploaded"; graphicId: string }
  | { next: "done"; result: "deleted"; graphicId: null }
  | { next: "retry"; result: "refused" | "not-sent" | "unknown"; failure: Failure; wait: Wait }
  /** The row is over; the pool still waits where the last answer asked for it. */
  | { next: "end"; result: "failed" | "unknown"; failure: Failure; wait?: Wait }
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

/** Ends every hint of a run that stopped early. */
export function resumeHint(isIdempotent: boolean): string {
  const why = isIdempotent ? "what is deleted stays deleted" : "what is uploaded is not sent again";
  return `run the same command again: ${why}`;
}
