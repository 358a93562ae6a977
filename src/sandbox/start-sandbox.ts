import { createServer, type Server } from "node:http";
import { UserError } from "../user-error.ts";
import { createFaultChooser } from "./choose-fault.ts";
import { openFolderStore } from "./folder-store.ts";
import { randomAlphanumerics } from "./graphic.ts";
import { handleRequest } from "./handle-request.ts";
import { listLibraries } from "./libraries.ts";
import { createMemoryStore } from "./memory-store.ts";
import { createRateLimit } from "./rate-limit.ts";
import { createRequestLog } from "./request-log.ts";
import type { SandboxState } from "./sandbox-state.ts";
import { checkFaultScript, type FaultScript } from "./script.ts";

export interface SandboxOptions {
  /** 0, the default, picks a free one. */
  port?: number;
  /** Where graphics are kept; in memory without one. */
  storeDir?: string;
  /** Faults to play. */
  script?: FaultScript;
  /** Takes the place of the personal (`UR_…`) or the group (`GR_…`) library. */
  library?: string;
  /** The only token it takes; a random one without. */
  token?: string;
}

/** A running stand-in for the service. */
export interface Sandbox {
  /** `http://127.0.0.1:PORT`. */
  url: string;
  token: string;
  library: string;
  /** Ends what waits, closes every connection, and resolves when the store is written. */
  close(): Promise<void>;
}

const IDLE_MS = 60_000;
const MAX_CONNECTIONS = 512;
/** What a closing sandbox gives the requests in flight. */
const GRACE_MS = 500;

/**
 * Starts the sandbox on the loopback address alone. Throws `UserError`: SANDBOX_CANNOT_LISTEN, BAD_LIBRARY_ID,
 * BAD_FAULT_SCRIPT, SANDBOX_STORE_UNUSABLE, SANDBOX_STORE_DAMAGED.
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const closing = new AbortController();
  const state = await createState(options, closing.signal);
  const server = createServer({ keepAliveTimeout: IDLE_MS }, (request, response) => {
    void handleRequest(state, request, response);
  });
  server.maxConnections = MAX_CONNECTIONS;
  try {
    const port = await listen(server, options.port ?? 0);
    return {
      url: `http://127.0.0.1:${port}`,
      token: state.token,
      library: options.library ?? state.libraries[0]?.libraryId ?? "",
      async close() {
        closing.abort();
        await closeServer(server);
        await state.store.close();
      },
    };
  } catch (error) {
    await state.store.close();
    throw error;
  }
}

async function createState(options: SandboxOptions, closing: AbortSignal): Promise<SandboxState> {
  const libraries = listLibraries(options.library);
  const script = checkFaultScript(options.script ?? { version: 1 });
  return {
    token: options.token ?? randomAlphanumerics(40),
    libraries,
    store:
      options.storeDir === undefined
        ? createMemoryStore()
        : await openFolderStore(options.storeDir),
    log: createRequestLog(),
    script,
    faults: createFaultChooser(script),
    rateLimit: script.rateLimit && createRateLimit(script.rateLimit),
    closing,
  };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) => reject(cannotListen(port, error)));
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address ? address.port : port);
    });
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const grace = setTimeout(() => server.closeAllConnections(), GRACE_MS);
    server.close(() => {
      clearTimeout(grace);
      resolve();
    });
    server.closeIdleConnections();
  });
}

function cannotListen(port: number, error: Error): UserError {
  return new UserError("SANDBOX_CANNOT_LISTEN", `cannot listen on port ${port}: ${error.message}`, {
    hint: "choose another port, or 0 for any free one",
  });
}
