import { existsSync } from "node:fs";
import { mkdtemp, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import { networkDriveProblem } from "../files/network-drive.ts";
import { assertManifestIsThere, errorCode } from "../files/read-file.ts";
import { replaceFile } from "../files/replace-file.ts";
import { readLedger } from "../ledger/read-ledger.ts";
import { type Client, createClient } from "../qualtrics/client.ts";
import { LIMITS, openExchange } from "../qualtrics/exchange.ts";
import { hostFromNotice } from "../qualtrics/host.ts";
import { type Network, openNetwork } from "../qualtrics/network.ts";
import type { Account, Check, Diagnosis, Libraries } from "../report/account.ts";
import { EXIT } from "../report/summary.ts";
import { UserError } from "../user-error.ts";
import type { JobOptions } from "./options.ts";
import { displayPath, resolvePaths } from "./paths.ts";
import { resolveHost, resolveTarget, USER_AGENT } from "./service.ts";
import { findToken, readToken } from "./token.ts";
import {
  findKeyedLibrary,
  findSetting,
  readUserSettings,
  SOURCE_NAMES,
  type Source,
} from "./user-settings.ts";
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
async function askService<T>(
  options: AccountOptions,
  host: JobHost,
  ask: (client: Client) => Promise<T>,
  onNotice?: (notice: string) => void,
): Promise<T> {
  const settings = readUserSettings(host);
  const service = resolveHost(options, settings);
  const token = await readToken({ options, settings, host }, service);
  const client = createClient({
    ...{ baseUrl: service.baseUrl, token, connections: 1, userAgent: USER_AGENT },
    network: openNetwork(host.env),
    ...(onNotice && { onNotice }),
  });
  try {
    return await ask(client);
  } finally {
    await client.close();
  }
}

export interface DoctorOptions extends AccountOptions {
  library?: string;
  ledger?: string;
}

/** The oldest Node this runs on; package.json says the same. */
const OLDEST_NODE = "20.19";

/** A ledger of 100,000 graphics has some 60 MB, and its write-ahead log comes on top. */
const ROOM_BYTES = 200 * 1024 * 1024;

/** Checks everything an upload depends on but the manifest itself. */
export async function doctor(
  file: string | undefined,
  options: DoctorOptions,
  host: JobHost,
  nodeVersion: string,
): Promise<JobResult<Diagnosis>> {
  // Without a manifest: for one that would lie in the working directory.
  const paths = resolvePaths(file ?? "manifest.csv", options, host.cwd);
  // A directory that is missing is what the checks are for.
  if (file !== undefined && existsSync(paths.baseDir)) await assertManifestIsThere(paths.manifest);
  const nameOf = (path: string) => displayPath(path, host.cwd);
  const checks = [
    checkNode(nodeVersion),
    ...(await checkService(options, host)),
    await checkDisk(paths.baseDir, nameOf(paths.baseDir)),
    await checkLedger(paths.ledger, nameOf(paths.ledger)),
  ];
  const exitCode = checks.some(({ status }) => status === "failed") ? EXIT.usage : EXIT.done;
  return { exitCode, document: { version: 1, checks } };
}

/** A check that throws a UserError has failed, for the reason and with the remedy that the error names. */
async function attempt(
  check: Check["check"],
  look: () => Promise<Pick<Check, "message"> & Partial<Check>>,
): Promise<Check> {
  try {
    return { ...told(check, "ok", ""), ...(await look()) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return told(check, "failed", error.message, error.hint);
  }
}

function told(
  check: Check["check"],
  status: Check["status"],
  message: string,
  hint: string | null = null,
): Check {
  return { check, status, message, hint };
}

function skipped(check: Check["check"]): Check {
  return told(check, "skipped", "cannot be checked before the others");
}

/** Whether Node is new enough. */
export function checkNode(version: string): Check {
  const [major = 0, minor = 0] = version.replace(/^v/, "").split(".").map(Number);
  const isNew = major > 20 || (major === 20 && minor >= 19);
  if (isNew) return told("node", "ok", version);
  const hint = `install Node ${OLDEST_NODE} or newer`;
  return told("node", "failed", `${version}, expected ${OLDEST_NODE}`, hint);
}

/** Host, clock, token and library, each as far as those before it allow. */
async function checkService(options: DoctorOptions, host: JobHost): Promise<Check[]> {
  const settings = readUserSettings(host);
  let date = "";
  const reached = await attempt("host", async () => {
    const { baseUrl } = resolveHost(options, settings);
    const network = openNetwork(host.env);
    date = await askForDate(baseUrl, network);
    const proxy = network.proxyFor(baseUrl);
    const way = proxy ? ` through the proxy ${proxy.host}` : "";
    const named = from(findSetting(settings, "host", options.host));
    return { message: `${baseUrl} answers${way}${named}` };
  });
  if (reached.status !== "ok") {
    return [reached, ...(["clock", "token", "library"] as const).map(skipped)];
  }
  const token = await attempt("token", async () => {
    const { userName, brandId } = await askService(options, host, (client) => client.whoami());
    const whose = `${userName ?? "someone"} (brand ${brandId ?? "?"})`;
    const found = findToken({ options, settings, host });
    return { message: `the token belongs to ${whose}${from(found)}` };
  });
  if (token.status !== "ok") return [reached, checkClock(date), token, skipped("library")];
  const keys: Check[] = [];
  const library = await attempt("library", async () => {
    const target = resolveTarget(options, undefined, settings);
    const kept = findKeyedLibrary(settings, target);
    if (kept) {
      const message = `each upload to ${kept.library} is sent with a key; a probe of ${kept.foundAt.slice(0, 10)} found that they work`;
      keys.push(told("keys", "ok", message));
    }
    const reachable = await askService(options, host, (client) => client.libraries());
    const found = reachable.find(({ libraryId }) => libraryId === target.library);
    if (!found) {
      const message = `the token does not reach a library ${target.library}`;
      const hint = "run `qgfx libraries` to list those it reaches";
      throw new UserError("LIBRARY_UNKNOWN", message, { hint });
    }
    const named = from(findSetting(settings, "library", options.library));
    return { message: `${target.library} is '${found.libraryName}'${named}` };
  });
  return [reached, checkClock(date), token, library, ...keys];
}

/** Who named a setting. */
function from(found: { source: Source } | undefined): string {
  return found ? `; named by ${SOURCE_NAMES[found.source]}` : "";
}

/** Whether results and ledger can be written beside the manifest, with room left. */
function checkDisk(directory: string, name: string): Promise<Check> {
  return attempt("disk", async () => {
    const trial = await mkdtemp(join(directory, ".qgfx-doctor-")).catch((error: unknown) => {
      const message = `nothing can be written into ${directory} (${errorCode(error)})`;
      throw new UserError("FOLDER_NOT_WRITABLE", message, {
        hint: "give yourself the right to write there, or name --ledger and --results elsewhere",
      });
    });
    try {
      await replaceFile(join(trial, "trial"), "trial");
    } finally {
      await rm(trial, { recursive: true, force: true });
    }
    const { bavail, bsize } = await statfs(directory);
    const freeBytes = bavail * bsize;
    const message = `${name} can be written, ${Math.floor(freeBytes / 1e6)} MB free`;
    if (freeBytes >= ROOM_BYTES) return { message };
    return { message, status: "warning", hint: "make room on this disk before a large run" };
  });
}

/** Whether the ledger, if there is one, can be read to its last page. */
function checkLedger(file: string, name: string): Promise<Check> {
  return attempt("ledger", async () => {
    const ledger = readLedger(file);
    ledger?.close();
    const message = ledger ? `${name} is whole` : `none yet; the first apply makes ${name}`;
    const problem = networkDriveProblem(file, name);
    return problem ? { ...problem, status: "warning" } : { message };
  });
}

/** `Date` has whole seconds, and the answer takes a moment. */
const TOLERANCE_MS = 60_000;

/** The time at a service, as it writes it. Any answer will do, with no token sent. */
async function askForDate(baseUrl: string, network: Network): Promise<string> {
  const exchange = openExchange(baseUrl, 1, LIMITS, { network });
  try {
    const headers = ["accept", "application/json", "user-agent", USER_AGENT];
    const path = "/API/v3/whoami";
    const reply = await exchange.send({ method: "GET", path, headers, body: null });
    if (reply.kind === "whole") return reply.headers.date ?? "";
    throw new UserError("SERVICE_UNREACHABLE", `cannot reach ${baseUrl}: ${reply.message}`, {
      hint: reply.remedy ?? "check --host (or QUALTRICS_BASE_URL), the network and the firewall",
    });
  } finally {
    await exchange.close();
  }
}

/** A wrong clock makes nonsense of `Retry-After` dates, of certificates, and of the times in the results. */
function checkClock(date: string): Check {
  const offMs = Date.now() - Date.parse(date);
  if (Number.isNaN(offMs)) return told("clock", "skipped", "the answer has no time in it");
  if (Math.abs(offMs) <= TOLERANCE_MS) return told("clock", "ok", "agrees with the service's");
  const message = `${Math.round(Math.abs(offMs) / 1000)} s ${offMs < 0 ? "behind" : "ahead of"} the service's`;
  return told("clock", "warning", message, "set the clock of this computer by the network");
}
