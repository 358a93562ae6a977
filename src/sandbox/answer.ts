import { randomUUID } from "node:crypto";
import { STATUS_CODES } from "node:http";

/** One whole answer, ready to be sent; `content-length` is added by the sender. */
export interface Answer {
  status: number;
  contentType: string;
  body: string | Buffer;
  headers?: Readonly<Record<string, string>>;
}

/** What may stand in `meta` beside the status and the request id (qualtrics-api: Answers). */
export interface MetaDetails {
  notice?: string | undefined;
  error?: { errorMessage: string; errorCode?: string | undefined };
}

/** `meta` in the recorded order of keys: status, error, request id, then a notice. */
function meta(status: number, details: MetaDetails): Record<string, unknown> {
  return {
    httpStatus: `${status} - ${STATUS_CODES[status] ?? "Unknown"}`,
    ...(details.error && { error: details.error }),
    requestId: randomUUID(),
    ...(details.notice !== undefined && { notice: details.notice }),
  };
}

/** Any value as JSON; the service's own answers go through `resultAnswer` and `errorAnswer`. */
export function jsonAnswer(status: number, value: unknown): Answer {
  return { status, contentType: "application/json", body: JSON.stringify(value) };
}

/** A success; `result` is left out where it is undefined, as for a delete. */
export function resultAnswer(result: unknown, details: MetaDetails = {}, status = 200): Answer {
  return jsonAnswer(status, { result, meta: meta(status, details) });
}

/** An error in the recorded shape; `errorCode` is absent where the service gives none. */
export function errorAnswer(
  status: number,
  errorCode: string | undefined,
  errorMessage: string,
  notice?: string,
): Answer {
  const error = { errorMessage, ...(errorCode !== undefined && { errorCode }) };
  return jsonAnswer(status, { meta: meta(status, { error, notice }) });
}
