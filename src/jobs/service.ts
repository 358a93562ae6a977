import { setMaxListeners } from "node:events";
import { existsSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { Effects, Settings } from "../execute/effects.ts";
import { graphicUrl, type Target } from "../plan/service.ts";
import type { Client } from "../qualtrics/client.ts";
import { parseHost } from "../qualtrics/host.ts";
import { UserError } from "../user-error.ts";
import type { JobOptions, UrlOptions } from "./options.ts";
import type { Paths } from "./paths.ts";
import { readToken } from "./token.ts";
import { findSetting, hintFor, type UserSettings } from "./user-settings.ts";
import { VERSION } from "./version.ts";
import type { JobHost } from "./watcher.ts";

/** The embedded sandbox's personal library. */
export const SANDBOX_LIBRARY = "UR_Sandbox000001";

// qualtrics-api, Answers: user or group library.
const LIBRARY_ID = /^(UR|GR)_[a-zA-Z0-9]{11,15}$/;

type TargetOptions = Pick<JobOptions, "host" | "library" | "sandbox" | "tokenFile">;

/** The target from options, manifest and environment, in that order; a UserError says what is missing. */
export function resolveTarget(
  options: TargetOptions,
  manifestLibrary: string | undefined,
  settings: UserSettings,
): Target {
  if (!options.sandbox) {
    const named = findSetting(settings, "library", options.library ?? manifestLibrary);
    refuseBareSetup(options, named?.value, settings);
    return { ...resolveHost(options, settings), library: checkLibrary(named?.value, settings) };
  }
  if (options.host) {
    throw new UserError("OPTION_CONFLICT", "--sandbox and --host name two services", {
      hint: "give one of them",
    });
  }
  const library = checkLibrary(options.library ?? SANDBOX_LIBRARY, settings);
  return { baseUrl: null, service: "sandbox", host: "sandbox", library };
}

/** Where more than one thing is not set, all of them are named at once. */
function refuseBareSetup(
  options: TargetOptions,
  library: string | undefined,
  settings: UserSettings,
): void {
  // One that is named and wrong is told of by itself.
  if (findSetting(settings, "host", options.host)) resolveHost(options, settings);
  const missing = [
    ...(findSetting(settings, "host", options.host) ? [] : ["data center"]),
    ...(library ? [] : ["library"]),
    ...(findSetting(settings, "token", options.tokenFile) ? [] : ["API token"]),
  ];
  if (missing.length < 2) return;
  const last = missing.pop();
  const list = missing.map((what) => `no ${what}`).join(", ");
  const code = missing[0] === "library" ? "LIBRARY_MISSING" : "HOST_MISSING";
  throw new UserError(code, `${list} and no ${last} set; nothing was sent`, {
    hint: "run `qgfx setup`, which asks for them; without an account, plan and apply rehearse with --sandbox; scripts set QUALTRICS_BASE_URL, QUALTRICS_API_KEY and QUALTRICS_LIBRARY_ID (`qgfx libraries` lists yours)",
  });
}

/** The service alone, for commands that need no library. */
export function resolveHost(
  options: Pick<JobOptions, "host">,
  settings: UserSettings,
): Omit<Target, "library"> & { baseUrl: string } {
  const named = findSetting(settings, "host", options.host);
  if (!named) {
    const how =
      "run `qgfx setup`, give --host (for example fra1.qualtrics.com) or set QUALTRICS_BASE_URL; to rehearse without an account, plan and apply take --sandbox";
    throw new UserError("HOST_MISSING", "no data center set; nothing was sent", {
      hint: hintFor(settings, "host", how),
    });
  }
  const { baseUrl, service } = parseHost(named.value);
  return { baseUrl, service, host: new URL(baseUrl).host };
}

function checkLibrary(library: string | undefined, settings: UserSettings): string {
  if (!library) {
    throw new UserError("LIBRARY_MISSING", "no library named", {
      hint: hintFor(
        settings,
        "library",
        "give --library UR_… or GR_…, or set QUALTRICS_LIBRARY_ID; `qgfx libraries` lists yours",
      ),
    });
  }
  if (LIBRARY_ID.test(library)) return library;
  const message = `'${library}' is not a library id: expected UR_ or GR_ and 11 to 15 letters or digits`;
  throw new UserError("LIBRARY_INVALID", message, {
    hint: "run `qgfx libraries` to list the ids of your libraries",
  });
}

/** What names this program to the service. */
export const USER_AGENT: string = `qgfx/${VERSION}`;

type SandboxPlace = Pick<Paths, "sandboxStore">;

/** The embedded sandbox as it keeps this manifest's images, listening until `close`. */
export async function openSandbox(
  { sandboxStore }: Partial<SandboxPlace>,
  { library }: Pick<Target, "library">,
): Promise<{ baseUrl: string; token: string; close(): Promise<void> }> {
  const { startSandbox } = await import("../sandbox/start-sandbox.ts");
  const sandbox = await startSandbox({ ...(sandboxStore && { storeDir: sandboxStore }), library });
  return { baseUrl: sandbox.url, token: sandbox.token, close: () => sandbox.close() };
}

/**
 * A graphic's URL, as the user wants it written; the embedded sandbox has no address of its own, and its graphics no
 * lasting URL.
 */
export function urlOn(
  host: string,
  graphicId: string,
  { urlHost = host, urlPath }: UrlOptions = {},
): string {
  return urlHost === "sandbox" ? "" : graphicUrl(parseHost(urlHost).baseUrl, graphicId, urlPath);
}

/** Calls `look` with where the target's graphics can be seen; the embedded sandbox listens elsewhere each time. */
export async function withGraphics<T>(
  paths: SandboxPlace,
  target: Pick<Target, "service" | "library" | "host">,
  look: (baseUrl: string) => Promise<T>,
): Promise<T> {
  if (target.service !== "sandbox") return look(parseHost(target.host).baseUrl);
  // To look at nothing no folder is made.
  const isThere = existsSync(paths.sandboxStore);
  const { baseUrl, close } = await openSandbox(isThere ? paths : {}, target);
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
  settings: UserSettings;
  /** With a token that was read already, for its file may be a pipe. */
  keys?: { token: string } | undefined;
  options: JobOptions;
  host: Pick<JobHost, "cwd" | "env" | "watcher">;
}

/**
 * Connects to the job's service, starting the embedded sandbox where that is the service. Once `giveUp` aborts, no
 * answer is waited for any more.
 */
export async function connect(job: ConnectedJob, giveUp: AbortSignal): Promise<Connection> {
  const { target, paths, options } = job;
  // A command that asks nobody starts without what speaks HTTP.
  const { createClient } = await import("../qualtrics/client.ts");
  const { openNetwork } = await import("../qualtrics/network.ts");
  const sandbox = target.baseUrl === null ? await openSandbox(paths, target) : undefined;
  const baseUrl = target.baseUrl ?? sandbox?.baseUrl ?? "";
  const token = sandbox?.token ?? job.keys?.token ?? (await readToken(job, parseHost(baseUrl)));
  const { library } = target;
  const connections = options.concurrency;
  const service = { baseUrl, token, library };
  const network = openNetwork(job.host.env);
  const ways = { userAgent: USER_AGENT, giveUp, network };
  const client = createClient({ ...service, connections, ...ways });
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
  sleep: (durationMs, signal) => {
    // As many rows may wait as are under way; Node would warn of more than ten.
    setMaxListeners(0, signal);
    return delay(durationMs, undefined, { signal });
  },
  random: Math.random,
};

// Longer waits are for the user to decide: the run stops and says how to resume.
const LONGEST_WAIT_MS = 15 * 60_000;

// What a poor line of 48 KB/s carries in half of a request's deadline (see LIMITS): so much is sent before an answer
// tells how good the line is.
const FIRST_BYTES = 768 * 1024;
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
