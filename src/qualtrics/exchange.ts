import type { IncomingHttpHeaders } from "node:http";
import type { Socket } from "node:net";
import { buildConnector, type Dispatcher, Pool } from "undici";
import type { Unanswered } from "../execute/outcome.ts";
import { describeTrouble } from "./network-trouble.ts";

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
  /** Resolves once requests under way have ended. */
  close(): Promise<void>;
}

/** Opens an exchange; no connection is made before the first request. Redirects are not followed. */
export function openExchange(origin: string, connections: number, limits: Limits): Exchange {
  const pool = new Pool(origin, {
    connections,
    pipelining: 1,
    connect: connector(limits),
    keepAliveTimeout: limits.idleMs,
    keepAliveMaxTimeout: limits.idleMs,
    // How long before a server's own promise ends; its default of 2 s would undo short promises.
    keepAliveTimeoutThreshold: limits.idleMs / 2,
    maxResponseSize: limits.answerBytes,
    // The attempt's own deadline covers both.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  const underWay = new Set<Promise<Reply>>();
  let closing: Promise<void> | undefined;

  const send = async (request: Request): Promise<Reply> => {
    if (closing) return { kind: "not-sent", message: "client closed" };
    const reply = new Promise<Reply>((resolve) => {
      pool.dispatch(request, new Attempt(resolve, deadlineMs(request.body, limits)));
    });
    underWay.add(reply);
    return reply.finally(() => underWay.delete(reply));
  };

  // Not `pool.close()`: it also waits for requests given up while their connection was being made.
  const shut = async (): Promise<void> => {
    await Promise.allSettled(underWay);
    await pool.destroy();
  };
  return { send, close: () => (closing ??= shut()) };
}

/** Certificates are always checked: said here, NODE_TLS_REJECT_UNAUTHORIZED has no say. */
function connector(limits: Limits): buildConnector.connector {
  const connect = buildConnector({ timeout: limits.connectTimeoutMs, rejectUnauthorized: true });
  return (options, callback) =>
    connect(options, (...args) =>
      args[0] ? callback(args[0], null) : callback(null, watchAnswers(args[1])),
    );
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
  readonly #resolve: (reply: Reply) => void;
  readonly #timer: NodeJS.Timeout;
  readonly #chunks: Buffer[] = [];
  #controller: Dispatcher.DispatchController | undefined;
  #settled = false;
  #httpStatus = 0;
  #headers: IncomingHttpHeaders = {};

  /** `resolve` is called once, by the deadline at the latest. */
  constructor(resolve: (reply: Reply) => void, deadlineMs: number) {
    this.#resolve = resolve;
    const giveUp = () => this.#giveUp(`no whole answer within ${deadlineMs / 1000} s`);
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
    this.#fail(describeTrouble(error));
  }

  #giveUp(message: string): void {
    if (this.#settled) return;
    this.#fail(message);
    this.#controller?.abort(new Error(message));
  }

  #fail(message: string): void {
    this.#settle({ kind: this.#controller ? "lost" : "not-sent", message });
  }

  #settle(reply: Reply): void {
    if (this.#settled) return;
    this.#settled = true;
    clearTimeout(this.#timer);
    this.#resolve(reply);
  }
}

const INTERIM = Buffer.from("HTTP/1.1 1");
const SUCCESS = /^HTTP\/1\.[01] 2/;
const STATUS_LINE_BYTES = 12;
const END_OF_HEAD = "\r\n\r\n";
const MAX_HEAD_BYTES = 8192;

/**
 * Watches how each answer on a connection begins, at the one place where undici takes the socket's bytes:
 *
 * - An unasked `100 Continue`, or another interim answer, passes by, as RFC 9110 §15.2 wants. undici 7 breaks the
 *   connection at a 100, and the graphic's id in the answer behind it would be lost.
 * - A 2xx that begins before the system has taken the whole request may answer another one (reliability: What broke the
 *   promise). The connection is broken, so that the request is `lost` and nothing on it is taken for the next one.
 */
function watchAnswers<T extends Socket>(socket: T): T {
  const read = socket.read.bind(socket);
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
  let atStart = true;
  let isWriteTold = false;
  let isWaiting = false;
  let held: Buffer | undefined;

  const hear = () => {
    isWaiting = false;
    isWriteTold = true;
    socket.emit("readable");
  };
  /** TLS tells one turn later of what it wrote at once: a program that was held up has the answer before that. */
  const hasHeardOfWrites = (): boolean => {
    if (isWriteTold || socket.writableLength === 0) return true;
    if (!isWaiting) setImmediate(hear);
    isWaiting = true;
    return false;
  };
  /** What of an answer's first bytes is for undici. */
  const begin = (chunk: Buffer): Buffer | null => {
    const bytes = held ? Buffer.concat([held, chunk]) : chunk;
    const rest = afterInterim(bytes);
    held = rest === "more" ? bytes : undefined;
    if (rest === "more" || rest.length === 0) return null;
    atStart = false;
    if (socket.writableLength === 0 || !SUCCESS.test(rest.toString("latin1", 0, 12))) return rest;
    socket.destroy(Object.assign(new Error("early answer"), { code: "EARLY_ANSWER" }));
    return null;
  };
  socket.write = (...args: unknown[]): boolean => {
    atStart = true;
    isWriteTold = false;
    return write(...args);
  };
  socket.read = (size?: number): Buffer | null => {
    if (!atStart) return read(size);
    const chunk: Buffer | null = hasHeardOfWrites() ? read(size) : null;
    return chunk && begin(chunk);
  };
  return socket;
}

/** What follows any interim answers but 101, which is for undici; `more` while it cannot be told. */
function afterInterim(bytes: Buffer): Buffer | "more" {
  let rest = bytes;
  while (rest.length > 0) {
    const compared = Math.min(rest.length, INTERIM.length);
    if (rest.compare(INTERIM, 0, compared, 0, compared) !== 0) return rest;
    if (rest.length < STATUS_LINE_BYTES) return "more";
    if (rest.toString("latin1", 9, STATUS_LINE_BYTES) === "101") return rest;
    const end = rest.indexOf(END_OF_HEAD);
    if (end === -1) return rest.length > MAX_HEAD_BYTES ? rest : "more";
    rest = rest.subarray(end + END_OF_HEAD.length);
  }
  return rest;
}
