import type { PlannedRow } from "../plan/planned-row.ts";

/** How one attempt ended, as the ledger keeps it. */
export interface AttemptOutcome {
  /**
   * `uploaded`: an id came back. `refused`: the service certainly did not take it (it may be tried again).
   * `not-sent`: no byte left. `failed`: refused for good. `unknown`: it may have landed.
   */
  result: "uploaded" | "refused" | "not-sent" | "failed" | "unknown";
  graphicId: string | null;
  url: string | null;
  httpStatus: number | null;
  errorCode: string | null;
  message: string | null;
  requestId: string | null;
  /** ISO 8601. */
  finishedAt: string;
}

/**
 * What the executor asks of the ledger. Each promise resolves once its write is durable and rejects when
 * it cannot be made so; after a rejection nothing more may be sent. Writes become durable in the order they are
 * asked for, or together.
 */
export interface Recorder {
  /** Before the first byte of an attempt; returns the attempt's id. */
  intent(upload: PlannedRow, attempt: number): Promise<number>;
  /** After the attempt, before the row is reported. */
  outcome(attemptId: number, outcome: AttemptOutcome): Promise<void>;
  /** A row that failed before anything was sent (its file changed or vanished). */
  unsent(upload: PlannedRow, message: string): Promise<void>;
}
