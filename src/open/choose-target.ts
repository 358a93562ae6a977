import { libraries as listReachable } from "../jobs/account.ts";
import { setup } from "../jobs/setup.ts";
import { isSameService } from "../jobs/token.ts";
import { findSetting, readUserSettings } from "../jobs/user-settings.ts";
import type { JobHost } from "../jobs/watcher.ts";
import { checkToken, type Host, hostFromAddress } from "../qualtrics/host.ts";
import { EXIT } from "../report/summary.ts";
import { UserError } from "../user-error.ts";
import type { LibrariesDocument, StateDocument, TargetWanted } from "./api.ts";
import { CollectingWatcher } from "./collecting-watcher.ts";
import { type ChosenService, TargetChoice } from "./target-choice.ts";
import type { Workspace } from "./workspace.ts";

/** A service as a page names it. */
type ServiceWanted = Omit<Extract<TargetWanted, { kind: "service" }>, "library" | "keep">;

/** The libraries that a token reaches; a `UserError` where the service, or the token, is not right. */
export async function listLibraries(
  workspace: Workspace,
  wanted: ServiceWanted,
): Promise<LibrariesDocument> {
  return { version: 1, libraries: (await askService(workspace, wanted)).libraries };
}

/** Sets where uploads go, once the service has agreed. */
export async function chooseTarget(
  workspace: Workspace,
  wanted: TargetWanted,
): Promise<StateDocument> {
  workspace.refuseBusy();
  const { surroundings } = workspace;
  if (wanted.kind === "sandbox") {
    await workspace.aim(new TargetChoice(surroundings, "sandbox"));
    return workspace.state();
  }
  const { service, token, host, libraries } = await askService(workspace, wanted);
  const library = findLibrary(libraries, wanted.library);
  if (wanted.keep) await keep(service, library.libraryId, token, host);
  const chosen: ChosenService = {
    host: service.baseUrl,
    library: library.libraryId,
    libraryName: library.libraryName,
    token,
  };
  await workspace.aim(new TargetChoice(surroundings, chosen));
  return workspace.state();
}

interface Asked extends Pick<LibrariesDocument, "libraries"> {
  service: Host;
  /** Undefined: the one that is set for this user. */
  token: string | undefined;
  host: JobHost;
}

async function askService(workspace: Workspace, wanted: ServiceWanted): Promise<Asked> {
  const { surroundings, target } = workspace;
  const service = hostFromAddress(wanted.host);
  refuseStrangers(service, surroundings);
  const token = wanted.token === undefined ? target.tokenFor(service) : checkToken(wanted.token);
  const env =
    token === undefined ? surroundings.env : { ...surroundings.env, QUALTRICS_API_KEY: token };
  const watcher = new CollectingWatcher();
  const host = { ...surroundings, env, watcher, onInterrupt: () => () => {} };
  try {
    const { document } = await listReachable({ host: service.baseUrl }, host);
    return { service, token, host, libraries: document?.libraries ?? [] };
  } catch (error) {
    if (!(error instanceof UserError) || error.exitCode !== EXIT.stoppedByService) throw error;
    // The hint that comes with it is about the command line.
    throw new UserError(error.code, error.message, {
      hint: "copy the token again from Account Settings, Qualtrics IDs, API",
    });
  }
}

/** A token goes to Qualtrics, to this computer, and to a host that the user has set outside the page. */
function refuseStrangers(service: Host, surroundings: Workspace["surroundings"]): void {
  if (service.service === "qualtrics.com" || service.service.startsWith("loopback:")) return;
  const own = findSetting(readUserSettings(surroundings), "host")?.value;
  if (own !== undefined && isSameService(own, service)) return;
  const name = new URL(service.baseUrl).host;
  throw new UserError("HOST_INVALID", `${name} is not an address of Qualtrics`, {
    hint: "log in to Qualtrics and copy the address from the browser, such as https://fra1.qualtrics.com",
  });
}

function findLibrary(
  libraries: LibrariesDocument["libraries"],
  wanted: string | undefined,
): LibrariesDocument["libraries"][number] {
  const found =
    wanted === undefined && libraries.length === 1
      ? libraries[0]
      : libraries.find(({ libraryId }) => libraryId === wanted);
  if (found) return found;
  if (wanted === undefined) {
    throw new UserError("LIBRARY_MISSING", "no library is chosen", { hint: "choose one" });
  }
  throw new UserError("LIBRARY_UNKNOWN", `the token does not reach a library '${wanted}'`, {
    hint: "choose one of those it reaches",
  });
}

/** As `qgfx setup` keeps it. */
async function keep(
  { baseUrl }: Host,
  library: string,
  token: string | undefined,
  host: JobHost,
): Promise<void> {
  const own = token ?? findSetting(readUserSettings(host), "token")?.value;
  await setup({ host: baseUrl, library }, host, async ({ kind }) =>
    kind === "token" ? own : undefined,
  );
}
