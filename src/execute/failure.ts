import type { AttemptOutcome } from "./record.ts";

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

/** What an exception says, whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
