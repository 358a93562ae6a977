import { setMaxListeners } from "node:events";
import type { Server } from "node:http";
import { createServer } from "node:http";
import { z } from "zod";
import { UserError } from "../user-error.ts";
import { handleRequest } from "./handle-request.ts";
import { createState, type SandboxOptions } from "./state.ts";

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
