import type { IncomingHttpHeaders } from "node:http";
import { type Dispatcher, Pool } from "undici";
import type { Unanswered } from "../execute/outcome.ts";
import { connectorTo, DIRECT, type Network } from "./network.ts";
import { describeTrouble, type Remedy, remedyFor } from "./network-trouble.ts";

/** Bounds of one request; the defaults are `LIMITS`. */
export interface Limits {
  connectTimeoutMs: number;
  /** Of a whole attempt: this, and one second more for every `bytesPerExtraSecond` sent. */
  baseDeadlineMs: number;
  bytesPerExtraSecond: number;
  /** A connection idle for longer is closed, whatever the server's Keep-Alive promises. */
  idleMs: number;
  /** A longer answer is not read to its end. */
  answerBytes: number;
}

/**
 * 32 KB/s is a poor uplink: a 5 MB picture gets 190 s. Idle connections go after a second, for a reset
 * on a reused one cannot be told from a lost answer (reliability: Facts). Answers are some 200 bytes.
 */
export const LIMITS: Limits = {
  connectTimeoutMs: 10_000,
  baseDeadlineMs: 30_000,
  bytesPerExtraSecond: 32 * 1024,
  idleMs: 1_000,
  answerBytes: 1024 * 1024,
};

/** What goes out; headers as a flat list of names and values. */
export interface Request {
  method: "GET" | "POST" | "DELETE";
  path: string;
  headers: string[];
  body: Buffer | null;
}

/** How a request ended, by how far it got. Never an error thrown. */
export type Reply =
  | Unanswered
  | { kind: "whole"; httpStatus: number; headers: IncomingHttpHeaders; body: Buffer };

/** Sends requests to one origin over at most `connections` connections, one at a time on each. */
export interface Exchange {
  send(request: Request): Promise<Reply>;
  /** Requests that have no answer yet. */
  readonly underWay: number;
  /** Resolves once requests under way have ended. */
  close(): Promise<void>;
}

/** How an exchange gets to its origin, and until when. */
export interface ExchangeWays {
  giveUp?: AbortSignal | undefined;
  network?: Network | undefined;
}

/** Why a request has no answer: nobody waited for it. */
const GIVEN_UP = "the run was stopped before an answer came";

/**
 * Opens an exchange; no connection is made before the first request. Redirects are not followed. Once `giveUp` aborts,
 * what is under way ends at once, `lost` or `not-sent`, and nothing more is sent.
 */
export function openExchange(
  origin: string,
  connections: number,
  limits: Limits,
  { giveUp, network = DIRECT }: ExchangeWays = {},
): Exchange {
  const pool = new Pool(origin, {
    connections,
    pipelining: 1,
    connect: connectorTo(origin, network, limits.connectTimeoutMs),
    keepAliveTimeout: limits.idleMs,
    keepAliveMaxTimeout: limits.idleMs,
    // How long before a server's own promise ends; its default of 2 s would undo short promises.
    keepAliveTimeoutThreshold: limits.idleMs / 2,
    maxResponseSize: limits.answerBytes,
    // The attempt's own deadline covers both.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  const underWay = new Set<Attempt>();
  giveUp?.addEventListener("abort", () => {
    for (const attempt of underWay) attempt.giveUp(GIVEN_UP);
  });
  let closing: Promise<void> | undefined;

  const send = async (request: Request): Promise<Reply> => {
    if (closing) return { kind: "not-sent", message: "client closed" };
    if (giveUp?.aborted) return { kind: "not-sent", message: GIVEN_UP };
    const attempt = new Attempt(deadlineMs(request.body, limits));
    underWay.add(attempt);
    pool.dispatch(request, attempt);
    return attempt.reply.finally(() => underWay.delete(attempt));
  };

  // Not `pool.close()`: it also waits for requests given up while their connection was being made.
  const shut = async (): Promise<void> => {
    await Promise.all([...underWay].map(({ reply }) => reply));
    await pool.destroy();
  };
  return {
    send,
    get underWay() {
      return underWay.size;
    },
    close: () => (closing ??= shut()),
  };
}

// Whole seconds: timers of few lengths cost Node less than thousands of lengths.
function deadlineMs(body: Buffer | null, limits: Limits): number {
  const extraSeconds = Math.floor((body?.length ?? 0) / limits.bytesPerExtraSecond);
  return limits.baseDeadlineMs + extraSeconds * 1000;
}

/**
 * One request on its way. undici calls `onRequestStart` just before the first byte: before it nothing
 * was sent, after it anything may have happened (reliability: Facts).
 */
class Attempt implements Dispatcher.DispatchHandler {
  /** Resolves by the deadline at the latest; never rejects. */
  readonly reply: Promise<Reply>;
  #resolve: (reply: Reply) => void = () => {};
  readonly #timer: NodeJS.Timeout;
  readonly #chunks: Buffer[] = [];
  #controller: Dispatcher.DispatchController | undefined;
  #settled = false;
  #httpStatus = 0;
  #headers: IncomingHttpHeaders = {};

  constructor(deadlineMs: number) {
    this.reply = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    const giveUp = () => this.giveUp(`no whole answer within ${deadlineMs / 1000} s`);
    // An answer that came while this thread was held up, by a disk say, is there to be read: it goes first.
    this.#timer = setTimeout(() => setImmediate(giveUp), deadlineMs);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Given up while it waited for a connection, or undici would send it again: not one byte of it.
    if (this.#settled || this.#controller) {
      controller.abort(new Error("attempt is over"));
      return;
    }
    this.#controller = controller;
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    httpStatus: number,
    headers: IncomingHttpHeaders,
  ): void {
    // Called for 1xx too; the last call is the answer's.
    this.#httpStatus = httpStatus;
    this.#headers = headers;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    this.#settle({
      kind: "whole",
      httpStatus: this.#httpStatus,
      headers: this.#headers,
      body: Buffer.concat(this.#chunks),
    });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#fail(describeTrouble(error), remedyFor(error));
  }

  /** Ends it without an answer, if it has none yet. */
  giveUp(message: string): void {
    if (this.#settled) return;
    this.#fail(message);
    this.#controller?.abort(new Error(message));
  }

  #fail(message: string, remedy?: Remedy): void {
    if (this.#controller) this.#settle({ kind: "lost", message });
    else this.#settle({ kind: "not-sent", message, ...remedy });
  }

  #settle(reply: Reply): void {
    if (this.#settled) return;
    this.#settled = true;
    clearTimeout(this.#timer);
    this.#resolve(reply);
  }
}
