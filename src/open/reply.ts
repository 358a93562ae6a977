import type { ServerResponse } from "node:http";
import { UserError } from "../user-error.ts";
import { refusalOf } from "./hints.ts";
import type { Events } from "./run-api.ts";
import type { Refusal } from "./sheet-api.ts";

/** What is sent back. */
export interface Reply {
  status: number;
  contentType: string;
  body: string | Uint8Array;
  headers?: Readonly<Record<string, string>>;
}

/** Headers of every answer: nothing is kept, guessed, framed, or told to other sites. */
const ALWAYS = {
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "cross-origin-resource-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
};

/** For everything that is not a page. */
const NO_CONTENT_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox";

/** Sends an answer; a client that went away misses it. */
export function sendReply(response: ServerResponse, reply: Reply): void {
  const { status, contentType, body, headers } = reply;
  response.writeHead(status, {
    ...ALWAYS,
    "content-security-policy": NO_CONTENT_POLICY,
    "content-type": contentType,
    "content-length": Buffer.byteLength(body),
    ...headers,
  });
  response.end(body);
}

/** A document of the API. */
export function jsonReply(document: unknown, status = 200): Reply {
  const contentType = "application/json; charset=utf-8";
  return { status, contentType, body: JSON.stringify(document) };
}

/** The codes that are no fault of the user's input; every other is 422. */
const STATUS_OF: Readonly<Record<string, number>> = {
  MALFORMED: 400,
  NOT_SIGNED_IN: 401,
  FOREIGN_REQUEST: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  STALE: 409,
  BUSY: 409,
  COUNTS_CHANGED: 409,
  OTHERS_ASKED: 409,
  LEDGER_LOCKED: 409,
  TOO_LARGE: 413,
  WRONG_TYPE: 415,
};

/** A `UserError` as an answer, by its code. */
export function refuse(error: UserError): Reply {
  return jsonReply(
    { version: 1, error: refusalOf(error) } satisfies Refusal,
    STATUS_OF[error.code] ?? 422,
  );
}

/** A request that asks for nothing there is. */
export function notFound(what: string): UserError {
  return new UserError("NOT_FOUND", `there is no ${what}`, { hint: "reload the page" });
}

/** Proxies and sleeping computers leave streams without a reader: this finds them. */
const BEAT_MS = 15_000;

/** A page that does not read has so much waiting for it, in bytes, and then loses its stream; it asks anew. */
const MOST_WAITING_BYTES = 32 * 1024 * 1024;

/** The pages that listen, each by a stream of server-sent events. */
export class Streams {
  readonly #open = new Set<ServerResponse>();
  readonly #beat: NodeJS.Timeout;

  constructor() {
    this.#beat = setInterval(() => this.#write(": beat\n\n"), BEAT_MS).unref();
  }

  get count(): number {
    return this.#open.size;
  }

  /** Opens a stream; its first event is `state`. */
  add(response: ServerResponse, first: Events["state"]): void {
    response.writeHead(200, {
      ...ALWAYS,
      "content-type": "text/event-stream; charset=utf-8",
    });
    this.#open.add(response);
    response.on("close", () => this.#open.delete(response));
    response.write(format("state", first));
  }

  send<Name extends keyof Events>(name: Name, data: Events[Name]): void {
    if (this.#open.size > 0) this.#write(format(name, data));
  }

  close(): void {
    clearInterval(this.#beat);
    for (const response of this.#open) response.end();
  }

  #write(text: string): void {
    for (const response of this.#open) {
      if (response.writableLength > MOST_WAITING_BYTES) response.destroy();
      else response.write(text);
    }
  }
}

function format(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
