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
export async function whoami(options: AccountOptions, host: JobHost): Promise<JobResult<Account>> {
  const account = await askService(options, host, (client) => client.whoami(), noticesTo(host));
  return { exitCode: EXIT.done, document: { version: 1, ...account } };
}

/** The libraries that the token can reach. */
export async function libraries(
  options: AccountOptions,
  host: JobHost,
): Promise<JobResult<Libraries>> {
  const found = await askService(options, host, (client) => client.libraries(), noticesTo(host));
  return { exitCode: EXIT.done, document: { version: 1, libraries: found } };
}

function noticesTo({ watcher }: JobHost): (notice: string) => void {
  return (notice) => watcher.tell({ kind: "notice", notice, host: hostFromNotice(notice) });
}

/** Asks the service one thing, and closes the connection whatever comes of it. */
export async function askService<T>(
  options: AccountOptions,
  { cwd, env }: Pick<JobHost, "cwd" | "env">,
  ask: (client: Client) => Promise<T>,
  onNotice?: (notice: string) => void,
): Promise<T> {
  const environment = readEnvironment(env, cwd);
  const { baseUrl } = resolveHost(options, environment);
  const token = await readToken(options, environment, cwd);
  const settings = { baseUrl, token, connections: 1, userAgent: USER_AGENT };
  const client = createClient({ ...settings, ...(onNotice && { onNotice }) });
  try {
    return await ask(client);
  } finally {
    await client.close();
  }
}
