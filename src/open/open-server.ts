import { createServer } from "node:http";
import { errorCode } from "../files/read-file.ts";
import { closeServer, listenOnLoopback } from "../sandbox/loopback-server.ts";
import { UserError } from "../user-error.ts";
import { createSecret, Guard, onceKey } from "./guard.ts";
import { handleRequest } from "./handle-request.ts";
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
    throw cannotListen(options.port, error);
  });
  const secret = createSecret();
  const workspace = new Workspace(directory, surroundings, onDefect);
  const service = { guard: new Guard(port, secret), secret, workspace, onDefect };
  let seenMs = Date.now();
  server.on("request", (request, response) => {
    seenMs = Date.now();
    void handleRequest(service, request, response);
  });
  const addressOf = (key: string) => `http://127.0.0.1:${port}/?k=${key}`;
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
    url: addressOf(secret),
    get onceUrl() {
      return addressOf(onceKey(secret));
    },
    idle,
    async close() {
      clearInterval(watch);
      workspace.close();
      await closeServer(server);
    },
  };
}

function cannotListen(port: number, error: Error): UserError {
  const isBusy = errorCode(error) === "EADDRINUSE";
  const why = isBusy ? "another program uses it" : error.message;
  return new UserError("OPEN_CANNOT_LISTEN", `cannot listen on port ${port}: ${why}`, {
    hint: "pass another --port, or none for any free one",
  });
}
