/** How one DELETE ended, as the ledger keeps it. */
export interface DeletionOutcome {
  /**
   * `deleted`: the graphic is gone. `refused`: not now, it may be tried again. `not-sent`: no byte left.
   * `failed`: refused for good. `unknown`: it may be gone; asking again tells.
   */
  result: "deleted" | "refused" | "not-sent" | "failed" | "unknown";
  httpStatus: number | null;
  errorCode: string | null;
  message: string | null;
  requestId: string | null;
  /** ISO 8601. */
  finishedAt: string;
}

/** What the executor of deletions asks of the ledger; as `Recorder`, each promise resolves once it is durable. */
export interface DeletionRecorder {
  /** Before the first byte of an attempt; returns the attempt's id. */
  intent(graphicId: string, attempt: number): Promise<number>;
  /** After the attempt, before it is reported. */
  outcome(attemptId: number, graphicId: string, outcome: DeletionOutcome): Promise<void>;
}
