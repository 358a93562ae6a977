import { type Client, createClient } from "../qualtrics/client.ts";
import { hostFromNotice } from "../qualtrics/host.ts";
import type { Account, Libraries } from "../report/account.ts";
import { EXIT } from "../report/exit-code.ts";
import type { JobOptions } from "./options.ts";
import { USER_AGENT } from "./service.ts";
import { readEnvironment, readToken, resolveHost } from "./settings.ts";
import type { JobHost, JobResult } from "./watcher.ts";

/** The options of jobs that ask about the account, not about a manifest. */
export type AccountOptions = Pick<JobOptions, "host" | "tokenFile">;

/** Checks the token and says whose it is. */
export function whoami(options: AccountOptions, host: JobHost): Promise<JobResult<Account>> {
  return askService(options, host, async (client) => ({ version: 1, ...(await client.whoami()) }));
}

/** The libraries that the token can reach. */
export function libraries(options: AccountOptions, host: JobHost): Promise<JobResult<Libraries>> {
  return askService(options, host, async (client) => ({
    version: 1,
    libraries: await client.libraries(),
  }));
}

/** Asks the service one thing, and closes the connection whatever comes of it. */
async function askService<Document>(
  options: AccountOptions,
  { cwd, env, watcher }: JobHost,
  ask: (client: Client) => Promise<Document>,
): Promise<JobResult<Document>> {
  const environment = readEnvironment(env, cwd);
  const { baseUrl } = resolveHost(options, environment);
  const client = createClient({
    baseUrl,
    token: await readToken(options, environment, cwd),
    connections: 1,
    userAgent: USER_AGENT,
    onNotice: (notice) => watcher.tell({ kind: "notice", notice, host: hostFromNotice(notice) }),
  });
  try {
    return { exitCode: EXIT.done, document: await ask(client) };
  } finally {
    await client.close();
  }
}
