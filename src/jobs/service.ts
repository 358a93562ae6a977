import { setTimeout as delay } from "node:timers/promises";
import type { Effects } from "../execute/execute.ts";
import type { Target } from "../plan/target.ts";
import type { Client } from "../qualtrics/client.ts";
import { parseHost } from "../qualtrics/host.ts";
import type { Job } from "./open-job.ts";
import type { JobOptions } from "./options.ts";
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
export async function connect({
  target,
  paths,
  env,
  options,
  host,
}: Pick<Job, "target" | "paths" | "env" | "options" | "host">): Promise<Connection> {
  const { createClient } = await import("../qualtrics/client.ts");
  const sandbox = target.baseUrl === null ? await openSandbox(paths, target) : undefined;
  const baseUrl = target.baseUrl ?? sandbox?.baseUrl ?? "";
  const client = createClient({
    baseUrl,
    token: sandbox?.token ?? (await readToken(options, env, host.cwd)),
    library: target.library,
    connections: options.concurrency,
    userAgent: USER_AGENT,
  });
  return {
    client,
    baseUrl,
    close: async () => {
      await client.close();
      await sandbox?.close();
    },
  };
}

/** What requests go by besides the service: the clock, and chance. */
export const CLOCK: Pick<Effects<never>, "now" | "sleep" | "random"> = {
  now: Date.now,
  sleep: (durationMs, signal) => delay(durationMs, undefined, { signal }),
  random: Math.random,
};

// Longer waits are for the user to decide: the run stops and says how to resume.
const LONGEST_WAIT_MS = 15 * 60_000;

/** How fast a job's requests are sent, until `stop`. */
export function paceOf({ concurrency, rate }: JobOptions, stop: AbortSignal) {
  return { concurrency, ratePerMinute: rate, maxWaitMs: LONGEST_WAIT_MS, stop };
}
