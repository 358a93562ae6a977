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
  /** Absolute path of the results file. */
  results: string;
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
    watcher.throwOn();
    if (!end) throw new Error("the run told no end");
    const { summary, execution } = end;
    const { rows } = watcher;
    return {
      exitCode,
      summary,
      rows,
      stopped: execution.stopped,
      results: prepared.job.paths.results,
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
      this.#listener?.(event);
    } catch (error) {
      this.#thrown ??= { error };
    }
  }

  async close(): Promise<void> {}

  throwOn(): void {
    if (this.#thrown) throw this.#thrown.error;
  }
}

function rowOf(event: ItemFinished): AppliedRow {
  const { line, path, name, folder, status, graphicId, url, sha256, error } = event;
  return { line, path, name, folder, status, graphicId, url, sha256, error };
}
