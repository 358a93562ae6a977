import type { PlannedRow } from "../plan/planned-row.ts";

/** How one attempt ended, as the ledger keeps it. */
export interface AttemptOutcome {
  /**
   * `uploaded`: an id came back. `deleted`: the graphic is gone. `refused`: the service certainly did nothing (it may
   * be tried again). `not-sent`: no byte left. `failed`: refused for good. `unknown`: it may have been done.
   */
  result: "uploaded" | "deleted" | "refused" | "not-sent" | "failed" | "unknown";
  graphicId: string | null;
  url: string | null;
  httpStatus: number | null;
  errorCode: string | null;
  message: string | null;
  requestId: string | null;
  /** ISO 8601. */
  finishedAt: string;
}

/** How a DELETE ended: it brings no graphic. */
export type DeletionOutcome = Omit<AttemptOutcome, "graphicId" | "url">;

/**
 * What the executor asks of the ledger. Each promise resolves once its write is durable and rejects when
 * it cannot be made so; after a rejection nothing more may be sent. Writes become durable in the order they are
 * asked for, or together.
 */
export interface Recorder<Item = PlannedRow> {
  /** Before the first byte of an attempt; returns the attempt's id. */
  intent(item: Item, attempt: number): Promise<number>;
  /** After the attempt, before the item is reported. */
  outcome(attemptId: number, outcome: AttemptOutcome): Promise<void>;
  /** An item that failed before anything was sent (its file changed or vanished). */
  unsent(item: Item, message: string): Promise<void>;
}

/** What is told of an attempt that brought no id; the ledger keeps the same fields. */
export type Failure = Pick<AttemptOutcome, "httpStatus" | "errorCode" | "requestId"> & {
  message: string;
};

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
