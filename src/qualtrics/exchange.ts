import { buildConnector, Pool } from "undici";
import { Attempt, type Reply } from "./attempt.ts";
import { watchAnswers } from "./watch-answers.ts";

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

/** Sends requests to one origin over at most `connections` connections, one at a time on each. */
export interface Exchange {
  send(request: Request, signal?: AbortSignal): Promise<Reply>;
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
  let underWay = 0;
  let onIdle = (): void => {};
  let closing: Promise<void> | undefined;

  const send = (request: Request, signal?: AbortSignal): Promise<Reply> =>
    new Promise((resolve) => {
      if (closing) return resolve({ kind: "not-sent", message: "client closed" });
      if (signal?.aborted) return resolve({ kind: "not-sent", message: "aborted" });
      underWay++;
      const settle = (reply: Reply): void => {
        resolve(reply);
        if (--underWay === 0) onIdle();
      };
      pool.dispatch(request, new Attempt(settle, deadlineMs(request.body, limits), signal));
    });

  // Not `pool.close()`: it also waits for requests given up while their connection was being made.
  const shut = async (): Promise<void> => {
    if (underWay > 0) await new Promise<void>((resolve) => (onIdle = resolve));
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
