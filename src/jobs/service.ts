import { readFileSync, statSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseEnv } from "node:util";
import type { Effects, Settings } from "../execute/effects.ts";
import { errorCode } from "../files/read-file.ts";
import type { Target } from "../plan/target.ts";
import type { Client } from "../qualtrics/client.ts";
import { checkToken, parseHost } from "../qualtrics/host.ts";
import { UserError } from "../user-error.ts";
import type { JobOptions } from "./options.ts";
import type { Paths } from "./paths.ts";
import { VERSION } from "./version.ts";
import type { Environment, JobHost } from "./watcher.ts";

/**
 * The environment with the working folder's `.env` beneath it: a variable that is set already wins.
 * A `.env` that cannot be read is a UserError; none at all is fine.
 */
export function readEnvironment(env: Environment, cwd: string): Environment {
  const file = join(cwd, ".env");
  try {
    return { ...parseEnv(readSmallFile(file)), ...env };
  } catch (error) {
    if (error instanceof UserError) throw error;
    const code = errorCode(error);
    if (code === "ENOENT" || code === "ENOTDIR" || code === "EISDIR") return env;
    throw new UserError("ENV_UNREADABLE", `cannot read ${file} (${code})`, {
      hint: "make .env readable, or remove it",
    });
  }
}

/** Of what it is for, a few lines. */
const MOST_BYTES = 1024 * 1024;

/** Windows editors begin a file with a byte order mark. A pipe would be waited for, a device read for ever. */
function readSmallFile(file: string): string {
  const stats = statSync(file);
  if (!stats.isDirectory() && (!stats.isFile() || stats.size > MOST_BYTES)) {
    throw new UserError("ENV_UNREADABLE", `${file} is no file of a few lines`, {
      hint: "write NAME=value into it, one a line, or remove it",
    });
  }
  return readFileSync(file, "utf8").replace(/^\ufeff/, "");
}

const OTHERS_MAY_READ = 0o077;

/** The API token from `--token-file` or QUALTRICS_API_KEY; a UserError where there is none. */
export async function readToken(
  options: Pick<JobOptions, "tokenFile">,
  env: Environment,
  cwd: string,
): Promise<string> {
  if (options.tokenFile) return checkToken(await readTokenFile(resolve(cwd, options.tokenFile)));
  if (env.QUALTRICS_API_KEY) return checkToken(env.QUALTRICS_API_KEY);
  throw new UserError("TOKEN_MISSING", "no API token", {
    hint: "set QUALTRICS_API_KEY (or put it in .env), or give --token-file; to rehearse without an account, plan and apply take --sandbox",
  });
}

async function readTokenFile(file: string): Promise<string> {
  try {
    const stats = await stat(file);
    // A pipe may well be one: `--token-file <(pass show qualtrics)`.
    if (!stats.isFile() && !stats.isFIFO()) {
      throw new UserError("TOKEN_FILE_UNREADABLE", `the token file ${file} is no file`, {
        hint: "give --token-file the path of a file that holds the token alone",
      });
    }
    if (process.platform !== "win32" && stats.mode & OTHERS_MAY_READ) {
      const octal = (stats.mode & 0o777).toString(8).padStart(3, "0");
      throw new UserError("TOKEN_FILE_EXPOSED", `others can read ${file} (mode ${octal})`, {
        hint: `run: chmod 600 '${file}'`,
      });
    }
    return await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(
      "TOKEN_FILE_UNREADABLE",
      `cannot read token file ${file} (${errorCode(error)})`,
      { hint: "check the path given with --token-file" },
    );
  }
}

/** The embedded sandbox's personal library. */
export const SANDBOX_LIBRARY = "UR_Sandbox000001";

// qualtrics-api, Answers: user or group library.
const LIBRARY_ID = /^(UR|GR)_[a-zA-Z0-9]{11,15}$/;

type TargetOptions = Pick<JobOptions, "host" | "library" | "sandbox">;

/** The target from options, manifest and environment, in that order; a UserError says what is missing. */
export function resolveTarget(
  options: TargetOptions,
  manifestLibrary: string | undefined,
  env: Environment,
): Target {
  if (!options.sandbox) {
    const library = options.library ?? manifestLibrary ?? env.QUALTRICS_LIBRARY_ID;
    return { ...resolveHost(options, env), library: checkLibrary(library) };
  }
  if (options.host) {
    throw new UserError("OPTION_CONFLICT", "--sandbox and --host name two services", {
      hint: "give one of them",
    });
  }
  const library = checkLibrary(options.library ?? SANDBOX_LIBRARY);
  return { baseUrl: null, service: "sandbox", host: "sandbox", library };
}

/** The service alone, for commands that need no library. */
export function resolveHost(
  options: Pick<JobOptions, "host">,
  env: Environment,
): Omit<Target, "library"> & { baseUrl: string } {
  const text = options.host ?? env.QUALTRICS_BASE_URL;
  if (!text) {
    throw new UserError("HOST_MISSING", "no service named", {
      hint: "give --host (for example fra1.qualtrics.com) or set QUALTRICS_BASE_URL; to rehearse without an account, plan and apply take --sandbox",
    });
  }
  const { baseUrl, service } = parseHost(text);
  return { baseUrl, service, host: new URL(baseUrl).host };
}

function checkLibrary(library: string | undefined): string {
  if (!library) {
    throw new UserError("LIBRARY_MISSING", "no library named", {
      hint: "give --library UR_… or GR_…, or set QUALTRICS_LIBRARY_ID; `qgfx libraries` lists yours",
    });
  }
  if (LIBRARY_ID.test(library)) return library;
  throw new UserError(
    "LIBRARY_INVALID",
    `'${library}' is not a library id: expected UR_ or GR_ and 11 to 15 letters or digits`,
    { hint: "run `qgfx libraries` to list the ids of your libraries" },
  );
}

/** What names this program to the service. */
export const USER_AGENT: string = `qgfx/${VERSION}`;

type SandboxPlace = Pick<Paths, "sandboxStore">;

/** The embedded sandbox as it keeps this manifest's images, listening until `close`. */
export async function openSandbox(
  { sandboxStore }: SandboxPlace,
  { library }: Pick<Target, "library">,
): Promise<{ baseUrl: string; token: string; close(): Promise<void> }> {
  const { startSandbox } = await import("../sandbox/start-sandbox.ts");
  const sandbox = await startSandbox({ storeDir: sandboxStore, library });
  return { baseUrl: sandbox.url, token: sandbox.token, close: () => sandbox.close() };
}

/** Calls `look` with where the target's graphics can be seen; the embedded sandbox listens elsewhere each time. */
export async function withGraphics<T>(
  paths: SandboxPlace,
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

/** Of a job, what decides where its requests go. */
interface ConnectedJob {
  target: Target;
  paths: SandboxPlace;
  env: Environment;
  options: JobOptions;
  host: Pick<JobHost, "cwd">;
}

/**
 * Connects to the job's service, starting the embedded sandbox where that is the service. Once `giveUp` aborts, no
 * answer is waited for any more.
 */
export async function connect(job: ConnectedJob, giveUp: AbortSignal): Promise<Connection> {
  const { target, paths, env, options, host } = job;
  const { createClient } = await import("../qualtrics/client.ts");
  const sandbox = target.baseUrl === null ? await openSandbox(paths, target) : undefined;
  const baseUrl = target.baseUrl ?? sandbox?.baseUrl ?? "";
  const token = sandbox?.token ?? (await readToken(options, env, host.cwd));
  const { library } = target;
  const connections = options.concurrency;
  const service = { baseUrl, token, library };
  const client = createClient({ ...service, connections, userAgent: USER_AGENT, giveUp });
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

// What a poor line of 32 KB/s carries in half of a request's deadline (see LIMITS): so much is sent before an answer
// tells how good the line is.
const FIRST_BYTES = 512 * 1024;
const FIRST_MOST = 32;

/** How fast a job's requests are sent. `sizesBytes`: of their bodies, in order; none where they are small. */
export function paceOf(
  { concurrency, rate }: Pick<JobOptions, "concurrency" | "rate">,
  sizesBytes: readonly number[] = [],
): Pick<Settings, "concurrency" | "atFirst" | "ratePerMinute" | "maxWaitMs"> {
  const first = sizesBytes.slice(0, FIRST_MOST);
  const bytes = first.reduce((sum, size) => sum + size, 1);
  const fitting = Math.floor((FIRST_BYTES * Math.max(1, first.length)) / bytes);
  const atFirst = Math.max(2, Math.min(FIRST_MOST, fitting));
  return { concurrency, atFirst, ratePerMinute: rate, maxWaitMs: LONGEST_WAIT_MS };
}
