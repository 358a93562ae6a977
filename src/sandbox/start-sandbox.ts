import { setMaxListeners } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { z } from "zod";
import { UserError } from "../user-error.ts";
import {
  type Answer,
  answered,
  assumedError,
  type Reply,
  recordedError,
  sendReply,
} from "./answer.ts";
import { waitUnlessClosing } from "./faults.ts";
import { type Asked, GRAPHICS_LIST, type Route, takeApart } from "./routes.ts";
import { createState, type RequestEntry, type SandboxOptions, type SandboxState } from "./state.ts";
import { replyToUpload } from "./take-upload.ts";

/** The first line `qgfx sandbox` prints. */
export const sandboxStartSchema = z
  .strictObject({
    url: z.string().describe("Where it listens: `http://127.0.0.1:PORT`"),
    token: z.string().describe("The only token it takes"),
    library: z.string().describe("Id of its library"),
  })
  .describe("The first line on stdout of `qgfx sandbox`. It has no version: the line is fixed.");

export type SandboxStart = z.infer<typeof sandboxStartSchema>;

/** A running stand-in for the service. */
export interface Sandbox extends SandboxStart {
  /** Ends what waits, closes every connection, and resolves when the store is written. */
  close(): Promise<void>;
}

const IDLE_MS = 60_000;
const MAX_CONNECTIONS = 512;

/**
 * Starts the sandbox on the loopback address alone. Throws `UserError`: SANDBOX_CANNOT_LISTEN, BAD_LIBRARY_ID,
 * BAD_FAULT_SCRIPT, SANDBOX_STORE_UNUSABLE, SANDBOX_STORE_DAMAGED.
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const closing = new AbortController();
  // Every answer that waits listens to it.
  setMaxListeners(0, closing.signal);
  const state = createState(options, closing.signal);
  const server = createServer({ keepAliveTimeout: IDLE_MS }, (request, response) => {
    void handleRequest(state, request, response);
  });
  server.maxConnections = MAX_CONNECTIONS;
  try {
    const { port: wanted = 0 } = options;
    const port = await listenOnLoopback(server, wanted).catch((error: Error) => {
      const message = `cannot listen on port ${wanted}: ${error.message}`;
      throw new UserError("SANDBOX_CANNOT_LISTEN", message, {
        hint: "choose another port, or 0 for any free one",
      });
    });
    return {
      url: `http://127.0.0.1:${port}`,
      token: state.token,
      library: options.library ?? state.libraries[0]?.libraryId ?? "",
      async close() {
        closing.abort();
        await closeServer(server);
        state.store.close();
      },
    };
  } catch (error) {
    state.store.close();
    throw error;
  }
}

/** What a closing server gives the requests in flight, in ms. */
const GRACE_MS = 500;

/** Listens on the loopback address alone, and gives the port; 0: any that is free. Rejects with the system's error. */
export function listenOnLoopback(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address ? address.port : port);
    });
  });
}

/** Closes a server: idle connections at once, the others after a moment. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const grace = setTimeout(() => server.closeAllConnections(), GRACE_MS);
    server.close(() => {
      clearTimeout(grace);
      resolve();
    });
    server.closeIdleConnections();
  });
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/i;

/** Answers one request, whatever it is; never rejects. */
export async function handleRequest(
  state: SandboxState,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { host } = request.headers;
  // A web page whose own name was made to lead here (DNS rebinding) sends that name; HTTP/1.0 sends none, and no browser
  // speaks that. The connection ends, since a body may be unread.
  if (host !== undefined && !LOOPBACK.test(host)) {
    const answer = assumedError("ASSUMED_FOREIGN_HOST", `got '${host}'`);
    sendReply(response, answered({ ...answer, headers: { connection: "close" } }));
    return;
  }
  const asked = takeApart(request);
  const entry = openEntry(state, asked);
  let reply: Reply;
  try {
    reply = await replyTo(state, asked, entry);
    const { latencyMs } = state.script;
    const isHeld = asked.route?.isApi === true && latencyMs > 0;
    if (isHeld && !(await waitUnlessClosing(latencyMs, state.closing))) {
      reply = { kind: "drop", how: "close" };
    }
    if (state.closing.aborted) response.shouldKeepAlive = false;
    sendReply(response, reply);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    reply = answered(assumedError("ASSUMED_SANDBOX_FAULT", reason));
    sendReply(response, reply);
  }
  if (entry) entry.status = reply.kind === "drop" ? null : reply.answer.status;
}

/** Only what a client may get wrong is worth a line: the API and unknown routes. */
function openEntry(
  { log }: SandboxState,
  { request: { method = "" }, route, path }: Asked,
): RequestEntry | undefined {
  if (route && !route.isApi) return undefined;
  return log.open(method, path, route?.answer === "upload" && method === "POST");
}

async function replyTo(
  state: SandboxState,
  asked: Asked,
  entry: RequestEntry | undefined,
): Promise<Reply> {
  const isList =
    asked.route?.answer === "upload" && asked.request.method === "GET" && state.script.graphicsList;
  const route = isList ? GRAPHICS_LIST : asked.route;
  if (!route) return answered(recordedError("unknown-route"));
  const refusal = checkAccess(state, asked, route);
  if (entry?.upload) return replyToUpload(state, asked, entry, refusal);
  if (refusal || route.answer === "upload") return answered(refusal ?? wrongMethod(asked, route));
  return answered(await route.answer(state, asked));
}

/** Method, token and library, in that order (the order is assumed). */
function checkAccess(state: SandboxState, asked: Asked, route: Route): Answer | undefined {
  if (!route.methods.includes(asked.request.method ?? "")) return wrongMethod(asked, route);
  if (!route.isApi) return undefined;
  return checkToken(state, asked.request) ?? checkLibrary(state, asked.libraryId);
}

function wrongMethod({ request }: Asked, { methods }: Route): Answer {
  const answer = assumedError("ASSUMED_WRONG_METHOD", `got ${request.method}`);
  return { ...answer, headers: { allow: methods.join(", ") } };
}

function checkToken({ token }: SandboxState, { headers }: IncomingMessage): Answer | undefined {
  const given = headers["x-api-token"];
  if (given === token) return undefined;
  const isAbsent = given === undefined && headers.authorization === undefined;
  return recordedError(isAbsent ? "missing-token" : "wrong-token");
}

function checkLibrary({ libraries }: SandboxState, libraryId: string): Answer | undefined {
  if (libraryId === "" || libraries.some((one) => one.libraryId === libraryId)) return undefined;
  return assumedError("ASSUMED_UNKNOWN_LIBRARY", `got '${libraryId}'`);
}
