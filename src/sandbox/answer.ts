import { randomUUID } from "node:crypto";
import { type ServerResponse, STATUS_CODES } from "node:http";

/** One whole answer; `content-length` is added when it is sent. */
export interface Answer {
  status: number;
  contentType: string;
  body: string | Buffer;
  headers?: Readonly<Record<string, string>>;
}

/** How a request ends: answered, dropped without an answer, or cut half-way through its answer. */
export type Reply =
  | { kind: "answer"; answer: Answer }
  | { kind: "drop"; how: Ending }
  | { kind: "half-answer"; answer: Answer; how: Ending };

/** How a connection ends: RST or FIN. */
type Ending = "reset" | "close";

/** What may stand in `meta` beside the status and the request id (qualtrics-api: Answers). */
export interface MetaDetails {
  notice?: string | undefined;
  warning?: { warningMessage: string; warningCode?: string | undefined } | undefined;
  error?: { errorMessage: string; errorCode?: string | undefined };
}

/** `meta` in the recorded order of keys: status, error, request id, then a notice; a warning's place is assumed. */
function meta(status: number, details: MetaDetails): Record<string, unknown> {
  return {
    httpStatus: `${status} - ${STATUS_CODES[status] ?? "Unknown"}`,
    ...(details.error && { error: details.error }),
    requestId: randomUUID(),
    ...(details.notice !== undefined && { notice: details.notice }),
    ...(details.warning && { warning: details.warning }),
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

/** The ordinary reply. */
export function answered(answer: Answer): Reply {
  return { kind: "answer", answer };
}

/** Ends the request that way. Throws, with nothing sent, for a header that HTTP cannot carry. */
export function sendReply(response: ServerResponse, reply: Reply): void {
  if (reply.kind === "drop") {
    endConnection(response, reply.how);
    return;
  }
  const { answer } = reply;
  const body = bodyOf(answer);
  response.writeHead(answer.status, headersOf(answer, body));
  if (reply.kind === "answer") {
    response.end(body);
    return;
  }
  const half = body.subarray(0, Math.ceil(body.length / 2));
  response.write(half, () => endConnection(response, reply.how));
}

function endConnection(response: ServerResponse, how: Ending): void {
  if (how === "reset") response.socket?.resetAndDestroy();
  else response.socket?.destroySoon();
}

function bodyOf({ status, body }: Answer): Buffer {
  if (status === 204 || status === 304) return Buffer.alloc(0);
  return typeof body === "string" ? Buffer.from(body) : body;
}

/** A 204 has neither type nor length (RFC 9110 §8.6). */
function headersOf(answer: Answer, body: Buffer): Record<string, string | number> {
  if (answer.status === 204) return { ...answer.headers };
  return { ...answer.headers, "content-type": answer.contentType, "content-length": body.length };
}

/** The largest picture taken; the general limit of 5 MB, read as MiB (qualtrics-api: Upload). */
export const MAX_GRAPHIC_BYTES = 5 * 1024 * 1024;

/** The errors that real services were seen to give, word for word (qualtrics-api: Answers). */
const RECORDED = {
  "missing-content-type": [400, "MFDP_3", "Missing Content-Type for file part. name=file"],
  "missing-token": [400, "ATP_2", "Expected authorization in headers, but none provided."],
  "wrong-token": [401, "DCD_7", "Unrecognized X-API-TOKEN."],
  "unknown-route": [404, undefined, "The requested resource does not exist."],
} as const;

/**
 * The errors nobody has recorded, by their codes: status and sentence are the sandbox's guess, and the code says so.
 * The real service may answer otherwise; a client must not rely on more than the class of the status.
 *
 * Assumed as well, where no error follows:
 * - %22, %0D and %0A in a filename are undone and backslashes kept, or the other way round with `nameQuotes: backslash`
 * - header text that is not UTF-8 is read as Latin-1
 * - filename counts before filename*; filename* alone is decoded
 * - spaces around a filename or a folder are kept, and so is any other character
 * - an empty folder field means Uncategorized, and of several fields the first counts
 * - folder names are not nested, and their case counts
 * - deleting answers 200 with meta only
 * - the list of libraries has one library a page, so that a client has to follow nextPage
 * - the rate limit fills up evenly and lets a second's worth of requests through at once
 */
export const ASSUMED_ERRORS = {
  ASSUMED_UNKNOWN_LIBRARY: [404, "no library with this id"],
  ASSUMED_UNKNOWN_GRAPHIC: [404, "no graphic with this id"],
  ASSUMED_WRONG_METHOD: [405, "this route does not take this method"],
  ASSUMED_TOO_LARGE: [413, `a graphic may have at most ${MAX_GRAPHIC_BYTES} bytes`],
  ASSUMED_MALFORMED_MULTIPART: [
    413,
    "the body is not the multipart/form-data its Content-Type announces",
  ],
  ASSUMED_NOT_MULTIPART: [415, "expected a Content-Type of multipart/form-data"],
  ASSUMED_MISSING_FILE: [400, "expected a part named file"],
  ASSUMED_MISSING_FILENAME: [400, "the part named file has no filename"],
  ASSUMED_BAD_TYPE: [
    400,
    "the file part's Content-Type must be image/png, image/jpeg or image/gif",
  ],
  ASSUMED_KEY_REUSED: [422, "the Idempotency-Key came with another request before"],
  ASSUMED_REMOTE_UPLOAD: [400, "the sandbox fetches nothing, so it refuses uploads by fileUrl"],
  ASSUMED_STORE_FULL: [
    413,
    "the sandbox's memory is full; a sandbox with a store folder has no such limit",
  ],
  ASSUMED_FOREIGN_HOST: [421, "the sandbox answers to localhost, 127.0.0.1 and [::1] alone"],
  ASSUMED_RATE_LIMIT: [429, "Too Many Requests"],
  ASSUMED_SANDBOX_FAULT: [500, "the sandbox itself failed"],
} as const;

/** The recorded error of that name, with a request id of its own. */
export function recordedError(name: keyof typeof RECORDED): Answer {
  const [status, code, message] = RECORDED[name];
  return errorAnswer(status, code, message);
}

/** The assumed error of that code; `detail` tells what was received. */
export function assumedError(code: keyof typeof ASSUMED_ERRORS, detail?: string): Answer {
  const [status, message] = ASSUMED_ERRORS[code];
  return errorAnswer(status, code, detail === undefined ? message : `${message}: ${detail}`);
}

/** `Retry-After` as seconds or as a date (RFC 9110 §10.2.3), rounded up so that nobody comes back too early. */
export function formatRetryAfter(form: "seconds" | "date", waitMs: number, nowMs: number): string {
  if (form === "seconds") return String(Math.ceil(waitMs / 1000));
  return new Date(Math.ceil((nowMs + waitMs) / 1000) * 1000).toUTCString();
}
