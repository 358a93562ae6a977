import { resolve } from "node:path";
import type { ItemFinished } from "../execute/events.ts";
import type { Stopped } from "../execute/run-state.ts";
import { applyManifest } from "../jobs/apply.ts";
import type { RunSummary } from "../report/summary.ts";
import { type ApplyOptions, toJobOptions } from "./options.ts";
import { SilentWatcher, silentHost } from "./silent-watcher.ts";
import { ManifestInvalid } from "./validate.ts";

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
  const rows: AppliedRow[] = [];
  const watcher = new SilentWatcher((event) => {
    if (event.event === "item.finished") rows.push(rowOf(event));
    return options.onEvent?.(event);
  });
  const host = silentHost(options, watcher);
  const ended = await applyManifest(manifest, toJobOptions(options), host);
  if (ended.defect) throw ended.defect.error;
  await watcher.throwOn();
  const { exitCode, document: end } = ended;
  if (!end) throw new ManifestInvalid(manifest, watcher.found);
  return {
    exitCode,
    summary: end.summary,
    rows: rows.sort((a, b) => a.line - b.line),
    stopped: end.stopped,
    results: end.areResultsWritten ? resolve(host.cwd, end.results) : undefined,
    alarms: watcher.alarms,
  };
}

function rowOf(event: ItemFinished): AppliedRow {
  const { line, path, name, folder, status, graphicId, url, sha256, error } = event;
  return { line, path, name, folder, status, graphicId, url, sha256, error };
}
