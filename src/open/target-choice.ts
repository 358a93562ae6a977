import {
  DEFAULT_MAX_BYTES,
  DEFAULT_RATE,
  type JobOptions,
  MOST_CONCURRENCY,
} from "../jobs/options.ts";
import { resolveTarget, SANDBOX_LIBRARY } from "../jobs/service.ts";
import { isSameService, readToken } from "../jobs/token.ts";
import { findSetting, readUserSettings } from "../jobs/user-settings.ts";
import type { Environment, JobHost } from "../jobs/watcher.ts";
import { type Host, parseHost } from "../qualtrics/host.ts";
import { UserError } from "../user-error.ts";
import type { Refusal, TargetState } from "./api.ts";
import { refusalOf } from "./hints.ts";

/** Where this process runs, for jobs. */
export interface Surroundings extends Pick<JobHost, "cwd" | "env" | "configDir"> {
  /** Whether replaced graphics and orphans are fetched from a service, to be shown (`--html-old`). */
  fetchesOld?: boolean;
}

/** A service that was chosen in the page; the token never leaves the process. */
export interface ChosenService {
  host: string;
  library: string | undefined;
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
    return { ...common, host, ...(library !== undefined && { library }) };
  }

  /** The environment of jobs, with the token that was typed into the page. */
  get env(): Environment {
    const { env } = this.#surroundings;
    const chosen = this.#chosen;
    if (typeof chosen === "string" || chosen.token === undefined) return env;
    return { ...env, QUALTRICS_API_KEY: chosen.token };
  }

  /** The token that was typed into the page for a service; undefined: none was. */
  tokenFor({ service }: Pick<Host, "service">): string | undefined {
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
