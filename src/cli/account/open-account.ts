import type { Client } from "../../qualtrics/client.ts";
import type { CommonOptions } from "../common-options.ts";
import { readEnvironment } from "../environment.ts";
import type { HostProcess } from "../host-process.ts";
import { resolveHost } from "../target.ts";
import type { Terminal } from "../terminal.ts";
import { VERSION } from "../version.ts";
import { readToken } from "./api-token.ts";
import { formatNotice } from "./service-notice.ts";

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
  const client = createClient({
    baseUrl,
    token,
    connections: 1,
    userAgent: `qgfx/${VERSION}`,
    onNotice: (notice) => terminal.note(formatNotice(notice)),
  });
  try {
    return await askService(client);
  } finally {
    await client.close();
  }
}
