import { LIMITS, openExchange } from "../qualtrics/exchange.ts";
import type { Network } from "../qualtrics/network.ts";
import type { Check } from "../report/account.ts";
import { UserError } from "../user-error.ts";
import { USER_AGENT } from "./service.ts";

/** `Date` has whole seconds, and the answer takes a moment. */
const CLOCK_TOLERANCE_MS = 60_000;

/** The time at a service, as it writes it. Any answer will do, with no token sent. */
export async function askForDate(baseUrl: string, network: Network): Promise<string> {
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
export function checkClock(date: string): Check {
  const serviceMs = Date.parse(date);
  if (Number.isNaN(serviceMs)) {
    return {
      check: "clock",
      status: "skipped",
      message: "the answer has no time in it",
      hint: null,
    };
  }
  const offMs = Date.now() - serviceMs;
  if (Math.abs(offMs) <= CLOCK_TOLERANCE_MS) {
    return { check: "clock", status: "ok", message: "agrees with the service's", hint: null };
  }
  const message = `${Math.round(Math.abs(offMs) / 1000)} s ${offMs < 0 ? "behind" : "ahead of"} the service's`;
  const hint = "set the clock of this computer by the network";
  return { check: "clock", status: "warning", message, hint };
}
