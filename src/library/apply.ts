import { applyJob } from "../cli/apply/apply-job.ts";
import { Interruption } from "../cli/apply/interruption.ts";
import type { RunEnd } from "../cli/apply/run-plan.ts";
import type { ItemFinished, RunEvent } from "../execute/events.ts";
import type { Stopped } from "../execute/run-state.ts";
import type { RunSummary } from "../report/run-summary.ts";
import { type ApplyOptions, whole } from "./options.ts";
import { prepare } from "./prepare.ts";

/** How one row ended. */
export type AppliedRow = Pick<
  ItemFinished,
  "line" | "path" | "name" | "folder" | "status" | "graphicId" | "url" | "sha256" | "error"
>;

/** How a run ended. Rows that failed are results, not exceptions. */
export interface ApplyResult {
  /** As the command's exit code: 0 where every row has its graphic. */
  exitCode: number;
  summary: RunSummary;
  /** In manifest order. */
  rows: AppliedRow[];
  /** Why it ended before its last row; undefined where it did not. */
  stopped: Stopped | undefined;
  /** Absolute path of the results file; undefined where it could not be written: `alarms` says why. */
  results: string | undefined;
  /** What the command would have said although told to be quiet: what stopped the run, what could not be written, where ids were saved. */
  alarms: readonly string[];
}

/**
 * Plans, uploads, records every id and writes the results, without asking. Throws `ManifestInvalid` or
 * `UserError` before anything is sent; once something was, it resolves, whatever became of the rows.
 */
export async function apply(manifest: string, options: ApplyOptions = {}): Promise<ApplyResult> {
  const prepared = await prepare(manifest, options);
  const watcher = new Watcher(options.onEvent);
  const interruption = new Interruption(prepared.process, prepared.terminal);
  let end: RunEnd | undefined;
  try {
    const exitCode = await applyJob({
      ...prepared,
      options: { ...prepared.options, yes: true, ...limits(options) },
      interruption,
      progress: watcher,
      onEnd: (ended) => {
        end = ended;
      },
    });
    await watcher.throwOn();
    if (!end) throw new Error("the run told no end");
    const { summary, execution, areResultsWritten } = end;
    return {
      exitCode,
      summary,
      rows: watcher.rows,
      stopped: execution.stopped,
      results: areResultsWritten ? prepared.job.paths.results : undefined,
      alarms: prepared.terminal.alarms,
    };
  } finally {
    interruption.end();
  }
}

function limits({ canary, maxFailures }: ApplyOptions) {
  return {
    ...(canary !== undefined && { canary: whole("canary", canary, 1_000) }),
    ...(maxFailures !== undefined && { maxFailures: whole("maxFailures", maxFailures, 1_000_000) }),
  };
}

/** Passes the events on, keeps how each row ended, and never lets a listener disturb the run. */
class Watcher {
  readonly #listener: ((event: RunEvent) => void) | undefined;
  readonly #ended: AppliedRow[] = [];
  /** What listeners that are async have not come to yet. */
  readonly #pending = new Set<Promise<unknown>>();
  #thrown: { error: unknown } | undefined;

  constructor(listener: ((event: RunEvent) => void) | undefined) {
    this.#listener = listener;
  }

  get rows(): AppliedRow[] {
    return this.#ended.toSorted((a, b) => a.line - b.line);
  }

  show(event: RunEvent): void {
    if (event.event === "item.finished") this.#ended.push(rowOf(event));
    try {
      const listening: unknown = this.#listener?.(event);
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

  async close(): Promise<void> {}

  async throwOn(): Promise<void> {
    await Promise.all(this.#pending);
    if (this.#thrown) throw this.#thrown.error;
  }
}

function rowOf(event: ItemFinished): AppliedRow {
  const { line, path, name, folder, status, graphicId, url, sha256, error } = event;
  return { line, path, name, folder, status, graphicId, url, sha256, error };
}
