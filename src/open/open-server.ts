import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { errorCode } from "../files/read-file.ts";
import { closeServer, listenOnLoopback } from "../sandbox/start-sandbox.ts";
import { UserError } from "../user-error.ts";
import { html, scriptHash, styleHash } from "../web/app/page.html?bundled";
import { addressOf, createSecret, Guard, onceKey, prove } from "./guard.ts";
import { jsonReply, notFound, type Reply, refuse, sendReply } from "./reply.ts";
import { answer } from "./routes.ts";
import type { Surroundings } from "./target-choice.ts";
import { Workspace } from "./workspace.ts";

export interface OpenOptions {
  /** Absolute, links resolved. */
  directory: string;
  /** 0: any that is free. */
  port: number;
  surroundings: Surroundings;
  /** Gets bugs of ours, for whoever reads the terminal. */
  onDefect: (error: unknown) => void;
  /** How long a request may take to come, in ms. */
  requestMs?: number;
  /** How long the process lives without a page or a run, in ms. */
  idleMs?: number;
}

/** A server of one directory. */
export interface OpenServer {
  port: number;
  secret: string;
  workspace: Workspace;
  /** The address that works as long as the server lives. */
  url: string;
  /** One that works once, for what others may see. */
  onceUrl: string;
  /** Resolves when no page has asked for anything for a long time. */
  idle: Promise<void>;
  close(): Promise<void>;
}

const REQUEST_MS = 30_000;
const IDLE_MS = 30 * 60_000;
const MAX_HEADER_BYTES = 16 * 1024;
const MAX_CONNECTIONS = 256;

/** Serves a directory on the loopback address alone. Throws `UserError`: OPEN_CANNOT_LISTEN. */
export async function startOpenServer(options: OpenOptions): Promise<OpenServer> {
  const { directory, surroundings, onDefect, requestMs = REQUEST_MS } = options;
  const server = createServer({
    headersTimeout: Math.min(requestMs, 10_000),
    requestTimeout: requestMs,
    connectionsCheckingInterval: Math.min(requestMs, 1_000),
    maxHeaderSize: MAX_HEADER_BYTES,
  });
  server.maxConnections = MAX_CONNECTIONS;
  const port = await listenOnLoopback(server, options.port).catch((error: Error) => {
    const why = errorCode(error) === "EADDRINUSE" ? "another program uses it" : error.message;
    const message = `cannot listen on port ${options.port}: ${why}`;
    throw new UserError("OPEN_CANNOT_LISTEN", message, {
      hint: "pass another --port, or none for any free one",
    });
  });
  const secret = createSecret();
  const workspace = new Workspace(directory, surroundings, onDefect);
  const service = { guard: new Guard(port, secret), secret, workspace, onDefect };
  let seenMs = Date.now();
  server.on("request", (request, response) => {
    seenMs = Date.now();
    void handleRequest(service, request, response);
  });
  let watch: NodeJS.Timeout | undefined;
  const idleMs = options.idleMs ?? IDLE_MS;
  const idle = new Promise<void>((resolve) => {
    watch = setInterval(
      () => {
        if (workspace.isInUse) seenMs = Date.now();
        else if (Date.now() - seenMs >= idleMs) resolve();
      },
      Math.min(idleMs, 30_000),
    );
  });
  return {
    port,
    secret,
    workspace,
    url: addressOf(port, secret),
    get onceUrl() {
      return addressOf(port, onceKey(secret));
    },
    idle,
    async close() {
      clearInterval(watch);
      workspace.close();
      await closeServer(server);
    },
  };
}

/** What answers requests. */
interface Service {
  guard: Guard;
  secret: string;
  workspace: Workspace;
  onDefect: (error: unknown) => void;
}

/** The page connects to this server alone, and runs its own script alone. */
const PAGE_POLICY = [
  "default-src 'none'",
  `script-src '${scriptHash}'`,
  `style-src '${styleHash}'`,
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** Answers one request, whatever it is; never rejects. */
async function handleRequest(
  service: Service,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // A client that goes away in the middle is not an error.
  response.on("error", () => {});
  request.on("error", () => {});
  try {
    const reply = await replyTo(service, request, response);
    if (reply) send(request, response, reply);
  } catch (error) {
    if (request.errored) return;
    send(request, response, replyToError(error, service));
  }
}

function send(request: IncomingMessage, response: ServerResponse, reply: Reply): void {
  if (response.headersSent || response.destroyed) return;
  // What is left of a body is not waited for.
  if (!request.complete) response.shouldKeepAlive = false;
  sendReply(response, reply);
}

function replyToError(error: unknown, { onDefect }: Service): Reply {
  if (error instanceof UserError) return refuse(error);
  onDefect(error);
  const bug = new UserError("BUG", "this is a bug in qgfx; the terminal tells more", {
    hint: "reload the page, and report what the terminal shows",
  });
  return { ...refuse(bug), status: 500 };
}

/** Undefined: a stream was opened. */
async function replyTo(
  service: Service,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Reply | undefined> {
  const { guard, workspace } = service;
  guard.checkPlace(request);
  const { method, url = "" } = request;
  if (method !== "GET" && method !== "POST") {
    throw new UserError("METHOD_NOT_ALLOWED", `${method} is not answered here`);
  }
  const { pathname, searchParams: query } = new URL(`http://127.0.0.1${url}`);
  const outside = method === "GET" ? answerOutside(service, pathname, query) : undefined;
  if (outside) return outside;
  const isPage = pathname === "/" && method === "GET";
  guard.checkOrigin(request, isPage);
  if (isPage) return isSignedIn(guard, request) ? PAGE : signedOut(401);
  guard.checkCookie(request);
  const [, api, name = "", ...rest] = pathname.split("/");
  if (api !== "api") throw notFound("such page");
  if (method === "GET" && name === "events") {
    workspace.streams.add(response, await workspace.state());
    return undefined;
  }
  return answer({ workspace, request, rest: rest.join("/"), query }, name);
}

/** What is answered to whoever has no cookie yet. */
function answerOutside(
  { guard, secret }: Service,
  pathname: string,
  query: URLSearchParams,
): Reply | undefined {
  const key = query.get("k");
  if (pathname === "/" && key !== null) return guard.opens(key) ? guard.entrance : signedOut(403);
  if (pathname !== "/alive") return undefined;
  // Whoever has the secret knows by the answer that this is the process it belongs to.
  const challenge = (query.get("challenge") ?? "").slice(0, 100);
  return jsonReply({ version: 1, proof: prove(secret, `alive ${challenge}`) });
}

function isSignedIn(guard: Guard, request: IncomingMessage): boolean {
  try {
    guard.checkCookie(request);
    return true;
  } catch {
    return false;
  }
}

const PAGE: Reply = {
  status: 200,
  contentType: "text/html; charset=utf-8",
  body: html,
  headers: { "content-security-policy": PAGE_POLICY },
};

/** For a person who has no cookie yet, or an old one. */
function signedOut(status: number): Reply {
  const body =
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>qgfx</title><p>This page was not opened by qgfx, or its address was used before. Start qgfx again as you did: <code>npx qgfx open</code>, or <code>qgfx open</code>.</p>';
  return { status, contentType: "text/html; charset=utf-8", body };
}
