import type { Target } from "../plan/target.ts";
import type { Client } from "../qualtrics/client.ts";
import { parseHost } from "../qualtrics/host.ts";
import type { Job } from "./open-job.ts";
import type { Paths } from "./paths.ts";
import { readToken } from "./settings.ts";
import { VERSION } from "./version.ts";

/** What names this program to the service. */
export const USER_AGENT: string = `qgfx/${VERSION}`;

/** The way to a job's service. */
export interface Service {
  /** Of the embedded sandbox, where it listens now. */
  baseUrl: string;
  token: string;
  close(): Promise<void>;
}

/** The embedded sandbox as it keeps this manifest's images, listening until `close`. */
export async function openSandbox(
  { sandboxStore }: Paths,
  { library }: Pick<Target, "library">,
): Promise<Service> {
  const { startSandbox } = await import("../sandbox/start-sandbox.ts");
  const sandbox = await startSandbox({ storeDir: sandboxStore, library });
  return { baseUrl: sandbox.url, token: sandbox.token, close: () => sandbox.close() };
}

/** Calls `look` with where the target's graphics can be seen; the embedded sandbox listens elsewhere each time. */
export async function withGraphics<T>(
  paths: Paths,
  target: Pick<Target, "service" | "library" | "host">,
  look: (baseUrl: string) => Promise<T>,
): Promise<T> {
  if (target.service !== "sandbox") return look(parseHost(target.host).baseUrl);
  const { baseUrl, close } = await openSandbox(paths, target);
  try {
    return await look(baseUrl);
  } finally {
    await close();
  }
}

/** A client of the job's service, and how to close it. */
export interface Connection {
  client: Client;
  /** Of the embedded sandbox, where it listens now. */
  baseUrl: string;
  close(): Promise<void>;
}

/** Connects to the job's service, starting the embedded sandbox where that is the service. */
export async function connect(
  job: Pick<Job, "target" | "paths" | "env" | "options" | "host">,
): Promise<Connection> {
  const { createClient } = await import("../qualtrics/client.ts");
  const { baseUrl, token, close } = await openService(job);
  const { library } = job.target;
  const connections = job.options.concurrency;
  const client = createClient({ baseUrl, token, library, connections, userAgent: USER_AGENT });
  return {
    client,
    baseUrl,
    close: async () => {
      await client.close();
      await close();
    },
  };
}

async function openService({
  target,
  paths,
  env,
  options,
  host,
}: Parameters<typeof connect>[0]): Promise<Service> {
  const { baseUrl } = target;
  if (baseUrl === null) return openSandbox(paths, target);
  return { baseUrl, token: await readToken(options, env, host.cwd), close: async () => {} };
}
