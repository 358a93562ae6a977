import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { errorCode } from "../files/read-file.ts";
import { checkToken, type Host, parseHost, TOKEN_HINT } from "../qualtrics/host.ts";
import { UserError } from "../user-error.ts";
import type { JobOptions } from "./options.ts";
import {
  exposed,
  findSetting,
  hintFor,
  isShared,
  type Layer,
  SOURCE_NAMES,
  type Source,
  type UserSettings,
} from "./user-settings.ts";
import type { JobHost } from "./watcher.ts";

/** What decides whose token is sent, and who asks for it. */
export interface TokenRequest {
  options: Pick<JobOptions, "host" | "tokenFile">;
  settings: Omit<UserSettings, "keyedLibraries">;
  host: Pick<JobHost, "cwd"> & Partial<Pick<JobHost, "watcher">>;
}

/** The API token for a service; a `UserError` where there is none, or where it must not go there. */
export async function readToken(request: TokenRequest, service: Host): Promise<string> {
  const { options, settings, host } = request;
  const found = findToken(request);
  if (found && !mayReceiveToken(request, service)) throw notTrusted(found.source, service);
  if (!found) {
    const how = `run \`qgfx setup\`, set QUALTRICS_API_KEY (also in ${settings.envFile}) or give --token-file; to rehearse without an account, plan and apply take --sandbox`;
    throw new UserError("TOKEN_MISSING", "no API token", {
      hint: hintFor(settings, "token", how),
    });
  }
  if (options.tokenFile !== undefined) {
    return checkToken(await readTokenFile(options.tokenFile, host.cwd));
  }
  if (found.source === ".env" && settings.isEnvShared) {
    const text = `others can read the API token in ${settings.envFile}; run: chmod 600 '${settings.envFile}'`;
    host.watcher?.tell({ kind: "warning", text });
  }
  return checkToken(found.value);
}

/** The token that counts, or the name of its file, and who names it. */
export function findToken({ options, settings }: TokenRequest) {
  return findSetting(settings, "token", options.tokenFile);
}

/**
 * Whether the token that would be sent may go to a service. It goes to Qualtrics, to a host that an option or
 * the environment names, and to one that the token's own source names (contract: Commands). What else leads to a
 * service (a saved plan, a ledger, a results file, a `.env` where the token is the user's) comes from whoever could
 * write that file.
 */
export function mayReceiveToken(request: TokenRequest, service: Host): boolean {
  const { options, settings } = request;
  const token = findToken(request);
  if (!token || service.service === "qualtrics.com") return true;
  const option: Layer[] = options.host
    ? [{ source: "option", values: { host: options.host } }]
    : [];
  const trusted = ["option", "environment", token.source];
  return [...option, ...settings.layers].some(
    ({ source, values }) =>
      trusted.includes(source) && values.host && isSameService(values.host, service),
  );
}

function notTrusted(source: Source, { baseUrl }: Host): UserError {
  const message = `the API token from ${SOURCE_NAMES[source]} is not sent to ${baseUrl}, which you did not name yourself`;
  return new UserError("HOST_NOT_TRUSTED", message, {
    hint: `nothing was sent; if the token belongs there, give --host ${baseUrl} or set QUALTRICS_BASE_URL`,
  });
}

/** Whether a host's text names a service. */
export function isSameService(named: string, { service }: Pick<Host, "service">): boolean {
  try {
    return parseHost(named).service === service;
  } catch (error) {
    if (error instanceof UserError) return false;
    throw error;
  }
}

/** What a token file holds; a `UserError` where it cannot be read, or others can read it. */
export async function readTokenFile(path: string, cwd: string): Promise<string> {
  const file = resolve(cwd, path);
  try {
    const stats = await stat(file);
    // A pipe may well be one: `--token-file <(pass show qualtrics)`.
    if (!stats.isFile() && !stats.isFIFO()) {
      throw new UserError("TOKEN_FILE_UNREADABLE", `the token file ${file} is not a file`, {
        hint: "give --token-file the path of a file that holds the token alone",
      });
    }
    if (isShared(stats)) throw exposed(file, stats.mode);
    return await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof UserError) throw error;
    if (LIKE_A_TOKEN.test(path)) throw isToken();
    const message = `cannot read token file ${file} (${errorCode(error)})`;
    throw new UserError("TOKEN_FILE_UNREADABLE", message, {
      hint: "check the path given with --token-file",
    });
  }
}

// As the service makes them: 40 letters and digits. A file's name of that kind is rare, and an ending makes it one.
const LIKE_A_TOKEN = /^[A-Za-z0-9_-]{20,}$/;

/** What is given is not repeated: it would stand in logs, too. */
function isToken(): UserError {
  const message = "--token-file takes the name of a file, not a token";
  return new UserError("TOKEN_FILE_UNREADABLE", message, {
    hint: TOKEN_HINT,
  });
}
