import { readEnvironment, readToken, resolveHost } from "../../jobs/settings.ts";
import { VERSION } from "../../jobs/version.ts";
import type { Client } from "../../qualtrics/client.ts";
import { hostFromNotice } from "../../qualtrics/host.ts";
import type { CommonOptions } from "../common-options.ts";
import type { HostProcess } from "../host-process.ts";
import type { Terminal } from "../terminal.ts";
import { jobHost } from "../terminal-watcher.ts";

/** The options of commands that ask about the account, not about a manifest. */
export type AccountOptions = Pick<CommonOptions, "host" | "tokenFile" | "json" | "color" | "quiet">;

/** Asks the service one thing about the account, and closes the connection whatever comes of it. */
export async function withAccount<T>(
  options: AccountOptions,
  process: HostProcess,
  terminal: Terminal,
  askService: (client: Client) => Promise<T>,
): Promise<T> {
  const { createClient } = await import("../../qualtrics/client.ts");
  const env = readEnvironment(process.env, process.cwd);
  const { baseUrl } = resolveHost(options, env);
  const token = await readToken(options, env, process.cwd);
  const { watcher } = jobHost(process, terminal, options);
  const client = createClient({
    baseUrl,
    token,
    connections: 1,
    userAgent: `qgfx/${VERSION}`,
    onNotice: (notice) => watcher.tell({ kind: "notice", notice, host: hostFromNotice(notice) }),
  });
  try {
    return await askService(client);
  } finally {
    await client.close();
  }
}
