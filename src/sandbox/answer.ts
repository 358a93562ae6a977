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
export type Ending = "reset" | "close";

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
