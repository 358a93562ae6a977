import type { Effects, Settings } from "./effects.ts";
import type { Failure } from "./outcome.ts";

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

/** How long nobody (`wholePool`), or only this row, sends again. */
export interface Wait {
  delayMs: number;
  wholePool: boolean;
}

/** What follows from one request; `result` is what the ledger keeps of the attempt. */
export type Decision =
  | { next: "done"; result: "uploaded"; graphicId: string }
  | { next: "done"; result: "deleted"; graphicId: null }
  | { next: "retry"; result: "refused" | "not-sent" | "unknown"; failure: Failure; wait: Wait }
  /** The row is over; the pool still waits where the last answer asked for it. */
  | { next: "end"; result: "failed" | "unknown"; failure: Failure; wait?: Wait }
  | Stop;

/** Nothing more is sent in this run. */
export interface Stop {
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
