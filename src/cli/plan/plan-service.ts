import { type Host, parseHost } from "../../qualtrics/host.ts";
import { UserError } from "../../user-error.ts";
import { readEnvironment } from "../environment.ts";
import type { HostProcess } from "../host-process.ts";
import type { OpenedPlan } from "./open-plan.ts";

/**
 * Throws where the plan's service is not one the user trusts with the token: a plan comes from whoever could
 * write its file.
 */
export function refuseOtherService({ saved }: OpenedPlan, process: HostProcess): void {
  if (saved.baseUrl === null) return;
  const env = readEnvironment(process.env, process.cwd);
  const planned = parseHost(saved.baseUrl);
  const named = env.QUALTRICS_BASE_URL ? parseHost(env.QUALTRICS_BASE_URL) : undefined;
  if (named ? named.service === planned.service : isTrusted(planned)) return;
  const instead = named ? `names ${named.baseUrl}` : "names none";
  throw new UserError(
    "PLAN_OTHER_SERVICE",
    `the saved plan is for the service ${planned.baseUrl}, and QUALTRICS_BASE_URL ${instead}`,
    {
      hint: `nothing was sent; set QUALTRICS_BASE_URL to ${planned.baseUrl} if your token belongs to that service, or save the plan again for your own`,
    },
  );
}

/** Where a plan may send the token although nothing but the plan names it. */
function isTrusted({ service }: Host): boolean {
  return service === "qualtrics.com" || service.startsWith("loopback:");
}
