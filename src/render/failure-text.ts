import { formatFailure } from "../execute/failure.ts";
import { escapeText } from "./escape.ts";

/** What the service said of an attempt, safe for a terminal; empty where nothing is recorded. */
export function formatFailureText(attempt: {
  httpStatus: number | null;
  errorCode: string | null;
  message: string | null;
  requestId: string | null;
}): string {
  const { message } = attempt;
  return message === null ? "" : escapeText(formatFailure({ ...attempt, message }));
}
