import type { ServerResponse } from "node:http";
import type { Answer } from "./answer.ts";

/** How a request ends: answered, dropped without an answer, or cut half-way through its answer. */
export type Reply =
  | { kind: "answer"; answer: Answer }
  | { kind: "drop"; how: Ending }
  | { kind: "half-answer"; answer: Answer; how: Ending };

/** RST or FIN. */
export type Ending = "reset" | "close";

/** Shorthand for the ordinary reply. */
export function answered(answer: Answer): Reply {
  return { kind: "answer", answer };
}

/** Ends the request that way. */
export function sendReply(response: ServerResponse, reply: Reply): void {
  if (reply.kind === "answer") sendAnswer(response, reply.answer);
  else if (reply.kind === "drop") endConnection(response, reply.how);
  else sendHalf(response, reply.answer, reply.how);
}

function sendAnswer(response: ServerResponse, answer: Answer): void {
  const body = toBytes(answer);
  response.writeHead(answer.status, headersOf(answer, body));
  response.end(body);
}

function sendHalf(response: ServerResponse, answer: Answer, how: Ending): void {
  const body = toBytes(answer);
  response.writeHead(answer.status, headersOf(answer, body));
  const half = body.subarray(0, Math.ceil(body.length / 2));
  response.write(half, () => endConnection(response, how));
}

function endConnection(response: ServerResponse, how: Ending): void {
  if (how === "reset") response.socket?.resetAndDestroy();
  else response.socket?.destroySoon();
}

function toBytes({ status, body }: Answer): Buffer {
  if (status === 204 || status === 304) return Buffer.alloc(0);
  return typeof body === "string" ? Buffer.from(body) : body;
}

/** A 204 has neither type nor length (RFC 9110 §8.6). */
function headersOf(answer: Answer, body: Buffer): Record<string, string | number> {
  if (answer.status === 204) return { ...answer.headers };
  return {
    ...answer.headers,
    "content-type": answer.contentType,
    "content-length": body.length,
  };
}
