import type { z } from "zod";
import { libraries as listReachable } from "../jobs/account.ts";
import {
  DEFAULT_MAX_BYTES,
  DEFAULT_RATE,
  type JobOptions,
  MOST_CONCURRENCY,
} from "../jobs/options.ts";
import { resolveTarget, SANDBOX_LIBRARY } from "../jobs/service.ts";
import { setup } from "../jobs/setup.ts";
import { isSameService, readToken } from "../jobs/token.ts";
import { findSetting, readUserSettings } from "../jobs/user-settings.ts";
import type { Environment, JobHost } from "../jobs/watcher.ts";
import { checkToken, type Host, hostFromAddress, parseHost } from "../qualtrics/host.ts";
import type { Libraries } from "../report/account.ts";
import { EXIT } from "../report/summary.ts";
import { UserError } from "../user-error.ts";
import { CollectingWatcher } from "./collecting-watcher.ts";
import { refusalOf } from "./hints.ts";
import type { librariesSchema, TargetState, TargetWanted } from "./run-api.ts";
import type { Refusal } from "./sheet-api.ts";

/** A service as a page names it. */
type ServiceWanted = z.infer<typeof librariesSchema>;

/** Where this process runs, for jobs. */
export interface Surroundings extends Pick<JobHost, "cwd" | "env" | "configDir"> {
  /** Whether replaced graphics and orphans are fetched from a service, to be shown (`--html-old`). */
  fetchesOld?: boolean;
}

/** A service that was chosen in the page; the token never leaves the process. */
interface ChosenService {
  host: string;
  library: string;
  libraryName: string | null;
  /** Undefined: what is set counts. */
  token: string | undefined;
}

/** Where uploads go: the built-in sandbox, what is set for this user, or what was chosen in the page. */
export class TargetChoice {
  readonly #chosen: "sandbox" | "settings" | ChosenService;
  readonly #surroundings: Surroundings;

  constructor(surroundings: Surroundings, chosen: "sandbox" | "settings" | ChosenService) {
    this.#surroundings = surroundings;
    this.#chosen = chosen;
  }

  /** The sandbox where nothing is set for a service: no account is needed to begin. */
  static byDefault(surroundings: Surroundings): TargetChoice {
    const settings = readUserSettings(surroundings);
    const isSet = findSetting(settings, "host") && findSetting(settings, "token");
    return new TargetChoice(surroundings, isSet ? "settings" : "sandbox");
  }

  get isSandbox(): boolean {
    return this.#chosen === "sandbox";
  }

  /** Whether graphics of the library can be shown. Asking the built-in sandbox sends nothing. */
  get fetchesOld(): boolean {
    return this.isSandbox || this.#surroundings.fetchesOld === true;
  }

  /** For jobs that plan and send. */
  get jobOptions(): JobOptions {
    const common = {
      concurrency: MOST_CONCURRENCY,
      rate: DEFAULT_RATE,
      maxSize: DEFAULT_MAX_BYTES,
    };
    const chosen = this.#chosen;
    if (chosen === "sandbox") return { ...common, sandbox: true };
    if (chosen === "settings") return common;
    const { host, library } = chosen;
    return { ...common, host, library };
  }

  /** The environment of jobs, with the token that was typed into the page. */
  get env(): Environment {
    const { env } = this.#surroundings;
    const chosen = this.#chosen;
    return typeof chosen === "string" ? env : withToken(env, chosen.token);
  }

  /** The libraries that a token reaches; a `UserError` where the service, or the token, is not right. */
  async listLibraries(wanted: ServiceWanted): Promise<Libraries> {
    return { version: 1, libraries: (await this.#ask(wanted)).libraries };
  }

  /** Where uploads go from now on, once the service has agreed. */
  async choose(wanted: TargetWanted): Promise<TargetChoice> {
    if (wanted.kind === "sandbox") return new TargetChoice(this.#surroundings, "sandbox");
    const { service, token, host, libraries } = await this.#ask(wanted);
    const { libraryId, libraryName } = findLibrary(libraries, wanted.library);
    if (wanted.keep) {
      const own = token ?? findSetting(readUserSettings(host), "token")?.value;
      await setup({ host: service.baseUrl, library: libraryId }, host, async ({ kind }) =>
        kind === "token" ? own : undefined,
      );
    }
    const chosen = { host: service.baseUrl, library: libraryId, libraryName, token };
    return new TargetChoice(this.#surroundings, chosen);
  }

  /** `token` undefined: the one that is set for this user. */
  async #ask(wanted: ServiceWanted) {
    const surroundings = this.#surroundings;
    const service = hostFromAddress(wanted.host);
    refuseStrangers(service, surroundings);
    const token = wanted.token === undefined ? this.#tokenFor(service) : checkToken(wanted.token);
    const env = withToken(surroundings.env, token);
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

  /** The token that was typed into the page for a service; undefined: none was. */
  #tokenFor({ service }: Pick<Host, "service">): string | undefined {
    const chosen = this.#chosen;
    if (typeof chosen === "string" || !isSameService(chosen.host, { service })) return undefined;
    return chosen.token;
  }

  /** What a page may know of it. `manifestLibrary`: the library that the sheet names itself. */
  async describe(manifestLibrary: string | undefined): Promise<TargetState> {
    const chosen = this.#chosen;
    if (chosen === "sandbox") return { kind: "sandbox", host: "sandbox", library: SANDBOX_LIBRARY };
    const options = this.jobOptions;
    const surroundings = { ...this.#surroundings, env: this.env };
    const settings = readUserSettings(surroundings);
    const problems: (Refusal["error"] | null)[] = [];
    const attempt = async <T>(look: () => T | Promise<T>) => {
      try {
        return await look();
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        problems.push(refusalOf(error));
        return undefined;
      }
    };
    const target = await attempt(() => resolveTarget(options, manifestLibrary, settings));
    const host = target?.host ?? findSetting(settings, "host", options.host)?.value ?? null;
    const token = await attempt(() =>
      readToken({ options, settings, host: surroundings }, parseHost(host ?? "")),
    );
    return {
      kind: "service",
      host,
      library: target?.library ?? null,
      libraryName: typeof chosen === "string" ? null : chosen.libraryName,
      hasToken: token !== undefined,
      problem: problems[0] ?? null,
    };
  }
}

function withToken(env: Environment, token: string | undefined): Environment {
  return token === undefined ? env : { ...env, QUALTRICS_API_KEY: token };
}

/** A token goes to Qualtrics, to this computer, and to a host that the user has set outside the page. */
function refuseStrangers(service: Host, surroundings: Surroundings): void {
  if (service.service === "qualtrics.com" || service.service.startsWith("loopback:")) return;
  const own = findSetting(readUserSettings(surroundings), "host")?.value;
  if (own !== undefined && isSameService(own, service)) return;
  const name = new URL(service.baseUrl).host;
  throw new UserError("HOST_INVALID", `${name} is not an address of Qualtrics`, {
    hint: "log in to Qualtrics and copy the address from the browser, such as https://fra1.qualtrics.com",
  });
}

function findLibrary(
  libraries: Libraries["libraries"],
  wanted: string | undefined,
): Libraries["libraries"][number] {
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
