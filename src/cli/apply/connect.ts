import type { Client } from "../../qualtrics/client.ts";
import { readToken } from "../account/api-token.ts";
import type { CommonOptions } from "../common-options.ts";
import type { HostProcess } from "../host-process.ts";
import type { Job } from "../plan/prepare-job.ts";
import { VERSION } from "../version.ts";

/** An open way to the service, and how to close it. */
export interface Connection {
  client: Client;
  /** With the embedded sandbox, where it listens now. */
  baseUrl: string;
  close(): Promise<void>;
}

/** Connects to the job's service, starting the embedded sandbox where that is the service. */
export async function connect(
  job: Pick<Job, "target" | "paths" | "env">,
  options: CommonOptions,
  process: HostProcess,
): Promise<Connection> {
  const { createClient } = await import("../../qualtrics/client.ts");
  const service = await openService(job, options, process);
  const client = createClient({
    baseUrl: service.baseUrl,
    token: service.token,
    library: job.target.library,
    connections: options.concurrency,
    userAgent: `qgfx/${VERSION}`,
  });
  return {
    client,
    baseUrl: service.baseUrl,
    close: async () => {
      await client.close();
      await service.close();
    },
  };
}

interface Service {
  baseUrl: string;
  token: string;
  close(): Promise<void>;
}

async function openService(
  job: Pick<Job, "target" | "paths" | "env">,
  options: CommonOptions,
  process: HostProcess,
): Promise<Service> {
  const { baseUrl, library } = job.target;
  if (baseUrl !== null) {
    const token = await readToken(options, job.env, process.cwd);
    return { baseUrl, token, close: async () => {} };
  }
  const { startSandbox } = await import("../../sandbox/start-sandbox.ts");
  const sandbox = await startSandbox({ storeDir: job.paths.sandboxStore, library });
  return { baseUrl: sandbox.url, token: sandbox.token, close: () => sandbox.close() };
}
