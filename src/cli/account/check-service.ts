import { readEnvironment, readToken, resolveHost, resolveTarget } from "../../jobs/settings.ts";
import { VERSION } from "../../jobs/version.ts";
import { type Client, createClient } from "../../qualtrics/client.ts";
import { LIMITS, openExchange } from "../../qualtrics/exchange.ts";
import type { Check } from "../../report/account.ts";
import { UserError } from "../../user-error.ts";
import type { HostProcess } from "../host-process.ts";
import type { AccountOptions } from "./open-account.ts";

export interface ServiceOptions extends AccountOptions {
  library?: string;
}

/** `Date` has whole seconds, and the answer takes a moment. */
const CLOCK_TOLERANCE_MS = 60_000;

/** A check that throws a UserError has failed, for the reason and with the remedy that the error names. */
export async function attempt(
  check: Check["check"],
  look: () => Promise<Pick<Check, "message"> & Partial<Check>>,
): Promise<Check> {
  try {
    return { check, status: "ok", hint: null, ...(await look()) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { check, status: "failed", message: error.message, hint: error.hint ?? null };
  }
}

/** Host, clock, token and library, each as far as those before it allow. */
export async function checkService(
  options: ServiceOptions,
  process: HostProcess,
): Promise<Check[]> {
  const env = readEnvironment(process.env, process.cwd);
  const reached: { baseUrl?: string; date?: string; client?: Client } = {};
  const host = await attempt("host", async () => {
    const { baseUrl } = resolveHost(options, env);
    reached.date = await askForDate(baseUrl);
    reached.baseUrl = baseUrl;
    return { message: `${baseUrl} answers` };
  });
  const { baseUrl } = reached;
  if (baseUrl === undefined) {
    return [host, ...(["clock", "token", "library"] as const).map(skipped)];
  }
  const clock = checkClock(reached.date);
  const token = await attempt("token", async () => {
    const text = await readToken(options, env, process.cwd);
    const userAgent = `qgfx/${VERSION}`;
    reached.client = createClient({ baseUrl, token: text, connections: 1, userAgent });
    const { userName, brandId } = await reached.client.whoami();
    return { message: `the token belongs to ${userName ?? "someone"} (brand ${brandId ?? "?"})` };
  });
  const { client } = reached;
  try {
    const library =
      client && token.status === "ok"
        ? await attempt("library", async () => {
            const { library: wanted } = resolveTarget(options, undefined, env);
            return findLibrary(wanted, client);
          })
        : skipped("library");
    return [host, clock, token, library];
  } finally {
    await client?.close();
  }
}

function skipped(check: Check["check"]): Check {
  return { check, status: "skipped", message: "cannot be checked before the others", hint: null };
}

/** Any answer will do, with no token sent. */
async function askForDate(baseUrl: string): Promise<string> {
  const exchange = openExchange(baseUrl, 1, LIMITS);
  try {
    const headers = ["accept", "application/json", "user-agent", `qgfx/${VERSION}`];
    const path = "/API/v3/whoami";
    const reply = await exchange.send({ method: "GET", path, headers, body: null });
    if (reply.kind === "whole") return reply.headers.date ?? "";
    throw new UserError("SERVICE_UNREACHABLE", `cannot reach ${baseUrl}: ${reply.message}`, {
      hint: "check --host (or QUALTRICS_BASE_URL), the network and the firewall",
    });
  } finally {
    await exchange.close();
  }
}

/** A wrong clock makes nonsense of `Retry-After` dates, of certificates, and of the times in the results. */
function checkClock(date: string | undefined): Check {
  const serviceMs = Date.parse(date ?? "");
  if (Number.isNaN(serviceMs)) {
    return { check: "clock", status: "skipped", message: "the service told no time", hint: null };
  }
  const offMs = Date.now() - serviceMs;
  if (Math.abs(offMs) <= CLOCK_TOLERANCE_MS) {
    return { check: "clock", status: "ok", message: "agrees with the service's", hint: null };
  }
  const message = `${Math.round(Math.abs(offMs) / 1000)} s ${offMs < 0 ? "behind" : "ahead of"} the service's`;
  const hint = "set the clock of this computer by the network";
  return { check: "clock", status: "warning", message, hint };
}

async function findLibrary(wanted: string, client: Client) {
  const found = (await client.libraries()).find(({ libraryId }) => libraryId === wanted);
  if (found) return { message: `${wanted} is '${found.libraryName}'` };
  throw new UserError("LIBRARY_UNKNOWN", `the token does not reach a library ${wanted}`, {
    hint: "run `qgfx libraries` to list those it reaches",
  });
}
