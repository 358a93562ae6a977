import envPaths from "env-paths";
import type { Answer, JobHost, JobMessage, JobWatcher } from "../jobs/watcher.ts";
import { publishDiagnostic } from "../manifest/diagnostic.ts";
import { formatMessage } from "../render/job-text.ts";
import { PLAIN } from "../render/terminal-text.ts";
import type { Problem, RunEvent } from "./documents.ts";
import type { ApplyOptions } from "./options.ts";

/**
 * Prints nothing and answers nothing: passes a run's events on, and keeps a manifest's problems and whatever must
 * be seen. A listener never disturbs the run.
 */
export class SilentWatcher implements JobWatcher {
  found: readonly Problem[] = [];
  readonly alarms: string[] = [];
  readonly #onEvent: ((event: RunEvent) => void) | undefined;
  /** What listeners that are async have not come to yet. */
  readonly #pending = new Set<Promise<unknown>>();
  #thrown: { error: unknown } | undefined;

  constructor(onEvent?: (event: RunEvent) => void) {
    this.#onEvent = onEvent;
  }

  tell(message: JobMessage): void {
    if (message.kind === "diagnostics") this.found = message.found.map(publishDiagnostic);
    else if (message.kind === "event") this.#passOn(message.event);
    else {
      const said = formatMessage(message, PLAIN).filter(({ isWarning }) => isWarning);
      this.alarms.push(...said.map(({ text }) => text));
    }
  }

  async settled(): Promise<void> {}

  async ask(): Promise<Answer> {
    return "nobody";
  }

  /** Waits for the listeners, and throws the first thing that one threw or rejected with. */
  async throwOn(): Promise<void> {
    await Promise.all(this.#pending);
    if (this.#thrown) throw this.#thrown.error;
  }

  #passOn(event: RunEvent): void {
    try {
      const listening: unknown = this.#onEvent?.(event);
      if (listening instanceof Promise) this.#await(listening);
    } catch (error) {
      this.#thrown ??= { error };
    }
  }

  #await(listening: Promise<unknown>): void {
    const settled = listening
      .catch((error: unknown) => {
        this.#thrown ??= { error };
      })
      .finally(() => this.#pending.delete(settled));
    this.#pending.add(settled);
  }
}

/** What a job gets from a program: nothing is read or printed, and the abort signal is its Ctrl-C. */
export function silentHost(
  { cwd, env, token, signal }: ApplyOptions,
  watcher: JobWatcher,
): JobHost {
  const environment = env ?? process.env;
  return {
    cwd: cwd ?? process.cwd(),
    // Whoever names the variables names all there is.
    configDir: env === undefined ? envPaths("qgfx", { suffix: "" }).config : undefined,
    env: token === undefined ? environment : { ...environment, QUALTRICS_API_KEY: token },
    watcher,
    onInterrupt(listener) {
      if (signal?.aborted) queueMicrotask(listener);
      signal?.addEventListener("abort", listener);
      return () => signal?.removeEventListener("abort", listener);
    },
  };
}
